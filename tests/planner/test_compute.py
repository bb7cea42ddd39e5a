"""What other kinds of convolution would take, as arithmetic."""

from __future__ import annotations

import pytest

from builder.architecture import Network
from builder.cost import cost
from builder.planner.compute import binary, separable, shares

FULL = cost(Network(1.0, 224, classes=1000))


def test_most_mult_adds_and_parameters_are_in_1x1_convolutions_as_in_the_paper() -> None:
    by_kind = {share.kind: share for share in shares(FULL)}
    # arXiv:1704.04861, table 2: 94.86 % and 74.59 %, 3.06 % and 1.06 %, 1.19 % and 0.02 %, fully connected 0.18 % and 24.33 %.
    assert by_kind["pointwise"].multiply_adds == pytest.approx(0.9486, abs=0.001)
    assert by_kind["depthwise"].multiply_adds == pytest.approx(0.0306, abs=0.001)
    assert by_kind["pointwise"].parameters == pytest.approx(0.7459, abs=0.003)
    assert by_kind["classifier"].parameters == pytest.approx(0.2433, abs=0.003)
    assert sum(share.parameters for share in by_kind.values()) == pytest.approx(1)


def test_a_block_takes_the_papers_ratio_of_a_standard_convolution() -> None:
    blocks = {block.layer: block for block in separable(FULL)}
    assert len(blocks) == 13
    layers = {layer.name: layer for layer in FULL.layers}
    for number in (1, 6, 13):
        depthwise, pointwise = layers[f"conv_dw_{number}"], layers[f"conv_pw_{number}"]
        height, width, outputs = pointwise.output_shape
        standard = 3 * 3 * depthwise.output_shape[2] * outputs * height * width
        own = depthwise.multiply_adds + pointwise.multiply_adds
        assert blocks[f"conv_pw_{number}"].ratio == pytest.approx(own / standard)


def test_binary_kernels_are_32_times_smaller_but_for_the_first_and_last_layer() -> None:
    first, last = 3 * 3 * 3 * 32, 1024 * 1000
    every = FULL.parameters - sum(layer.output_shape[2] for layer in FULL.layers if layer.parameters)
    assert binary(FULL).kernel_bytes == 4 * (first + last) + (every - first - last) * 4 // 32


def test_binary_convolutions_do_64_mult_adds_a_word_and_scale_each_output() -> None:
    by_name = {layer.name: layer for layer in FULL.layers}
    kept = by_name["conv1"].multiply_adds + by_name["conv_preds"].multiply_adds
    outputs = sum(
        layer.output_shape[0] * layer.output_shape[1] * layer.output_shape[2]
        for layer in FULL.layers
        if layer.kind in ("depthwise", "pointwise")
    )
    assert binary(FULL).operations == kept + (FULL.multiply_adds - kept) // 64 + outputs


def test_its_accuracy_cost_has_a_source() -> None:
    assert "1603.05279" in binary(FULL).source
