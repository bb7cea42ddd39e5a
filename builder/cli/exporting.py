"""The command that writes a finished build at other resolutions: `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json


@app.command()
def export(
    build: Annotated[str, typer.Argument(help="A finished build: its folder, its name or the start of its id.", metavar="BUILD")],
    resolution: Annotated[
        list[int],
        given.option(
            given.DIALS,
            "Input height and width in pixels, 32 to 2048; give it several times for several. RAM and compute go with its square, "
            "the file's size does not change.",
            "--resolution",
        ),
    ],
    variant: Annotated[
        list[str] | None,
        given.option(given.OUTPUT, "A file to write; give it several times for several.", "--variant", shown="those of the build"),
    ] = None,
    exports: given.Exports = Path("exports"),
    force: Annotated[bool, given.option(given.OUTPUT, "Make files anew that are there already.", "--force")] = False,
    json: given.Json = False,
) -> None:
    """Write a finished build at other resolutions, without training: the same weights, measured on the test photos at each.

    Accuracy falls off away from the resolution that was trained at; the table says by how much.

    Example: builder export photos-a0.25-r96-0a1b2c3d4e --resolution 64 --resolution 128
    """
    from typing import cast

    from builder.config import Variant
    from builder.console import ConsoleProgress
    from builder.exporting import export_at
    from builder.runs import resolve_build

    run = resolve_build(build, exports)
    wanted = cast("list[Variant] | None", variant)  # other names are refused with the settings' own message
    with ConsoleProgress() as progress:
        made = export_at(run, resolution, variants=wanted or None, force=force, emit=progress, capture_output=True)
    if json:
        print_json(made.to_json())
    else:
        from builder.console.exporting import print_resolutions

        print_resolutions(made, run.folder)
