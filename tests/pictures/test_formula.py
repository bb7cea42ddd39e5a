"""The explained formula: its numbers are the network's."""

from __future__ import annotations

import pytest

from builder.architecture import Network
from builder.cost import cost, cost_of, standard_convolutions
from builder.pictures.formula import blocks, figures, largest, times_fewer, whole_ratio
from builder.planner import plan

NETWORK = Network(0.25, 96, classes=10)


def test_blocks_cost_what_their_layers_do() -> None:
    layers = {layer.name: layer.multiply_adds for layer in cost(NETWORK).layers}
    made = blocks(NETWORK)
    assert [block.number for block in made] == list(range(1, 14))
    for block in made:
        assert block.depthwise == layers[f"conv_dw_{block.number}"]
        assert block.pointwise == layers[f"conv_pw_{block.number}"]


def test_standard_convolutions_cost_what_the_comparison_says() -> None:
    layers = {layer.name: layer.multiply_adds for layer in cost_of(standard_convolutions(NETWORK)).layers}
    assert all(block.standard == layers[f"conv_{block.number}"] for block in blocks(NETWORK))


def test_the_ratio_is_that_of_the_counts() -> None:
    for block in blocks(NETWORK):
        assert block.ratio == pytest.approx(block.separable / block.standard, rel=1e-12)
    # N = 64, Dk = 3.
    assert blocks(Network(1.0, 224))[0].ratio == pytest.approx(1 / 64 + 1 / 9)


def test_the_block_that_is_explained_computes_most() -> None:
    block = largest(NETWORK)
    assert (block.kernel, block.inputs, block.outputs, block.side) == (3, 32, 32, 24)
    assert block.separable == 3 * 3 * 32 * 24 * 24 + 32 * 32 * 24 * 24
    assert block.separable == max(each.separable for each in blocks(NETWORK))


def test_the_whole_networks_ratio_is_the_papers() -> None:
    # arXiv:1704.04861 table 4: 4866 and 569 million, the classifier's 1.024 million left out of the first.
    assert whole_ratio(plan(Network(1.0, 224))) == pytest.approx(568_740_352 / 4_867_293_184)
    assert times_fewer(568_740_352 / 4_867_293_184) == "8.6"


def test_factors_are_written_as_a_product() -> None:
    assert figures(3, 3, 1024) == "3 · 3 · 1,024"
