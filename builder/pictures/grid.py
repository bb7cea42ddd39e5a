"""The plane of alpha and resolution as data to draw: cells, the budget's border, lines of equal accuracy.

Every cell is a design that was held against the budget; the border runs along the cells' edges, so it says no more than was
looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from builder.architecture import RESOLUTION_MAX
from builder.formats import format_percent
from builder.planner.plane import ALPHAS, RESOLUTIONS, Cell
from builder.planner.setting import Setting
from builder.planner.verdict import NAMES, amount, limits, used

Point = tuple[float, float]  # alpha, resolution in px
Line = tuple[Point, ...]

ALPHA_STEP, RESOLUTION_STEP = 0.025, 8
ALPHA_SHOWN = 1.0  # wider networks are drawn only where something is marked there
ACCURACY_LEVELS = (0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7)


class Bound(Protocol):
    """What a border is drawn of: its name, the resource whose line it is drawn with, and what is within."""

    @property
    def name(self) -> str: ...
    @property
    def resource(self) -> str: ...
    def holds(self, cell: Cell) -> bool: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a budget, the reserve taken off: "flash", "ram", "multiply_adds" or "latency", and how much there is."""

    resource: str
    most: float

    @property
    def name(self) -> str:
        """Such as `flash 300.0 KiB`."""
        return f"{NAMES[self.resource]} {amount(self.resource, self.most)}"

    def holds(self, cell: Cell) -> bool:
        """Whether a design is within it; one whose latency nobody knows is: there is no border to draw."""
        taken = used(cell, self.resource)
        return taken is None or taken <= self.most


def limits_of(setting: Setting) -> tuple[Limit, ...]:
    """The limits of a budget."""
    return tuple(Limit(resource, most) for resource, most in limits(setting).items())


def axes(alpha: float, resolution: int) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Alphas and resolutions of a grid that has room for a design: 39 x 25 unless it lies beyond alpha 1 or 224 px."""
    alphas = [each for each in ALPHAS if each <= ALPHA_SHOWN]
    while alphas[-1] < alpha:
        alphas.append(round(alphas[-1] + ALPHA_STEP, 3))
    resolutions = list(RESOLUTIONS)
    step = RESOLUTION_STEP if resolution <= 2 * RESOLUTIONS[-1] else RESOLUTION_STEP * 8
    while resolutions[-1] < resolution:
        resolutions.append(min(resolutions[-1] + step, RESOLUTION_MAX))
    return tuple(alphas), tuple(resolutions)


@dataclass(frozen=True, slots=True)
class Grid:
    """Designs in rows and columns, one cell each.

    Args:
        cells: by (alpha, resolution).
        alphas: in rising order, as `resolutions` are.
        alpha_edges: left and right edge of each column, as `resolution_edges` are of each row.
    """

    cells: dict[tuple[float, int], Cell]
    alphas: tuple[float, ...]
    resolutions: tuple[int, ...]
    alpha_edges: tuple[tuple[float, float], ...]
    resolution_edges: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Grid:
        """The grid of cells that are one variant each, or one cell at most for each design."""
        alphas = tuple(sorted({cell.alpha for cell in cells}))
        resolutions = tuple(sorted({cell.resolution for cell in cells}))
        return cls({(cell.alpha, cell.resolution): cell for cell in cells}, alphas, resolutions, edges(alphas), edges(resolutions))


def edges(places: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Where each cell begins and ends: halfway to its neighbours."""
    if len(places) == 1:
        return ((places[0] * 0.99, places[0] * 1.01),)
    middles = [round((a + b) / 2, 6) for a, b in pairwise(places)]
    first, last = 2 * places[0] - middles[0], 2 * places[-1] - middles[-1]
    return tuple(zip((round(first, 6), *middles), (*middles, round(last, 6)), strict=True))


def border(grid: Grid, holds: Callable[[Cell], bool]) -> tuple[Line, ...]:
    """The lines between designs that are within a limit and neighbours that are not."""
    inside = {place: holds(cell) for place, cell in grid.cells.items()}
    return tuple(chains(_sides(grid, inside)))


def _sides(grid: Grid, inside: dict[tuple[float, int], bool]) -> Iterator[tuple[Point, Point]]:
    """Each edge of a cell that the border runs along."""
    for column, alpha in enumerate(grid.alphas):
        left, right = grid.alpha_edges[column]
        for row, resolution in enumerate(grid.resolutions):
            low, high = grid.resolution_edges[row]
            here = inside.get((alpha, resolution))
            if column + 1 < len(grid.alphas) and here is not inside.get((grid.alphas[column + 1], resolution)):
                yield (right, low), (right, high)
            if row + 1 < len(grid.resolutions) and here is not inside.get((alpha, grid.resolutions[row + 1])):
                yield (left, high), (right, high)


def chains(sides: Iterator[tuple[Point, Point]]) -> Iterator[Line]:
    """Edges joined into lines, as long as possible."""
    ways: dict[Point, list[Point]] = defaultdict(list)
    for start, end in sides:
        ways[start].append(end)
        ways[end].append(start)
    # Lines begin where one ends or branches; what is left over are rings.
    for begin in [*(point for point, to in ways.items() if len(to) % 2), *ways]:
        while ways[begin]:
            line = [begin]
            while ways[line[-1]]:
                here = line[-1]
                there = ways[here].pop()
                ways[there].remove(here)
                line.append(there)
            yield tuple(line)


def levels(grid: Grid) -> dict[float, Line]:
    """Lines of equal accuracy, by accuracy, from the left to the right; accuracy rises with either dial."""
    found = {}
    top = grid.resolutions[-1]
    for level in ACCURACY_LEVELS:
        line: list[Point] = []
        for before, alpha in zip((None, *grid.alphas), grid.alphas, strict=False):
            column = [(float(size), grid.cells[alpha, size].accuracy) for size in grid.resolutions]
            if before is not None and grid.cells[before, top].accuracy < level <= column[-1][1]:
                line.append((between((before, grid.cells[before, top].accuracy), (alpha, column[-1][1]), level), float(top)))
            for low, high in pairwise(column):
                if low[1] < level <= high[1]:
                    line.append((alpha, between(low, high, level)))
        if len(line) > 1:
            found[level] = tuple(line)
    return found


def between(low: Point, high: Point, level: float) -> float:
    """Where a straight line from one (place, accuracy) to another reaches a level."""
    return low[0] + (level - low[1]) / (high[1] - low[1]) * (high[0] - low[0])


def level_name(level: float) -> str:
    """A label such as `60 %`."""
    return format_percent(level, 0)
