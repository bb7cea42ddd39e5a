"""Where names go beside the points that they belong to: near them, on no other name, with few lines that cross.

Each name has some hundred places around its point. It takes the cheapest one while all others stay, in turn, until none moves:
a local optimum, found in milliseconds for a dozen names, and the same one each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

DISTANCES = (9, 15, 24, 36, 50, 66, 84, 104, 128, 156, 190)  # px from the point to the name's nearest edge
DIRECTIONS = 16
TURNS_MAX = 12
GAP = 2  # px around a name
DOT = 7  # px around a point that names keep off

# What is wrong with a place, in px of distance that one would rather go.
ON_A_NAME, ON_A_POINT, ACROSS_A_LINE, LINE_ON_A_NAME = 3000.0, 400.0, 120.0, 160.0
ON_A_LINE = 8.0  # that lies behind
LINE_ON_A_POINT, POINT = 110.0, 5  # px around a point that lines keep off
DOUBTFUL = 100.0  # for each point that is no further from the name than its own
DOUBTFUL_WITHIN = 5  # px further


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in px from the upper left."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles share more than an edge."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the rectangle that is nearest to another one."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


@dataclass(frozen=True, slots=True)
class Place:
    """A name's rectangle and the line that leads to it from its point."""

    box: Box
    line: tuple[float, float, float, float]
    away: float
    doubtful: int = 0  # points as near as its own


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    area: Box,
    taken: Sequence[Box] = (),
    behind: Sequence[Box] = (),
) -> list[Place]:
    """A place for each name.

    Args:
        points: where they belong, in px.
        sizes: width and height of each.
        area: what they may not leave; larger than each name.
        taken: where there is something else already.
        behind: lines, as thin rectangles, that names had better leave free.
    """
    choices = [[doubted(each, points) for each in around(point, size, area)] for point, size in zip(points, sizes, strict=True)]
    fixed = [[standing(each, points, taken, behind) for each in some] for some in choices]
    order = sorted(range(len(points)), key=lambda number: (points[number][1], points[number][0]))
    chosen: list[Place | None] = [None] * len(points)
    for _ in range(TURNS_MAX):
        moved = False
        for number in order:
            others = [each for other, each in enumerate(chosen) if each is not None and other != number]
            best = cheapest(choices[number], fixed[number], others)
            moved = moved or best is not chosen[number]
            chosen[number] = best
        if not moved:
            break
    return [each for each in chosen if each is not None]


def cheapest(choices: Sequence[Place], fixed: Sequence[float], others: Sequence[Place]) -> Place:
    """The best place while all other names stay."""
    best, least = choices[0], math.inf
    for cost, choice in sorted(zip(fixed, choices, strict=True), key=lambda each: each[0]):
        if cost >= least:
            break  # those that follow are no better, even on free ground
        whole = cost + sum(beside(choice, other) for other in others)
        if whole < least:
            best, least = choice, whole
    return best


def around(point: tuple[float, float], size: tuple[float, float], area: Box) -> list[Place]:
    """All places of a name within the area, each once; one that would leave it is pushed back in."""
    x, y = point
    width, height = size
    found: dict[Box, Place] = {}
    for distance in DISTANCES:
        for step in range(DIRECTIONS):
            angle = 2 * math.pi * step / DIRECTIONS
            dx, dy = math.cos(angle), math.sin(angle)
            # The name's middle lies so that its edge, not its middle, is at this distance.
            middle_x = x + dx * distance + dx * width / 2
            middle_y = y + dy * distance + dy * height / 2
            left = min(max(middle_x - width / 2, area.left), area.right - width)
            top = min(max(middle_y - height / 2, area.top), area.bottom - height)
            box = Box(left, top, left + width, top + height)
            end = box.nearest(x, y)
            found.setdefault(box, Place(box, (x, y, *end), math.dist(point, end)))
    return list(found.values())


def doubted(choice: Place, points: Sequence[tuple[float, float]]) -> Place:
    """A place with the number of points that its name could be taken to belong to; those at its own point are none."""
    own = choice.line[:2]
    near = sum(
        math.dist(point, choice.box.nearest(*point)) <= choice.away + DOUBTFUL_WITHIN and math.dist(point, own) >= 1
        for point in points
    )
    return replace(choice, doubtful=near)


def standing(choice: Place, points: Sequence[tuple[float, float]], taken: Sequence[Box], behind: Sequence[Box]) -> float:
    """What a place costs wherever other names are."""
    box = choice.box
    wide = Box(box.left - DOT, box.top - DOT, box.right + DOT, box.bottom + DOT)
    covered = sum(wide.left < x < wide.right and wide.top < y < wide.bottom for x, y in points)
    own = choice.line[:2]
    passed = sum(
        touches(choice.line, Box(x - POINT, y - POINT, x + POINT, y + POINT)) for x, y in points if math.dist((x, y), own) > POINT
    )
    crossed = sum(box.meets(line) for line in behind)
    over = sum(box.meets(other) for other in taken)
    cost = choice.away + DOUBTFUL * choice.doubtful + ON_A_POINT * covered
    return cost + LINE_ON_A_POINT * passed + ON_A_LINE * crossed + ON_A_NAME * over


def beside(one: Place, other: Place) -> float:
    """What two names cost each other."""
    spread = Box(one.box.left - GAP, one.box.top - GAP, one.box.right + GAP, one.box.bottom + GAP)
    cost = ON_A_NAME * spread.meets(other.box)
    cost += ACROSS_A_LINE * crossing(one.line, other.line)
    return cost + LINE_ON_A_NAME * (touches(one.line, other.box) + touches(other.line, one.box))


def crossing(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether two lines cross; those that begin at one point do not."""
    a, b, c, d = one[:2], one[2:], other[:2], other[2:]
    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    """Above 0 where the way from a to b to c turns right on a screen, below 0 where it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def touches(line: tuple[float, float, float, float], box: Box) -> bool:
    """Whether a line runs through a rectangle: it is cut at the four edges in turn, as Liang and Barsky do."""
    x, y, end_x, end_y = line
    first, last = 0.0, 1.0
    for along, room in (
        (x - end_x, x - box.left),
        (end_x - x, box.right - x),
        (y - end_y, y - box.top),
        (end_y - y, box.bottom - y),
    ):
        if along == 0:
            if room < 0:
                return False
        elif along < 0:
            first = max(first, room / along)
        else:
            last = min(last, room / along)
    return first < last
