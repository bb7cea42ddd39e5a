"""What was kept is counted in weights and in bytes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from builder.compress.kept import LayerKept, channels_first, kept_in_file, kept_in_weights, most_values, share_of_groups
from builder.compress.selection import skipped
from builder.compress.techniques import TECHNIQUES
from builder.errors import ModelFileError
from builder.tflite_file import parse

from .conftest import COMPRESSION, NETWORK, Weights, Workshop


def layer(**changes: object) -> LayerKept:
    """A kernel of which half is zero, eight values, all fours kept."""
    wanted = {"sparsity_wanted": 0.5, "groups_wanted": True, "values_wanted": 8}
    return LayerKept(**({"layer": "conv1", "weights": 100, "sparsity": 0.5, "groups": 1.0, "values": 8} | wanted | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, True),
        ({"sparsity": 0.49}, True),  # one of a hundred: rounded
        ({"sparsity": 0.48}, False),
        ({"groups": 0.99}, False),
        ({"values": 9}, False),
        ({"values": 9, "values_wanted": None}, True),
        ({"sparsity": 0.0, "sparsity_wanted": None}, True),
    ],
)
def test_short_of_anything_wanted_is_not_whole(changes: dict[str, object], whole: bool) -> None:
    assert layer(**changes).whole is whole


def test_fours_lie_along_the_input_channels() -> None:
    kernel = np.array([1, 0, 0, 2, 1, 1, 1, 0, 9, 9], np.int8).reshape(1, 1, 1, 10)  # two fours and a rest
    assert share_of_groups(kernel) == 0.5
    assert share_of_groups(kernel[..., :3]) == 1


def test_each_channel_counts_its_own_values() -> None:
    assert most_values(np.array([[1, 2, 1], [5, 6, 7]]).reshape(2, 1, 1, 3)) == 3


def test_output_channels_come_first_in_both_kinds_of_kernels() -> None:
    assert channels_first(np.zeros((3, 3, 16, 1), np.float32)).shape[0] == 16
    assert channels_first(np.zeros((1, 1, 8, 32), np.float32)).shape[0] == 32
    assert channels_first(np.zeros((1, 1, 8, 1), np.float32)).shape[0] == 1


def test_a_dense_network_falls_short_in_every_layer_that_is_not_left_out(trained: Weights) -> None:
    found = kept_in_weights(TECHNIQUES["pruned_clustered"], NETWORK, COMPRESSION, trained)
    left_out = {each.layer for each in skipped(TECHNIQUES["pruned_clustered"], NETWORK, COMPRESSION)}
    assert left_out == {"conv_dw_1", "conv_dw_2"}
    assert {each.layer for each in found if each.whole} == left_out


def test_a_file_of_another_network_is_refused(int8: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    from builder.architecture import layers

    file = parse(int8("qat"))
    monkeypatch.setattr("builder.compress.selection.layers", layers)
    with pytest.raises(ModelFileError, match=r"has 6 convolutions, this network 28"):
        kept_in_file(TECHNIQUES["qat"], NETWORK, COMPRESSION, file)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_every_technique_keeps_what_is_wanted_in_weights_and_in_bytes(
    name: str, tuned: Workshop, int8: Callable[[str], bytes]
) -> None:
    outcome = tuned(name)
    in_file = kept_in_file(outcome.technique, NETWORK, COMPRESSION, parse(int8(name)))
    assert [each.layer for each in (*outcome.kept, *in_file) if not each.whole] == []
    assert [each.layer for each in in_file] == [each.layer for each in outcome.kept]
