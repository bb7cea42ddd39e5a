"""The leaderboard as one PNG file: the pictures of each set of photos, and its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from builder.formats import counted
from builder.pictures.sheet import Sheet
from builder.ranking.board import Board, Group
from builder.ranking.charts import front_picture
from builder.ranking.columns import BY_KEY
from builder.ranking.labels import labels
from builder.ranking.model import Entry
from builder.ranking.pages import LEGEND, headline, marks_text, title_of

GROUPS_MAX = 6  # sets of photos on a sheet
ROWS_SHOWN = 12
WIDTH = 986  # px of a table: that of two pictures side by side; it is wider where names need it
LETTER, GAP = 6.8, 14  # px of a letter of the table, and between two columns
TITLE_LENGTH_MIN, TITLE_LENGTH_MAX = 40, 72  # letters of a title, as there is room
KEYS = ("accuracy", "flash", "arena", "multiply_adds", "latency")
MADE = ("technique", "variant")  # how a file was made: each where it tells rows apart


def board_png(board: Board) -> bytes:
    """The leaderboard as the bytes of a PNG file."""
    sheet = Sheet()
    sheet.title("Leaderboard", [headline(board)])
    for group in board.groups[:GROUPS_MAX]:
        sheet.heading(title_of(group))
        sheet.bottom += 12
        for first in range(0, len(group.fronts), 2):
            sheet.row([front_picture(front) for front in group.fronts[first : first + 2]])
        columns, rows, width = table_of(board, group)
        sheet.table("", columns, rows, width)
        left = group.total - ROWS_SHOWN
        if left > 0:
            sheet.text("", [f"and {counted(left, 'more row')}"])
    if len(board.groups) > GROUPS_MAX:
        sheet.text("", [f"and {counted(len(board.groups) - GROUPS_MAX, 'more set', 'more sets')} of photos"])
    sheet.text("", [f"{LEGEND} In the table a star marks the knee."])
    return sheet.png()


def table_of(board: Board, group: Group) -> tuple[dict[str, int], list[list[str]], int]:
    """The first rows of a group: where each column begins, its cells, and how wide all are, in px."""
    on, shown = board.marks, group.entries[:ROWS_SHOWN]
    keys = [*KEYS, *(made_of(shown) or MADE[:1])]
    names = [*(BY_KEY[key].title for key in keys), "front"]
    cells = [[*(BY_KEY[key].text(entry) for key in keys), marks_text(on.get((entry.folder, entry.file), {}))] for entry in shown]
    widths = [px(column) for column in zip(names, *cells, strict=True)]
    room = int((WIDTH - sum(widths) - GAP) / LETTER)
    titles = labels(shown, min(max(room, TITLE_LENGTH_MIN), TITLE_LENGTH_MAX))
    first = px(["build", *titles])
    places = list(accumulate(widths, initial=first))
    columns = dict(zip(["build", *names], [0, *places[:-1]], strict=True))
    return columns, [[title, *row] for title, row in zip(titles, cells, strict=True)], max(WIDTH, places[-1])


def made_of(shown: Sequence[Entry]) -> list[str]:
    """What tells apart how the files of rows were made, each thing once."""
    keys = [key for key in MADE if len({BY_KEY[key].value(entry) for entry in shown}) > 1]
    return keys[:1] if all(entry.variant == entry.technique for entry in shown) else keys


def px(cells: Iterable[str]) -> int:
    """The width of a column."""
    return round(max(map(len, cells)) * LETTER) + GAP
