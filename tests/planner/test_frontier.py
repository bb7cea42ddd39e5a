"""The Pareto frontier, held against a comparison of every pair."""

from __future__ import annotations

import random

import pytest

from builder.planner import Cell
from builder.planner.frontier import Heap, Stairs, frontier, next_step


def cell(accuracy: float, flash: int, ram: int, adds: int = 1, *, fits: bool = True) -> Cell:
    return Cell(0.25, 96, "int8", 1024 * flash, None, ram, ram, ram, adds, 1, None, accuracy, False, True, fits)


def beaten(one: Cell, other: Cell, resources: list[str]) -> bool:
    fields = {"flash": "flash_bytes", "ram": "ram_typical", "multiply_adds": "multiply_adds"}
    pairs = [(getattr(other, fields[name]), getattr(one, fields[name])) for name in resources]
    no_worse = other.accuracy >= one.accuracy and all(a <= b for a, b in pairs)
    return no_worse and (other.accuracy > one.accuracy or any(a < b for a, b in pairs))


@pytest.mark.parametrize("resources", [["flash"], ["flash", "ram"], ["flash", "ram", "multiply_adds"]])
def test_frontier_is_what_no_other_design_beats(resources: list[str]) -> None:
    draw = random.Random(1)
    cells = [cell(draw.randint(1, 60) / 100, draw.randint(1, 40), draw.randint(1, 40), draw.randint(1, 40)) for _ in range(300)]
    found = frontier(cells, resources)
    for each in cells:
        if not any(beaten(each, other, resources) for other in cells):
            twin = [other for other in found if other.accuracy == each.accuracy]
            assert twin, "it is on the frontier, or one of the same costs is"
    assert not any(beaten(each, other, resources) for each in found for other in cells)
    assert [each.accuracy for each in found] == sorted((each.accuracy for each in found), reverse=True)


def test_stairs_and_heap_agree() -> None:
    draw = random.Random(2)
    points = [(float(draw.randint(0, 20)), float(draw.randint(0, 20))) for _ in range(500)]
    stairs, heap = Stairs(), Heap()
    assert [stairs.takes(point) for point in points] == [heap.takes(point) for point in points]


def test_the_next_step_is_the_cheapest_that_gains_a_point() -> None:
    cheap, dear, hardly = cell(0.52, 120, 10), cell(0.70, 190, 10), cell(0.505, 101, 10)
    step = next_step(cell(0.50, 100, 10), [dear, cheap, hardly], {"flash": 200 * 1024.0})
    assert step is not None
    assert (step.flash_bytes, round(step.points, 4)) == (20 * 1024, 0.02)
    assert step.text.startswith("+20.0 KiB flash buys +2.0 points")


def test_a_step_beyond_the_budget_says_so() -> None:
    step = next_step(cell(0.5, 100, 10), [cell(0.6, 300, 10, fits=False)], {"flash": 200 * 1024.0})
    assert step is not None
    assert not step.fits
    assert "does not hold" in step.text


def test_there_is_no_step_at_the_top() -> None:
    assert next_step(cell(0.5, 100, 10), [cell(0.5, 100, 10)], {"flash": 200 * 1024.0}) is None


def test_a_few_bytes_of_flash_make_no_other_design() -> None:
    better = cell(0.5, 100, 10)
    assert frontier([better, better._replace(accuracy=0.3, flash_bytes=better.flash_bytes + 1000)], ["flash"]) == [better]
    assert frontier([better._replace(flash_bytes=better.flash_bytes + 16), better._replace(accuracy=0.3)], ["flash"]) == [
        better._replace(flash_bytes=better.flash_bytes + 16)
    ]
