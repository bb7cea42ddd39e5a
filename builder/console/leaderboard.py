"""What `leaderboard` shows: a table for each set of photos, the knees of its fronts, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, plain_text
from builder.formats import counted, format_percent, printable
from builder.ranking.columns import BY_KEY, Column
from builder.ranking.fronts import Axis, Front
from builder.ranking.pages import SELDOM, headline, marks_text, title_of

if TYPE_CHECKING:
    from rich.console import Console

    from builder.ranking.board import Board, Group
    from builder.ranking.model import Entry

GAP = 2  # columns between two figures
TITLE_LENGTH_MAX = 32
UNREADABLE_MAX = 5
STYLED_MAX = 500  # lines of a table; more are written without styles, which take longer than all else
# A table's columns, and how soon each goes where there is no room, the highest first.
GOES = {
    "accuracy": 0, "flash": 1, "technique": 2, "variant": 3, "arena": 4, "latency": 5, "multiply_adds": 6, "resolution": 7,
    "alpha": 8, "seed": 9, "val_accuracy": 10, "gzip": 11, "id": 12, "epochs": 13, "parameters": 14, "batch": 15,
}  # fmt: skip
ORDER = (
    "accuracy", "val_accuracy", "flash", "gzip", "arena", "multiply_adds", "parameters", "latency", "alpha", "resolution",
    "variant", "technique", "seed", "epochs", "batch", "id",
)  # fmt: skip


def print_board(board: Board, limit: int, written: Sequence[Path], *, file: TextIO | None = None) -> None:
    """Prints a leaderboard on stdout.

    Args:
        board: what to show.
        limit: most rows of each set of photos.
        written: files that were written besides.
        file: another stream than stdout.
    """
    console = open_console(file)
    console.print(plain_text(headline(board), "bold"), soft_wrap=True)
    for group in board.groups:
        print_group(console, board, group, limit)
    print_left_out(console, board)
    for path in written:
        console.print(plain_text(f"Wrote {path}"), soft_wrap=True)


def print_group(console: Console, board: Board, group: Group, limit: int) -> None:
    """One set of photos: its rows, and its knees."""
    shown = group.entries[:limit]
    on = board.marks
    marks = [marks_text(on.get((entry.folder, entry.file), {})) for entry in shown]
    console.print()
    console.print(plain_text(title_of(group), "bold cyan"), soft_wrap=True)
    print_table(console, shown, marks, BY_KEY[board.sort])
    if group.total > len(shown):
        more = f"and {counted(group.total - len(shown), 'more file')}: --limit shows more, --csv writes all"
        console.print(plain_text(more, "dim"), soft_wrap=True)
    knees = [knee_text(front) for front in group.fronts if front.knee is not None]
    if any(marks):
        console.print(
            plain_text("front: no other file costs less there and is as accurate; a star is the knee", "dim"), soft_wrap=True
        )
    for text in knees:
        console.print(plain_text(text), soft_wrap=True)


def print_table(console: Console, entries: Sequence[Entry], marks: Sequence[str], sort: Column) -> None:
    """The rows, in the columns that there is room for; the one that they are sorted by is always there."""
    from rich.text import Text

    columns = fitting(entries, marks, sort, console.width)
    head = ["build", *(column.title for column in columns), "front"]
    body = [
        [printable(entry.title, TITLE_LENGTH_MAX), *(column.text(entry) for column in columns), mark]
        for entry, mark in zip(entries, marks, strict=True)
    ]
    lines = aligned([head, *body])
    if len(lines) > STYLED_MAX:
        console.file.write("\n".join(lines) + "\n")
        return
    for number, line in enumerate(lines):
        style = "dim" if number == 0 else "bold" if "*" in marks[number - 1] else ""
        console.print(Text(line, style), soft_wrap=True)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells below each other, as lines: names at the left of their columns, figures at the right."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [" " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append((" " * GAP).join([row[0] + " " * (widths[0] - cell_len(row[0])), *cells, row[-1]]).rstrip())
    return lines


def fitting(entries: Sequence[Entry], marks: Sequence[str], sort: Column, width: int) -> list[Column]:
    """The columns that there is room for between the titles and the fronts."""
    keys = [key for key in ORDER if key not in SELDOM or any(BY_KEY[key].value(entry) not in (None, "") for entry in entries)]
    if all(entry.variant == entry.technique for entry in entries):
        keys.remove("variant")  # it says the same again
    kept = [BY_KEY[key] for key in keys]
    if sort.key != "title" and sort not in kept:
        kept.append(sort)
    widths = {column.key: GAP + max([len(column.title), *(len(column.text(entry)) for entry in entries)]) for column in kept}
    outer = max([5, *(min(len(entry.title), TITLE_LENGTH_MAX) for entry in entries)]) + GAP + max([5, *map(len, marks)])
    alike = {column.key for column in kept if len({column.value(entry) for entry in entries}) == 1}

    def soon(column: Column) -> tuple[bool, int]:
        """What tells no two rows apart goes first."""
        return column.key in alike and len(entries) > 1, GOES.get(column.key, 0)

    while len(kept) > 1 and outer + sum(widths[column.key] for column in kept) > width:
        kept.remove(max((column for column in kept if column != sort), key=soon))
    return kept


def knee_text(front: Front) -> str:
    """A knee in a sentence."""
    knee, names = front.knee, KNEES[front.axis]
    assert knee is not None
    entry = knee.entry
    return (
        f"knee over {names}: {format_percent(knee.accuracy)} at {BY_KEY[front.axis].form(knee.cost)}, alpha {entry.alpha:g}, "
        f"{entry.resolution} px, {entry.technique}, {entry.folder}/{entry.file}"
    )


KNEES: dict[Axis, str] = {"flash": "file size", "arena": "RAM", "multiply_adds": "mult-adds", "latency": "latency"}


def print_left_out(console: Console, board: Board) -> None:
    """What is not among the rows, and why."""
    found = board.found
    if not (found.builds or found.unfinished or found.unreadable):
        told = f"{board.exports} holds no builds: name the folder that builds lie in, one folder each."
        console.print(plain_text(told, "yellow"), soft_wrap=True)
    if found.unfinished:
        console.print(plain_text(f"{counted(found.unfinished, 'build')} not finished, and not listed", "dim"), soft_wrap=True)
    for each in found.unreadable[:UNREADABLE_MAX]:
        console.print(plain_text(f"Damaged: {each.folder}: {each.message}", "yellow"), soft_wrap=True)
    if len(found.unreadable) > UNREADABLE_MAX:
        more = counted(len(found.unreadable) - UNREADABLE_MAX, "more build")
        console.print(plain_text(f"and {more} that cannot be read; --json has all", "yellow"), soft_wrap=True)
