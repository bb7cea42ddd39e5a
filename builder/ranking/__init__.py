"""The leaderboard: every file of every finished build of a folder, ranked, with the fronts that no other file beats. Light.

reading   a build's folder as rows
index     those rows, kept beside the folders in SQLite
columns   what a row has: names, units, words
choosing  which rows, in which order
fronts    Pareto fronts by photos, and their knees
board     all of it together
labels    titles cut so that they stay different
charts    pictures of fronts
pages     HTML and CSV
sheets    PNG
frame     pandas
"""

from builder.ranking.board import Board, Group, board
from builder.ranking.frame import leaderboard
from builder.ranking.fronts import AXES, Axis, Front, Point, fronts
from builder.ranking.model import Entry, Found, Unreadable

__all__ = [
    "AXES",
    "Axis",
    "Board",
    "Entry",
    "Found",
    "Front",
    "Group",
    "Point",
    "Unreadable",
    "board",
    "fronts",
    "leaderboard",
]
