"""What `leaderboard` shows: a table for each set of photos, the knees of its fronts, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, plain_text
from builder.formats import counted, format_percent
from builder.ranking.columns import BY_KEY, Column
from builder.ranking.fronts import Axis, Front
from builder.ranking.labels import labels
from builder.ranking.pages import SELDOM, SHORT, headline, marks_text, place_of, title_of

if TYPE_CHECKING:
    from rich.console import Console

    from builder.ranking.board import Board, Group
    from builder.ranking.model import Entry

GAP = 2  # columns between two figures
TITLE_LENGTH_MAX = 32
TITLE_LENGTH_MIN = 18  # letters that titles keep where figures need their room
UNREADABLE_MAX = 5
STYLED_MAX = 500  # lines of a table; more are written without styles, which take longer than all else
# A table's columns, and how soon each goes where there is no room, the highest first.
GOES = {
    "accuracy": 0, "flash": 1, "arena": 2, "technique": 3, "variant": 4, "latency": 5, "multiply_adds": 6, "resolution": 7,
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
    console.print()
    console.print(plain_text(title_of(group), "bold cyan"), soft_wrap=True)
    table = table_of(board, shown, console.width)
    print_table(console, shown, table)
    if group.total > len(shown):
        more = f"and {counted(group.total - len(shown), 'more file')}: --limit shows more, --csv writes all"
        console.print(plain_text(more, "dim"), soft_wrap=True)
    knees = [knee_text(board, front) for front in group.fronts if front.knee is not None]
    if any(table.marks):
        console.print(plain_text(legend(group, table), "dim"), soft_wrap=True)
    if shown:
        console.print(plain_text(f"first row: {place_of(board, shown[0])}"), soft_wrap=True)
    for text in knees:
        console.print(plain_text(text), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Table:
    """What of the rows there is room for.

    Args:
        columns: between the titles and the fronts.
        marks: the fronts of each row.
        title_length: most letters of a title.
        is_narrow: whether fronts are counted, not named.
    """

    columns: tuple[Column, ...]
    marks: tuple[str, ...]
    title_length: int
    is_narrow: bool


def table_of(board: Board, entries: Sequence[Entry], width: int) -> Table:
    """Fronts are named where accuracy, flash, arena and what made a file have room beside the names; else they are counted."""
    on, sort = board.marks, BY_KEY[board.sort]
    places = [on.get((entry.folder, entry.file), {}) for entry in entries]
    needed = needed_of(entries, sort)
    named, counts = [marks_text(each) for each in places], [marks_count(each) for each in places]
    columns = fitting(entries, named, sort, width)
    if needed <= {column.key for column in columns}:
        return Table(tuple(columns), tuple(named), TITLE_LENGTH_MAX, is_narrow=False)
    figures = sum(width_of(BY_KEY[key], entries) for key in needed)
    left = width - figures - width_of_marks(counts)
    title_length = min(max(left, TITLE_LENGTH_MIN), TITLE_LENGTH_MAX)
    columns = fitting(entries, counts, sort, width, title_length)
    return Table(tuple(columns), tuple(counts), title_length, is_narrow=True)


def marks_count(on: dict[Axis, bool]) -> str:
    """On how many fronts a row is, such as `3*`; a star is the knee of one."""
    return f"{len(on)}{'*' * any(on.values())}" if on else ""


def legend(group: Group, table: Table) -> str:
    """What the column of fronts says."""
    if not table.is_narrow:
        return "front: no other file costs less there and is as accurate; a star is the knee"
    costs = ", ".join(SHORT[front.axis] for front in group.fronts)
    return f"front: over how many costs ({costs}) no other file is cheaper and as accurate; a star: the knee over one of them"


def needed_of(entries: Sequence[Entry], sort: Column) -> set[str]:
    """The columns that a row is chosen by, where they are known; how its file was made, where that differs; and the order's."""
    keys = {key for key in ("flash", "arena") if any(BY_KEY[key].value(entry) is not None for entry in entries)}
    made = next((key for key in ("technique", "variant") if differs(BY_KEY[key], entries)), None)
    return {"accuracy", *keys, *({made} if made else ()), *({sort.key} if sort.key != "title" else ())}


def differs(column: Column, entries: Sequence[Entry]) -> bool:
    """Whether a column tells rows apart."""
    return len({column.value(entry) for entry in entries}) > 1


def print_table(console: Console, entries: Sequence[Entry], table: Table) -> None:
    """The rows, in the columns that there is room for; the one that they are sorted by is always there."""
    from rich.text import Text

    head = ["build", *(column.title for column in table.columns), "front"]
    body = [
        [label, *(column.text(entry) for column in table.columns), mark]
        for label, entry, mark in zip(labels(entries, table.title_length), entries, table.marks, strict=True)
    ]
    lines = aligned([head, *body])
    if len(lines) > STYLED_MAX:
        console.file.write("\n".join(lines) + "\n")
        return
    for number, line in enumerate(lines):
        style = "dim" if number == 0 else "bold" if "*" in table.marks[number - 1] else ""
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


def fitting(
    entries: Sequence[Entry], marks: Sequence[str], sort: Column, width: int, title_length: int = TITLE_LENGTH_MAX
) -> list[Column]:
    """The columns that there is room for between the titles and the fronts."""
    keys = [key for key in ORDER if key not in SELDOM or any(BY_KEY[key].value(entry) not in (None, "") for entry in entries)]
    if all(entry.variant == entry.technique for entry in entries):
        keys.remove("variant")  # it says the same again
    kept = [BY_KEY[key] for key in keys]
    if sort.key != "title" and sort not in kept:
        kept.append(sort)
    widths = {column.key: width_of(column, entries) for column in kept}
    outer = max([5, *(min(len(entry.title), title_length) for entry in entries)]) + width_of_marks(marks)
    needed = needed_of(entries, sort)
    alike = {column.key for column in kept if not differs(column, entries)}

    def soon(column: Column) -> tuple[bool, bool, int]:
        """What tells no two rows apart goes first, and what rows are chosen by goes last."""
        spare = column.key not in needed
        return spare, spare and column.key in alike and len(entries) > 1, GOES.get(column.key, 0)

    while len(kept) > 1 and outer + sum(widths[column.key] for column in kept) > width:
        kept.remove(max((column for column in kept if column != sort), key=soon))
    return kept


def width_of(column: Column, entries: Sequence[Entry]) -> int:
    """Letters that a column takes, the gap before it included."""
    return GAP + max([len(column.title), *(len(column.text(entry)) for entry in entries)])


def width_of_marks(marks: Sequence[str]) -> int:
    """Letters that the fronts take, the gap before them included."""
    return GAP + max([5, *map(len, marks)])


def knee_text(board: Board, front: Front) -> str:
    """A knee in a sentence."""
    knee = front.knee
    assert knee is not None
    entry = knee.entry
    return (
        f"knee over {SHORT[front.axis]}: {format_percent(knee.accuracy)} at {BY_KEY[front.axis].form(knee.cost)}, "
        f"alpha {entry.alpha:g}, {entry.resolution} px, {entry.technique}, {place_of(board, entry)}"
    )


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
