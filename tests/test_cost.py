"""Exact counts against published ones."""

from __future__ import annotations

import pytest

from builder.architecture import Network, layers
from builder.cost import cost, cost_of, standard_convolutions

# Mult-adds with a classifier of 1000 classes, in millions: arXiv:1704.04861 tables 6 and 7 round these.
MULTIPLY_ADDS = {
    (1.0, 224): 568_740_352,
    (1.0, 192): 418_121_728,
    (1.0, 160): 290_675_200,
    (1.0, 128): 186_400_768,
    (0.75, 224): 325_400_448,
    (0.75, 192): 239_273_472,
    (0.75, 160): 166_396_800,
    (0.75, 128): 106_770_432,
    (0.5, 224): 149_497_088,
    (0.5, 192): 109_970_432,
    (0.5, 160): 76_524_800,
    (0.5, 128): 49_160_192,
    (0.25, 224): 41_030_272,
    (0.25, 192): 30_212_608,
    (0.25, 160): 21_059_200,
    (0.25, 128): 13_570_048,
}

# alpha: (batch normalization folded, as model.count_params() of keras.applications.MobileNet)
PARAMETERS = {
    1.0: (4_221_032, 4_253_864),
    0.75: (2_577_352, 2_601_976),
    0.5: (1_326_120, 1_342_536),
    0.25: (467_336, 475_544),
}


@pytest.mark.parametrize(("alpha", "resolution"), MULTIPLY_ADDS)
def test_multiply_adds_are_the_published_ones(alpha: float, resolution: int) -> None:
    assert cost(Network(alpha, resolution)).multiply_adds == MULTIPLY_ADDS[alpha, resolution]


@pytest.mark.parametrize("alpha", PARAMETERS)
def test_parameters_are_the_published_ones(alpha: float) -> None:
    counted = cost(Network(alpha, 224))
    assert (counted.parameters, counted.keras_parameters) == PARAMETERS[alpha]


def test_parameters_do_not_depend_on_the_resolution() -> None:
    assert cost(Network(0.25, 32)).parameters == cost(Network(0.25, 224)).parameters


def test_mlperf_tiny_person_detection() -> None:
    # MLPerf Tiny's visual wake words model: alpha 0.25, 96 px, two classes.
    counted = cost(Network(0.25, 96, classes=2))
    assert counted.multiply_adds == 7_489_664
    assert counted.parameters == 210_850


def test_first_layer_by_hand() -> None:
    first = cost(Network(1.0, 224)).layers[0]
    assert first.parameters == 32 * 3 * 3 * 3 + 32
    assert first.multiply_adds == 112 * 112 * 32 * 3 * 3 * 3
    assert first.activation_bytes == 224 * 224 * 3 + 112 * 112 * 32


def test_first_depthwise_layer_by_hand() -> None:
    depthwise = cost(Network(1.0, 224)).layers[1]
    assert depthwise.parameters == 32 * 3 * 3 * 1 + 32
    assert depthwise.multiply_adds == 112 * 112 * 32 * 3 * 3


def test_standard_convolutions_are_the_papers_conv_mobilenet() -> None:
    # arXiv:1704.04861 table 4: 4866 M mult-adds, without the classifier's 1,024,000; 29.3 M parameters.
    counted = cost_of(standard_convolutions(Network(1.0, 224)))
    assert counted.multiply_adds == 4_867_293_184
    assert (counted.multiply_adds - 1024 * 1000) // 10**6 == 4866
    assert round(counted.parameters / 1e6, 1) == 29.3


def test_depthwise_separable_saves_what_the_paper_derives() -> None:
    # One pair costs 1/N + 1/Dk^2 of the standard convolution that it replaces (arXiv:1704.04861, section 3.1).
    network = Network(1.0, 224)
    separable = {row.name: row.multiply_adds for row in cost(network).layers}
    standard = {row.name: row.multiply_adds for row in cost_of(standard_convolutions(network)).layers}
    channels = next(layer.output_shape[2] for layer in layers(network) if layer.name == "conv_pw_5")
    pair = separable["conv_dw_5"] + separable["conv_pw_5"]
    assert pair / standard["conv_5"] == pytest.approx(1 / channels + 1 / 9)


def test_grayscale_saves_two_thirds_of_the_first_kernel() -> None:
    colour, gray = cost(Network(0.25, 96)), cost(Network(0.25, 96, channels=1))
    assert colour.parameters - gray.parameters == 3 * 3 * 2 * 8
