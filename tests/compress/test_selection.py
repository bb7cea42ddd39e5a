"""Which layers are left alone, and why."""

from __future__ import annotations

import pytest

from builder.compress.selection import check, chosen, skipped
from builder.compress.settings import Compression
from builder.compress.techniques import TECHNIQUES
from builder.errors import ConfigError

from .conftest import COMPRESSION, NETWORK


def reasons(name: str, compression: Compression = COMPRESSION) -> dict[str, str]:
    """By layer."""
    return {each.layer: each.reason for each in skipped(TECHNIQUES[name], NETWORK, compression)}


def test_depthwise_layers_are_left_alone_but_for_quantization() -> None:
    assert set(reasons("pruned")) == set(reasons("pruned_clustered_qat")) == {"conv_dw_1", "conv_dw_2"}
    assert "TFMOT" in reasons("pruned")["conv_dw_1"]
    assert reasons("qat") == {}


def test_groups_of_four_need_four_channels() -> None:
    assert reasons("pruned_2_4")["conv1"] == "its 3 input channels make no whole groups of four"


def test_clusters_need_more_weights_than_there_are_clusters() -> None:
    assert "conv_preds" not in reasons("clustered", Compression(clusters=127))
    assert reasons("clustered", Compression(clusters=128))["conv_preds"] == "its 128 weights are no more than the 128 clusters"


def test_zeros_are_no_weights_to_cluster() -> None:
    few = Compression(clusters=64, sparsity=0.5)
    assert reasons("pruned_clustered", few)["conv_preds"] == "its 64 weights are no more than the 64 clusters"
    assert "conv_preds" in chosen(TECHNIQUES["pruned_clustered"], "prune", NETWORK, few)


def test_zeros_and_both_signs_need_three_clusters() -> None:
    with pytest.raises(ConfigError, match="clusters = 2: pruned and clustered needs 3 or more"):
        check(TECHNIQUES["pruned_clustered"], Compression(clusters=2))
    check(TECHNIQUES["clustered"], Compression(clusters=2))
