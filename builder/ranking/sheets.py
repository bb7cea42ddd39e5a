"""The leaderboard as one PNG file: the pictures of each set of photos, and its first rows."""

from __future__ import annotations

from builder.formats import counted, printable
from builder.pictures.sheet import Sheet
from builder.ranking.board import Board, Group
from builder.ranking.charts import front_picture
from builder.ranking.columns import BY_KEY
from builder.ranking.pages import LEGEND, headline, marks_text, title_of

GROUPS_MAX = 6  # sets of photos on a sheet
ROWS_SHOWN = 12
NAME_LENGTH_MAX = 30
TABLE = {"build": 0, "accuracy": 205, "flash": 280, "RAM": 360, "mult-adds": 440, "latency": 525, "technique": 600, "front": 735}
KEYS = ("accuracy", "flash", "arena", "multiply_adds", "latency", "technique")


def board_png(board: Board) -> bytes:
    """The leaderboard as the bytes of a PNG file."""
    sheet = Sheet()
    sheet.title("Leaderboard", [headline(board)])
    for group in board.groups[:GROUPS_MAX]:
        sheet.heading(title_of(group))
        sheet.bottom += 12
        for first in range(0, len(group.fronts), 2):
            sheet.row([front_picture(front) for front in group.fronts[first : first + 2]])
        sheet.table("", TABLE, rows(board, group))
        left = group.total - ROWS_SHOWN
        if left > 0:
            sheet.text("", [f"and {counted(left, 'more row')}"])
    if len(board.groups) > GROUPS_MAX:
        sheet.text("", [f"and {counted(len(board.groups) - GROUPS_MAX, 'more set', 'more sets')} of photos"])
    sheet.text("", [f"{LEGEND} In the table a star marks the knee."])
    return sheet.png()


def rows(board: Board, group: Group) -> list[list[str]]:
    """The first rows of a group, as the table takes them."""
    on = board.marks
    return [
        [
            printable(entry.title, NAME_LENGTH_MAX),
            *(BY_KEY[key].text(entry) for key in KEYS),
            marks_text(on.get((entry.folder, entry.file), {})),
        ]
        for entry in group.entries[:ROWS_SHOWN]
    ]
