"""The frontier and its landmarks."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from builder.accuracy import landmarks
from builder.architecture import Network
from builder.pictures.designs import compared
from builder.pictures.frontier import Axis, Spot, cost_of, decades, draw_frontier, frontier, landmark_rows
from builder.report.charts import svg_of

NAMED = ("GoogleNet", "VGG 16", "AlexNet", "SqueezeNet", "Conv MobileNet")


@pytest.mark.parametrize("axis", ["multiply_adds", "parameters"])
def test_no_design_beats_the_frontier_and_it_only_rises(axis: Axis) -> None:
    cells, _ = compared(Network(0.25, 96, classes=10))
    line = frontier(cells, axis)
    assert all(a.accuracy < b.accuracy and cost_of(a, axis) < cost_of(b, axis) for a, b in itertools.pairwise(line))
    for cell in cells[::37]:
        assert any(cost_of(best, axis) <= cost_of(cell, axis) and best.accuracy >= cell.accuracy for best in line)


@pytest.mark.parametrize("axis", ["multiply_adds", "parameters"])
def test_landmarks_carry_their_sources_and_are_all_drawn(axis: Axis) -> None:
    rows = landmark_rows(axis)
    assert {row["name"] for row in rows} == {landmark.name for landmark in landmarks()}
    assert all(row["source"].startswith("arXiv:1704.04861 table ") for row in rows)
    cells, own = compared(Network(0.25, 96, classes=10))
    svg = svg_of(draw_frontier(frontier(cells, axis), axis, [Spot(cost_of(own, axis), own.accuracy, "this design")]))
    for name in (*NAMED, "1.0, 224 px", "0.5, 160 px", "0.25, 224 px", "this design"):
        assert f">{name}<" in svg


def test_landmarks_are_those_of_the_published_tables(shared: Path) -> None:
    with (shared / "reference" / "mobilenet_v1_imagenet.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"].startswith("arXiv:1704.04861 Table")]
    published = {
        (float(row["million_mult_adds"]), float(row["million_params"]), float(row["top1_pct"]), row["source"].split()[2])
        for row in rows
    }
    for landmark in landmarks():
        table = landmark.source.removeprefix("arXiv:1704.04861 table ")
        if landmark.name == "1.0 MobileNet-224":
            table = "6"  # table 8 repeats this row, and the reference has it once
        assert (landmark.million_multiply_adds, landmark.million_parameters, landmark.top1, table) in published


def test_the_papers_networks_cost_what_the_builder_counts() -> None:
    # Published counts are rounded to millions, and to tenths of millions for most parameters.
    for alpha, resolution, name in (
        (1.0, 224, "1.0 MobileNet-224"),
        (0.25, 224, "0.25 MobileNet-224"),
        (1.0, 160, "1.0 MobileNet-160"),
    ):
        _, own = compared(Network(alpha, resolution, classes=10))
        landmark = next(each for each in landmarks() if each.name == name)
        assert own.multiply_adds / 1e6 == pytest.approx(landmark.million_multiply_adds, abs=1)
        assert own.parameters / 1e6 == pytest.approx(landmark.million_parameters, abs=0.05)


def test_ticks_are_round_figures_within_the_axis() -> None:
    assert decades(0.9e6, 2e7, "multiply_adds") == [1e6, 3e6, 1e7]
    assert decades(1e4, 2e10, "multiply_adds") == [10.0**power for power in range(4, 11)]
    assert decades(100_000, 5_000_000, "flash_bytes") == [262_144, 1_048_576, 4_194_304]


def test_a_limit_is_drawn_where_it_is_on_the_axis() -> None:
    cells, own = compared(Network(0.25, 96, classes=10))
    spots = [Spot(own.flash_bytes, own.accuracy)]
    line = frontier(cells, "flash_bytes")
    for most, drawn in ((1_000_000, 1), (10, 0), (None, 0)):
        svg = svg_of(draw_frontier(line, "flash_bytes", spots, with_landmarks=False, most=most))
        assert svg.count('class="mark-rule role-mark') == drawn
