"""Designs that no other one beats: as accurate and at most as costly in every resource that is limited."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from operator import le

from builder.formats import format_points
from builder.planner.candidate import NextStep
from builder.planner.plane import Cell
from builder.planner.verdict import NAMES, amount

NOTICED = 0.01  # a point of accuracy: less than that is no step
KIB = 1024
STEPS_SEEN = 24  # designs that are compared for a next step, those next in accuracy: the cheapest step is a small one

Costs = tuple[float, ...]


PLACES = {
    resource: Cell._fields.index(field)
    for resource, field in (
        ("flash", "flash_bytes"),
        ("ram", "ram_typical"),
        ("multiply_adds", "multiply_adds"),
        ("latency", "latency_ms"),
    )
}


def costs(cell: Cell, resources: Sequence[str]) -> Costs:
    """What a design takes of each resource; an unknown latency counts as none."""
    return tuple(cell[PLACES[resource]] or 0.0 for resource in resources)  # type: ignore[misc]  # the four are numbers


def compared(cell: Cell, resources: Sequence[str]) -> Costs:
    """The same with flash in whole KiB: the length of "96 px" in a file's description makes no design a better one."""
    return tuple(
        float(cost // KIB) if resource == "flash" else cost
        for resource, cost in zip(resources, costs(cell, resources), strict=True)
    )


def frontier(cells: Iterable[Cell], resources: Sequence[str]) -> list[Cell]:
    """The Pareto frontier, the most accurate first.

    Args:
        cells: designs.
        resources: what counts as cost: "flash" (in whole KiB), "ram", "multiply_adds", "latency".
    """
    ordered = sorted(
        ((cell, compared(cell, resources)) for cell in cells), key=lambda pair: (-pair[0].accuracy, pair[1], pair[0].flash_bytes)
    )
    stairs = Stairs() if len(resources) <= 2 else Heap()
    return [cell for cell, point in ordered if stairs.takes(point)]


class Heap:
    """Points in any number of dimensions; only those that no other one is below need be kept."""

    def __init__(self) -> None:
        self.points: list[Costs] = []

    def takes(self, point: Costs) -> bool:
        """Whether no point before is at most as large in every dimension; then it is kept."""
        if any(below(other, point) for other in self.points):
            return False
        self.points = [other for other in self.points if not below(point, other)]
        self.points.append(point)
        return True


def below(left: Costs, right: Costs) -> bool:
    """Whether a point is at most as large as another in every dimension."""
    return all(map(le, left, right))


class Stairs(Heap):
    """Points in one or two dimensions, kept as a falling staircase: sorted by the first, smaller in the second."""

    def takes(self, point: Costs) -> bool:
        """As above, by halving."""
        point = (*point, 0.0, 0.0)[:2]
        place = bisect_right(self.points, (point[0], float("inf")))
        if place and self.points[place - 1][1] <= point[1]:
            return False
        start = end = bisect_left(self.points, point)
        while end < len(self.points) and self.points[end][1] >= point[1]:
            end += 1
        del self.points[start:end]
        insort(self.points, point)
        return True


def next_step(cell: Cell, best: Sequence[Cell], limits: dict[str, float]) -> NextStep | None:
    """The cheapest of more accurate designs that gains a noticeable step; cheapest by the largest share of a limit that it adds.

    Args:
        cell: where one is.
        best: the frontier, the most accurate first.
        limits: the resources that are limited, and how much there is.
    """
    resources = tuple(limits)
    before = costs(cell, resources)

    def growth(other: Cell) -> tuple[float, float]:
        added = [(b - a) / limits[name] for name, a, b in zip(resources, before, costs(other, resources), strict=True)]
        return max(added), -other.accuracy

    end = bisect_right(best, -(cell.accuracy + NOTICED), key=lambda other: -other.accuracy)
    steps = best[max(0, end - STEPS_SEEN) : end]
    if not steps:
        return None
    to = min(steps, key=growth)
    points = to.accuracy - cell.accuracy
    more = [
        f"+{amount(name, b - a)} {NAMES[name]}" for name, a, b in zip(resources, before, costs(to, resources), strict=True) if b > a
    ]
    design = f"alpha {to.alpha:g} at {to.resolution} px as {to.variant}"
    text = f"{' and '.join(more) or 'No more of anything limited'} buys {format_points(points)} points ({design})"
    if not to.fits:
        text += ", which the budget does not hold"
    known = cell.latency_ms is not None and to.latency_ms is not None
    return NextStep(
        to.alpha,
        to.resolution,
        to.variant,
        points,
        to.flash_bytes - cell.flash_bytes,
        to.ram_typical - cell.ram_typical,
        to.multiply_adds - cell.multiply_adds,
        (to.latency_ms or 0.0) - (cell.latency_ms or 0.0) if known else None,
        bool(to.fits),
        f"{text}.",
    )
