"""The leaderboard: the rows that were asked for in their order, and the fronts of each set of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.errors import ConfigError
from builder.events import Emit, silent
from builder.ranking.choosing import column_of, condition, in_order, kept
from builder.ranking.columns import record_of
from builder.ranking.fronts import AXES, Axis, Front, by_photos, fronts, marks
from builder.ranking.index import read
from builder.ranking.model import Entry, Found


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that may be compared: all were measured on the same test photos.

    Args:
        data: the photos as somebody named them.
        photos: which they are, `Entry.photos`.
        entries: the rows to show.
        fronts: of all rows.
        total: how many rows there are.
    """

    data: str
    photos: tuple[str, str]
    entries: tuple[Entry, ...]
    fronts: tuple[Front, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Board:
    """What was asked, and what there is.

    Args:
        exports: the folder.
        where: the condition; empty where all rows are asked for.
        sort: the column that they are in the order of.
        entries: the rows, of all photos.
        groups: the same rows by photos, with their fronts; the largest group first.
        found: everything in the folder.
    """

    exports: Path
    where: str
    sort: str
    entries: tuple[Entry, ...]
    groups: tuple[Group, ...]
    found: Found

    @property
    def marks(self) -> dict[tuple[str, str], dict[Axis, bool]]:
        """For each file (folder, file) on a front: which ones, and whether it is the knee there."""
        return marks(front for group in self.groups for front in group.fronts)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what `leaderboard --json` holds."""
        on = self.marks
        return {
            "exports": str(self.exports),
            "where": self.where,
            "sort": self.sort,
            "builds": self.found.builds,
            "unfinished": self.found.unfinished,
            "rows": [record_of(entry) | marks_of(on.get((entry.folder, entry.file), {})) for entry in self.entries],
            "fronts": [front_values(front) for group in self.groups for front in group.fronts],
            "unreadable": [{"folder": each.folder, "message": each.message} for each in self.found.unreadable],
        }


def board(
    exports: Path,
    *,
    where: str | None = None,
    sort: str = "accuracy",
    reverse: bool = False,
    every_file: bool = False,
    only: Sequence[Axis] = (),
    limit: int | None = None,
    emit: Emit = silent,
) -> Board:
    """All builds of a folder, ranked.

    Args:
        exports: the folder of builds.
        where: a condition that rows must keep to, such as `flash<=300KiB and arena<=128KiB`.
        sort: a column; the better values come first.
        reverse: the other way round.
        every_file: every file of each build, else the one for its target, or that of the technique that the gate chose.
        only: only files on these fronts, and only these fronts; all files and all fronts where empty.
        limit: most rows of each set of photos; fronts are those of all rows.
        emit: hears how far an index that takes longer than a second is.

    Raises:
        ConfigError: a condition that cannot be read, or an unknown column.
        InvalidInput: there is no such folder.
    """
    asked, column = condition(where), column_of(sort)
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit is a number of rows above zero, not {limit}.")
    found = read(exports, every_file=every_file, emit=emit)
    entries = in_order(kept(found.entries, asked), column.key, reverse=reverse)
    axes = only or AXES
    groups = tuple(group_of(rows, axes, bool(only), limit) for rows in by_photos(entries))
    if only or limit is not None:
        shown = {(entry.folder, entry.file) for group in groups for entry in group.entries}
        entries = [entry for entry in entries if (entry.folder, entry.file) in shown]
    return Board(exports, asked.text if asked is not None else "", column.key, tuple(entries), groups, found)


def group_of(rows: Sequence[Entry], axes: Sequence[Axis], only_fronts: bool, limit: int | None) -> Group:
    """Rows of the same photos, in their order: all or those on a front, and the first of them."""
    made = fronts(rows, axes)
    if only_fronts:
        on = marks(made)
        shown = [entry for entry in rows if (entry.folder, entry.file) in on]
    else:
        shown = list(rows)
    return Group(rows[0].data, rows[0].photos, tuple(shown[:limit]), tuple(made), len(shown))


def marks_of(on: dict[Axis, bool]) -> dict[str, list[str]]:
    """The fronts that a row is on, and those of which it is the knee."""
    return {"on_front": list(on), "knee_of": [axis for axis, is_knee in on.items() if is_knee]}


def front_values(front: Front) -> dict[str, Any]:
    """A front as plain values; the points that others beat are among the rows."""
    return {
        "axis": front.axis,
        "data": front.data,
        "dataset": front.photos[0],
        "split": front.photos[1],
        "files": len(front.points),
        "left_out": front.left_out,
        "points": [
            {
                "id": point.entry.id,
                "folder": point.entry.folder,
                "file": point.entry.file,
                "variant": point.entry.variant,
                "cost": point.cost,
                "accuracy": point.accuracy,
                "is_knee": point.is_knee,
            }
            for point in front.front
        ],
    }
