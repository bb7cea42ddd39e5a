"""The command that looks at photos before anything is trained: `examine`."""

from __future__ import annotations

from typing import Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json


@app.command()
def examine(
    photos: Annotated[str, typer.Argument(help="Photos, in the forms that [bold]builder build --data[/] takes.", metavar="PHOTOS")],
    resolution: given.Resolution = None,
    grayscale: given.Grayscale = None,
    split_seed: given.SplitSeed = None,
    bad_share_max: given.BadShareMax = None,
    json: given.Json = False,
) -> None:
    """Look at photos before training: bad files, copies, classes that are small, the split.

    Photos are decoded at the resolution, so that a build at it finds them decoded.
    """
    from builder.architecture import check_resolution
    from builder.console import ConsoleProgress
    from builder.data.examination import examine as look

    with ConsoleProgress() as progress:
        found = look(
            photos,
            resolution=check_resolution(96 if resolution is None else resolution),
            channels=1 if grayscale else 3,
            split_seed=split_seed or 0,
            bad_share_max=0.1 if bad_share_max is None else bad_share_max,
            emit=progress,
        )
    if json:
        print_json(found.to_json())
    else:
        from builder.console.photos import print_examination

        print_examination(found)
