"""The table of layers: rounding, sizes, and what is refused."""

from __future__ import annotations

import itertools
import math

import pytest

from builder.architecture import Network, layers, out_size, resolution_of, scale_channels
from builder.errors import ConfigError


def test_table_has_one_convolution_thirteen_pairs_a_pool_and_a_classifier() -> None:
    kinds = [layer.kind for layer in layers(Network(alpha=1.0, resolution=224))]
    assert kinds == ["conv"] + ["depthwise", "pointwise"] * 13 + ["pool", "classifier"]


def test_each_layer_takes_what_the_one_before_gives() -> None:
    table = layers(Network(alpha=0.35, resolution=100, channels=1, classes=7))
    for before, after in itertools.pairwise(table):
        assert after.input_shape == before.output_shape


def test_channels_round_down_as_keras_does() -> None:
    # keras.applications.MobileNet: int(filters * alpha). Others round to a multiple of 8 or to the nearest.
    assert scale_channels(32, 0.35) == math.floor(32 * 0.35) == 11
    assert scale_channels(64, 0.3) == 19


def test_the_thinnest_network_keeps_one_channel() -> None:
    assert scale_channels(32, 0.01) == 1


def test_odd_maps_round_up() -> None:
    sizes = [100]
    for _ in range(5):
        sizes.append(out_size(sizes[-1], 2))
    assert sizes == [100, 50, 25, 13, 7, 4]


def test_any_resolution_ends_in_a_map_of_a_thirty_second() -> None:
    for resolution in (32, 33, 96, 100, 224, 2048):
        pool = layers(Network(alpha=0.25, resolution=resolution))[-2]
        assert pool.input_shape[0] == math.ceil(resolution / 32)


def test_rho_is_resolution_over_224() -> None:
    assert Network(alpha=1.0, resolution=128).rho == 128 / 224
    assert resolution_of(128 / 224) == 128


@pytest.mark.parametrize("alpha", [0, -1, math.nan, math.inf, 7, "wide", True])
def test_alpha_out_of_range_is_refused_by_name(alpha: float) -> None:
    with pytest.raises(ConfigError, match="alpha"):
        Network(alpha=alpha, resolution=96)


@pytest.mark.parametrize("resolution", [0, 31, 100_000, 96.5, -1])
def test_resolution_out_of_range_is_refused_by_name(resolution: int) -> None:
    with pytest.raises(ConfigError, match="resolution"):
        Network(alpha=0.25, resolution=resolution)


@pytest.mark.parametrize("values", [{"channels": 2}, {"classes": 1}, {"classes": 2.5}])
def test_other_values_out_of_range_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(values))):
        Network(alpha=0.25, resolution=96, **values)
