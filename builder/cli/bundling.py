"""The command that packs a finished build for a phone and a board: `bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json


@app.command()
def bundle(
    build: Annotated[str, typer.Argument(help="A finished build: its folder, its name or the start of its id.", metavar="BUILD")],
    device: Annotated[
        str | None,
        given.option(
            None,
            "The board that the firmware's arena, and the file for an Ethos-U, are made for, as `builder devices` lists it.",
            shown="what the build was made for, else a typical microcontroller",
            metavar="NAME",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        given.option(given.OUTPUT, "Write the zip there.", "--output", "-o", shown="into the build's folder", metavar="FILE.zip"),
    ] = None,
    exports: given.Exports = Path("exports"),
    json: given.Json = False,
) -> None:
    """Pack a finished build for app and firmware: files, Kotlin, Swift, a C array, a model card; tried before it is kept.

    Example: builder bundle exports/… --device "Arduino Nano 33 BLE Sense"
    """
    from builder import devices
    from builder.bundle import bundle as make
    from builder.runs import resolve_build

    made = make(resolve_build(build, exports), devices.find(device) if device is not None else None, output)
    if json:
        print_json(made.to_json())
    else:
        from builder.console.bundling import print_bundle

        print_bundle(made)
