"""The plane as data: its border is where verdicts change, its lines are where the accuracy is what they say."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from builder.accuracy import expected
from builder.architecture import Network
from builder.budget import Budget
from builder.devices import find
from builder.pictures.designs import plan_grid
from builder.pictures.grid import Grid, Line, axes, border, chains, levels, limits_of
from builder.planner import plan
from builder.planner.plane import Cell, cells
from builder.planner.setting import Setting

BOARD = find("NUCLEO-L4R5ZI")
BUDGET = Budget.of(BOARD, flash="600 KiB", ram="120 KiB", multiply_adds=20_000_000, latency_ms=150)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid.of(cells(Setting(10, budget=BUDGET), *axes(0.25, 96), ["int8_micro"]))


def crossings(lines: tuple[Line, ...], resolution: int) -> list[float]:
    """Where one crosses the lines on the way through the plane at a resolution."""
    return sorted(
        x
        for line in lines
        for (x, low), (x_end, high) in pairwise(line)
        if x == x_end and min(low, high) < resolution < max(low, high)
    )


def said(alpha: float, resolution: int, resource: str) -> bool:
    """The planner's verdict on one resource of a design."""
    made = plan(Network(alpha, resolution, classes=10), budget=BUDGET).variants["int8_micro"]
    return next(check.fits for check in made.checks if check.resource == resource)


@pytest.mark.parametrize("resource", ["flash", "ram", "multiply_adds", "latency"])
def test_the_border_runs_between_designs_that_the_planner_judges_differently(grid: Grid, resource: str) -> None:
    limit = next(each for each in limits_of(Setting(10, budget=BUDGET)) if each.resource == resource)
    lines = border(grid, limit.holds)
    dice = random.Random(resource)
    rows = [row for row in grid.resolutions if crossings(lines, row)]
    assert rows, f"no border of {resource} to test"
    for row in dice.sample(rows, min(4, len(rows))):
        for x in crossings(lines, row):
            left = max(alpha for alpha in grid.alphas if alpha < x)
            right = min(alpha for alpha in grid.alphas if alpha > x)
            assert said(left, row, resource) != said(right, row, resource)


@pytest.mark.parametrize("resource", ["flash", "ram", "multiply_adds", "latency"])
def test_the_verdict_changes_as_often_as_the_border_is_crossed(grid: Grid, resource: str) -> None:
    limit = next(each for each in limits_of(Setting(10, budget=BUDGET)) if each.resource == resource)
    lines = border(grid, limit.holds)
    dice = random.Random(resource)
    for _ in range(8):
        alpha, row = dice.choice(grid.alphas), dice.choice(grid.resolutions)
        odd = sum(x < alpha for x in crossings(lines, row)) % 2 == 1
        assert odd == (said(alpha, row, resource) != said(grid.alphas[0], row, resource))


@pytest.mark.parametrize("resource", ["ram", "multiply_adds", "latency"])
def test_the_border_is_crossed_upwards_wherever_the_verdict_changes(grid: Grid, resource: str) -> None:
    limit = next(each for each in limits_of(Setting(10, budget=BUDGET)) if each.resource == resource)
    level = [(x, x_end, y) for line in border(grid, limit.holds) for (x, y), (x_end, y_end) in pairwise(line) if y == y_end]
    for alpha in (0.25, 0.5, 1.0):
        crossed = sorted(y for x, x_end, y in level if min(x, x_end) < alpha < max(x, x_end))
        changed = [
            (low + high) / 2
            for low, high in pairwise(grid.resolutions)
            if said(alpha, low, resource) != said(alpha, high, resource)
        ]
        assert crossed == changed


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
    drawn = {frozenset(pair) for line in lines for pair in pairwise(line)}
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


def test_the_largest_resolution_there_is_has_a_place_and_none_lies_beyond_it() -> None:
    assert axes(2.0, 2048)[1][-1] == 2048
