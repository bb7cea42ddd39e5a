"""Bars by layer add up to what the planner says."""

from __future__ import annotations

import pytest

from builder.architecture import Network
from builder.arena import arena
from builder.flash import st_weight_bytes
from builder.pictures.layers import bars_words, compute_rows, draw_bars, ram_rows, size_rows
from builder.planner import plan
from builder.report.charts import SECOND, svg_of

PLAN = plan(Network(0.25, 96, classes=10))


def test_weights_add_up_to_what_st_counts() -> None:
    assert sum(row["value"] for row in size_rows(PLAN, "int8_micro")) == st_weight_bytes(PLAN.network)


def test_float_weights_take_four_bytes_or_two() -> None:
    assert sum(row["value"] for row in size_rows(PLAN, "float32")) == 4 * PLAN.cost.parameters
    assert sum(row["value"] for row in size_rows(PLAN, "float16")) == 2 * PLAN.cost.parameters


def test_dynamic_ranges_leave_small_kernels_and_biases_in_float32() -> None:
    first, last = size_rows(PLAN, "dynamic")[0]["value"], size_rows(PLAN, "dynamic")[-3]["value"]
    assert first == 4 * (3 * 3 * 3 * 8 + 8)
    assert last == 256 * 256 + 4 * 256


def test_mult_adds_add_up() -> None:
    assert sum(row["value"] for row in compute_rows(PLAN)) == PLAN.cost.multiply_adds


def test_the_peak_of_ram_is_the_planners() -> None:
    peaks = [row for row in ram_rows(PLAN, "int8_micro") if row["peak"]]
    assert [row["layer"] for row in peaks] == [PLAN.peak_layer] == [arena(PLAN.network).peak_layer]
    assert peaks[0]["value"] == 48 * 48 * 8 + 48 * 48 * 16 == max(row["value"] for row in ram_rows(PLAN, "int8_micro"))
    assert ram_rows(PLAN, "float32")[0]["value"] == 4 * ram_rows(PLAN, "int8")[0]["value"]


def test_equally_large_layers_are_all_marked() -> None:
    marked = [row for row in compute_rows(PLAN) if row["peak"]]
    assert {row["value"] for row in marked} == {589_824}
    assert len(marked) == 8
    svg = svg_of(draw_bars(compute_rows(PLAN)))
    assert svg.count(f'fill="{SECOND}"') == 2 * len(marked)  # bar and figure


def test_words_name_the_peak() -> None:
    assert bars_words("activations", ram_rows(PLAN, "int8_micro")).endswith("the most is 54.0 KiB in conv_pw_1.")


@pytest.mark.parametrize("network", [Network(0.02, 32, classes=2), Network(2.0, 224, classes=1000)])
def test_ends_of_the_plane_can_be_drawn(network: Network) -> None:
    assert svg_of(draw_bars(ram_rows(plan(network), "int8_micro"))).startswith("<svg")
