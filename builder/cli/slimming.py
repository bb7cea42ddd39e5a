"""The command that takes the waste out of a file: `slim`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from builder.cli import options as given
from builder.cli.application import app, print_json


@app.command()
def slim(
    file: given.AnyModelFile,
    output: Annotated[Path, given.option(None, "Write the slim .tflite there.", "--output", "-o", metavar="FILE")],
    flavour: Annotated[
        Literal["mobile", "micro"],
        given.option(
            None,
            "[bold]mobile[/] keeps what LiteRT, XNNPACK and MediaPipe read; [bold]micro[/] what TFLite Micro reads, and adds the "
            "smallest memory plan where that lowers the arena.",
            shown=True,
        ),
    ] = "mobile",
    json: given.Json = False,
) -> None:
    """Write a .tflite anew without waste: the same outputs to the bit, fewer bytes, for microcontrollers less RAM.

    Builds do this to their int8 files by themselves. What cannot be slimmed safely is written as it was, and the reason is said.

    Example: builder slim person_detect.tflite --flavour micro --output person_detect_slim.tflite
    """
    from builder.slim.file import slim_file

    made = slim_file(file, flavour, output)
    if json:
        print_json(made.to_json())
    else:
        from builder.console.slimming import print_slim

        print_slim(made)
