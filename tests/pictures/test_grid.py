"""The plane as data: its border is where verdicts change, its lines are where the accuracy is what they say."""

from __future__ import annotations

import itertools
import random

import pytest

from builder.accuracy import expected
from builder.architecture import Network
from builder.budget import Budget
from builder.devices import find
from builder.pictures.designs import plan_grid
from builder.pictures.grid import Grid, axes, border, chains, levels, limits_of
from builder.planner import plan
from builder.planner.plane import Cell, cells
from builder.planner.setting import Setting

BOARD = find("NUCLEO-L4R5ZI")
BUDGET = Budget.of(BOARD, flash="600 KiB", ram="120 KiB", multiply_adds=20_000_000, latency_ms=150)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid.of(cells(Setting(10, budget=BUDGET), *axes(0.25, 96), ["int8_micro"]))


def crossings(lines: tuple[tuple[tuple[float, float], ...], ...], alpha: float, resolution: int) -> int:
    """How often one crosses the lines on the way from the left edge of the plane to a design."""
    count = 0
    for line in lines:
        for (x, low), (x_end, high) in itertools.pairwise(line):
            if x == x_end and x < alpha and min(low, high) < resolution < max(low, high):
                count += 1
    return count


@pytest.mark.parametrize("seed", range(6))
def test_crossing_a_border_changes_the_verdict_on_that_resource(grid: Grid, seed: int) -> None:
    dice = random.Random(seed)
    for resource, limit in zip(("flash", "ram", "multiply_adds", "latency"), limits_of(Setting(10, budget=BUDGET)), strict=True):
        assert limit.resource == resource
        alpha, resolution = dice.choice(grid.alphas), dice.choice(grid.resolutions)
        lines = border(grid, limit.holds)
        assert lines, f"no border of {resource} to test"
        said = {}
        for place in (grid.alphas[0], alpha):
            made = plan(Network(place, resolution, classes=10), budget=BUDGET).variants["int8_micro"]
            said[place] = next(check.fits for check in made.checks if check.resource == resource)
        changes = crossings(lines, alpha, resolution) % 2 == 1
        assert changes == (said[alpha] != said[grid.alphas[0]])


def test_limits_say_what_the_planner_says_of_every_cell(grid: Grid) -> None:
    limits = limits_of(Setting(10, budget=BUDGET))
    fits = {place: all(limit.holds(cell) for limit in limits) for place, cell in grid.cells.items()}
    assert fits == {place: cell.fits for place, cell in grid.cells.items()}
    assert 0 < sum(fits.values()) < len(fits)


def test_limits_leave_the_reserve_out_and_are_named_with_their_unit() -> None:
    budget = Budget.of(flash="1 MiB", reserve_flash="512 KiB", ram="64 KiB")
    assert [limit.name for limit in limits_of(Setting(10, budget=budget))] == ["flash 512.0 KiB", "RAM 64.0 KiB"]


def test_a_latency_that_nobody_knows_draws_no_border() -> None:
    limit = limits_of(Setting(10, budget=Budget.of(BOARD, latency_ms=1)))[-1]
    cell = cells(Setting(10), [0.25], [96], ["int8_micro"])[0]
    assert (limit.resource, cell.latency_ms, limit.holds(cell)) == ("latency", None, True)


def test_a_plan_with_long_class_names_is_drawn_with_them() -> None:
    network = Network(0.25, 96, classes=3)
    long = plan(network, labels=["a" * 4000, "b" * 4000, "c"])
    grid, _ = plan_grid(long, "int8_micro", None)
    short, _ = plan_grid(plan(network), "int8_micro", None)
    assert grid.cells[0.25, 96].flash_bytes == long.variants["int8_micro"].flash_bytes
    assert grid.cells[0.5, 32].flash_bytes - short.cells[0.5, 32].flash_bytes == 7998


def test_the_plane_is_40_by_25_and_grows_for_designs_beyond_it() -> None:
    alphas, resolutions = axes(0.25, 96)
    assert (len(alphas), alphas[-1], len(resolutions), resolutions[-1]) == (39, 1.0, 25, 224)
    alphas, resolutions = axes(1.31, 250)
    assert alphas[-1] >= 1.31
    assert resolutions[-1] >= 250
    assert len(axes(0.25, 2048)[1]) < 60


def test_sides_become_lines_that_use_each_side_once() -> None:
    square = [((0.0, 0.0), (1.0, 0.0)), ((1.0, 0.0), (1.0, 1.0)), ((1.0, 1.0), (0.0, 1.0)), ((0.0, 1.0), (0.0, 0.0))]
    stair = [((5.0, 0.0), (5.0, 1.0)), ((5.0, 1.0), (6.0, 1.0)), ((6.0, 1.0), (6.0, 2.0))]
    lines = list(chains(iter(square + stair)))
    assert sorted(len(line) for line in lines) == [4, 5]
    drawn = {frozenset(pair) for line in lines for pair in itertools.pairwise(line)}
    assert drawn == {frozenset(side) for side in square + stair}


def test_a_budget_that_everything_fits_has_no_border(grid: Grid) -> None:
    assert border(grid, lambda _: True) == ()


def test_lines_of_equal_accuracy_are_where_they_say(grid: Grid) -> None:
    lines = levels(grid)
    assert 0.5 in lines
    assert 0.6 in lines
    for level, line in lines.items():
        for alpha, resolution in line[:: max(1, len(line) // 5)]:
            # Points lie between two rows or two columns: the accuracies there are the level's, but for the curve in between.
            assert expected(alpha, round(resolution), "int8_micro").top1 / 100 == pytest.approx(level, abs=0.01)


def test_one_design_makes_a_grid() -> None:
    made: list[Cell] = cells(Setting(10), [0.25], [96], ["int8"])
    assert Grid.of(made).alpha_edges[0][0] < 0.25 < Grid.of(made).alpha_edges[0][1]
