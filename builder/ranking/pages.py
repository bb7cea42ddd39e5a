"""The leaderboard as one HTML page that needs nothing else, no network and no script, in light and dark; and as a CSV file."""

from __future__ import annotations

import csv
import io

from builder.formats import counted, printable
from builder.pictures.pages import render
from builder.ranking.board import Board, Group, marks_of
from builder.ranking.charts import front_picture
from builder.ranking.columns import BY_KEY, NAMES, record_of
from builder.ranking.fronts import AXES, Axis
from builder.ranking.model import Entry
from builder.report.charts import Chart
from builder.report.html import LISTED_MAX

GROUPS_MAX = 12  # sets of photos that a page has pictures of
SHOWN = 30  # rows; the others are folded away
COLUMNS = tuple(
    BY_KEY[key]
    for key in (
        "accuracy", "val_accuracy", "flash", "gzip", "arena", "multiply_adds", "parameters", "latency", "alpha", "resolution",
        "variant", "technique", "seed", "epochs", "batch", "created",
    )
)  # fmt: skip
# Columns that a table does without where they say nothing.
SELDOM = ("val_accuracy", "gzip", "batch")
SHORT: dict[Axis, str] = {"flash": "flash", "arena": "arena", "multiply_adds": "mult-adds", "latency": "latency"}
LEGEND = (
    "Blue dots are on the front: no other file costs less and is as accurate. The ring is around the knee, where more cost begins "
    "to bring less: the file of the front that lies highest above the line from its cheapest to its most accurate one, costs on a "
    "logarithmic scale, as Kneedle finds it (Satopaa and others, 2011)."
)


def board_page(board: Board) -> str:
    """The leaderboard as an HTML page: a table and the pictures for each set of photos; every name in it is escaped.

    Where the pictures cannot be drawn the page says why.
    """
    drawn = [draw(group) if number < GROUPS_MAX else ({}, "") for number, group in enumerate(board.groups)]
    columns = [
        column
        for column in COLUMNS
        if column.key not in SELDOM or any(column.value(entry) not in (None, "") for entry in board.entries)
    ]
    return render(
        "leaderboard.html.j2",
        board=board,
        headline=headline(board),
        sections=[(group, *pictures) for group, pictures in zip(board.groups, drawn, strict=True)],
        columns=columns,
        marks=board.marks,
        short=SHORT,
        legend=LEGEND,
        title_of=title_of,
        shown=SHOWN,
        listed_max=LISTED_MAX,
        groups_max=GROUPS_MAX,
    )


def draw(group: Group) -> tuple[dict[str, Chart], str]:
    """The pictures by axis, or the reason why there are none."""
    try:
        return {front.axis: front_picture(front).svg() for front in group.fronts}, ""
    except (ImportError, OSError, ValueError) as error:
        return {}, printable(f"{type(error).__name__}: {error}", 300)


def headline(board: Board) -> str:
    """What there is, in a sentence."""
    kept = f" with {board.where}" if board.where else ""
    return (
        f"{counted(sum(group.total for group in board.groups), 'file')}{kept}, of {counted(board.found.builds, 'finished build')}"
    )


def title_of(group: Group) -> str:
    """The photos of a group, and how many accuracies rest on."""
    tested = max((entry.test_photos for entry in group.entries), default=0)
    split = f", {group.photos[1]}" if group.photos[1] else ""
    return f"{printable(group.data, 60)}{printable(split, 80)}: {counted(group.total, 'file')}, {counted(tested, 'test photo')}"


def marks_text(on: dict[Axis, bool]) -> str:
    """The fronts that a row is on, such as `flash* arena`; a star is the knee."""
    return " ".join(f"{SHORT[axis]}{'*' * on[axis]}" for axis in AXES if axis in on)


def place_of(board: Board, entry: Entry) -> str:
    """Where a row's file lies, from where the folder of builds was named."""
    return printable(str(board.exports / entry.folder / entry.file))


def board_csv(board: Board) -> str:
    """The rows as CSV, with a head; sizes in bytes, times in milliseconds, shares 0 to 1."""
    on = board.marks
    rows = []
    for entry in board.entries:
        mark = marks_of(on.get((entry.folder, entry.file), {}))
        rows.append(record_of(entry) | {name: " ".join(axes) for name, axes in mark.items()})
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=[*NAMES, "on_front", "knee_of"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in values.items()} for values in rows)
    return text.getvalue()


def safe(value: object) -> object:
    """A cell; text that a spreadsheet would take for a formula gets an apostrophe, as spreadsheets themselves write it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
