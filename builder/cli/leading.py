"""The command that ranks finished builds: `leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json
from builder.errors import ConfigError

if TYPE_CHECKING:
    from builder.ranking import Board

LIMIT = 30  # rows of each set of photos on a terminal


@app.command()
def leaderboard(
    exports: Annotated[Path, typer.Argument(help="The folder of builds.", metavar="DIR")] = Path("exports"),
    sort: Annotated[
        str,
        given.option(
            None,
            "accuracy, val_accuracy, flash, gzip, arena, multiply_adds, parameters, latency, alpha, resolution, technique, seed, "
            "created, …; the better values come first.",
            shown=True,
            metavar="COLUMN",
        ),
    ] = "accuracy",
    reverse: Annotated[bool, given.option(None, "The other way round.", "--reverse")] = False,
    where: Annotated[
        str | None,
        given.option(
            None,
            "Only these: [bold]'flash<=300KiB and arena<=128KiB'[/]; >= <= > < == !=, and, or, not, parentheses; shares as 0.98 or "
            "98%, sizes as 300KiB, counts as 7.5M, latency as 50ms.",
            metavar="CONDITION",
        ),
    ] = None,
    front: Annotated[
        list[str] | None,
        given.option(
            None,
            "Only files on the Pareto front of accuracy over this cost: flash, arena, multiply_adds or latency; give it several "
            "times for several.",
            metavar="COST",
        ),
    ] = None,
    every_file: Annotated[
        bool,
        given.option(
            None,
            "Every file of each build: variants, compressed ones, other resolutions; else the one for its target, or that of the "
            "technique that the gate chose.",
            "--every-file",
        ),
    ] = False,
    limit: Annotated[
        int | None, given.option(None, "Rows of each set of photos.", shown=f"{LIMIT} on the terminal, all elsewhere", metavar="N")
    ] = None,
    csv: Annotated[Path | None, given.option(given.OUTPUT, "Write the rows as CSV.", "--csv", metavar="FILE")] = None,
    html: Annotated[
        Path | None, given.option(given.OUTPUT, "Write a page with the table and its pictures.", "--html", metavar="FILE")
    ] = None,
    png: Annotated[Path | None, given.option(given.OUTPUT, "Write the pictures as one image.", "--png", metavar="FILE")] = None,
    json: given.Json = False,
) -> None:
    """Rank all finished builds of a folder: a table and Pareto fronts, one of each set of photos.

    Example: builder leaderboard exports --where 'flash<=300KiB and arena<=128KiB' --html board.html
    """
    from builder.console import ConsoleProgress
    from builder.ranking import board
    from builder.ranking.fronts import axis_of

    check_places(csv, html, png)
    only = [axis_of(word) for word in front or ()]
    with ConsoleProgress() as progress:
        made = board(exports, where=where, sort=sort, reverse=reverse, every_file=every_file, only=only, limit=limit, emit=progress)
    written = write(made, csv, html, png)
    if json:
        print_json(made.to_json() | {"written": [str(path) for path in written]})
    else:
        from builder.console.leaderboard import print_board

        print_board(made, limit or LIMIT, written)


def check_places(*files: Path | None) -> None:
    """Raises `ConfigError` where a file that is to be written cannot be, before anything is read."""
    for path in files:
        if path == Path("-"):
            raise ConfigError(
                "- names no file, and nothing but --json writes rows on stdout: name a file, such as --csv board.csv."
            )
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise ConfigError(f"{path} cannot be written: name a file in a folder that exists.")


def write(made: Board, csv: Path | None, html: Path | None, png: Path | None) -> list[Path]:
    """Writes the files that were asked for."""
    from builder.runs import write_atomically

    if csv is not None:
        from builder.ranking.pages import board_csv

        write_atomically(csv, board_csv(made))
    if html is not None:
        from builder.ranking.pages import board_page

        write_atomically(html, board_page(made))
    if png is not None:
        from builder.ranking.sheets import board_png

        write_atomically(png, board_png(made))
    return [path for path in (csv, html, png) if path is not None]
