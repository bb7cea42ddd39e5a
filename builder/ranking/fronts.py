"""Pareto fronts: of builds of the same photos, the files that no other one beats in accuracy and in what they cost, and the knee.

The knee is the file of the front at which more cost begins to bring less: with the logarithm of the cost and the accuracy both
scaled to run from 0 to 1 along the front, the one that lies highest above the chord from the cheapest file to the most accurate.
That is the point that Kneedle takes (V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan: Finding a "Kneedle" in a Haystack, ICDCS
Workshops 2011); the logarithm, because costs are compared by their ratio: twice the flash is as far anywhere.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, NamedTuple

from builder.errors import ConfigError, nearest
from builder.formats import known
from builder.listing import pareto
from builder.ranking.columns import BY_KEY, SAME
from builder.ranking.model import Entry

Axis = Literal["flash", "arena", "multiply_adds", "latency"]
AXES: tuple[Axis, ...] = ("flash", "arena", "multiply_adds", "latency")
NEAR = 1e-9  # above the chord by less is on it


class Point(NamedTuple):
    """A file on a picture; a tuple, since there may be 100,000 of them.

    Args:
        entry: the file.
        cost: bytes, mult-adds or milliseconds.
        accuracy: on the test photos.
        is_front: whether no other file costs no more and is more accurate, or costs less and is as accurate.
        is_knee: whether it is the knee of the front.
    """

    entry: Entry
    cost: float
    accuracy: float
    is_front: bool
    is_knee: bool


@dataclass(frozen=True, slots=True)
class Front:
    """Accuracy over one cost, of files that were measured on the same photos.

    Args:
        axis: the cost.
        data: the photos as somebody named them.
        photos: which they are, `Entry.photos`.
        points: all files with both figures, the cheapest first.
        left_out: files without one of the figures, or that failed a check.
    """

    axis: Axis
    data: str
    photos: tuple[str, str]
    points: tuple[Point, ...]
    left_out: int = 0

    @property
    def front(self) -> tuple[Point, ...]:
        """The points that no other one beats."""
        return tuple(point for point in self.points if point.is_front)

    @property
    def knee(self) -> Point | None:
        """Where more cost begins to bring less; None of fewer than three steps, or where the front does not bend that way."""
        return next((point for point in self.points if point.is_knee), None)


def axis_of(word: str) -> Axis:
    """An axis as people call it.

    Raises:
        ConfigError: there is none of that name.
    """
    name = word.strip().lower().replace("-", "_")
    name = SAME.get(name, name)
    for axis in AXES:
        if name == axis:
            return axis
    raise ConfigError(f'There is no front "{word[:60]}".{nearest(name, AXES)} Known: {", ".join(AXES)}.')


def by_photos(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Rows that may be compared: one group for each set of test photos, the largest first."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.photos].append(entry)
    return sorted(groups.values(), key=len, reverse=True)


def fronts(entries: Iterable[Entry], axes: Sequence[Axis] = AXES) -> list[Front]:
    """A front for each set of photos and each cost; those without a single point are left out.

    Args:
        entries: rows, of any photos.
        axes: the costs.

    Example:
        >>> [front.knee.entry.title for front in fronts(found.entries) if front.knee]
    """
    made = [front(group, axis) for group in by_photos(entries) for axis in axes]
    return [each for each in made if each.points]


def front(entries: Sequence[Entry], axis: Axis) -> Front:
    """Files of the same photos over one cost."""
    cost_of = attrgetter(BY_KEY[axis].name)
    placed = [
        (float(cost), -entry.accuracy, number)
        for number, entry in enumerate(entries)
        if entry.sound and known(entry.accuracy) and known(cost := cost_of(entry)) and cost > 0
    ]
    shown = [(cost, -negative, entries[number]) for cost, negative, number in sorted(placed)]
    steps = pareto((cost, accuracy) for cost, accuracy, _ in shown)
    best, bend = set(steps), knee(steps)
    points = []
    for cost, accuracy, entry in shown:
        is_knee = (cost, accuracy) == bend
        bend = None if is_knee else bend  # of equal files one
        points.append(Point(entry, cost, accuracy, (cost, accuracy) in best, is_knee))
    return Front(axis, entries[0].data, entries[0].photos, tuple(points), len(entries) - len(points))


def knee(steps: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The step that lies highest above the chord, as the module says.

    Args:
        steps: (cost, accuracy) of a front, the cheapest first; costs above zero.
    """
    if len(steps) < 3:
        return None
    (low, worst), (high, best) = steps[0], steps[-1]
    span, rise = math.log(high / low), best - worst

    def height(step: tuple[float, float]) -> float:
        return (step[1] - worst) / rise - math.log(step[0] / low) / span

    highest = max(steps, key=height)  # of equally high ones the cheapest
    return highest if height(highest) > NEAR else None


def marks(made: Iterable[Front]) -> dict[tuple[str, str], dict[Axis, bool]]:
    """For each file (folder, file) on a front: which ones, and whether it is the knee there."""
    found: dict[tuple[str, str], dict[Axis, bool]] = defaultdict(dict)
    for each in made:
        for point in each.front:
            found[point.entry.folder, point.entry.file][each.axis] = point.is_knee
    return dict(found)
