"""Pruning: zeros where they are wanted, and the network still works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builder.compress.settings import Compression

from .conftest import COMPRESSION, Weights, Workshop


def kernels(weights: Weights) -> list[np.ndarray]:
    """Of the convolutions that are pruned: the first, two pointwise ones, the classifier."""
    return [value for value in weights if value.ndim == 4 and value.shape[3] > 1]


def test_half_of_each_kernel_is_zero_and_no_more(tuned: Workshop) -> None:
    shares = [float((kernel == 0).mean()) for kernel in kernels(tuned("pruned").weights)]
    assert len(shares) == 4
    assert shares == pytest.approx([0.5] * 4, abs=0.01)


def test_depthwise_kernels_stay_whole(tuned: Workshop) -> None:
    outcome = tuned("pruned")
    assert all((value != 0).all() for value in outcome.weights if value.ndim == 4 and value.shape[3] == 1)
    assert [each.layer for each in outcome.skipped] == ["conv_dw_1", "conv_dw_2"]


def test_two_of_each_four_input_channels_are_zero(tuned: Workshop) -> None:
    for kernel in kernels(tuned("pruned_2_4").weights)[1:]:
        fours = (kernel[0, 0] == 0).T.reshape(-1, 4).sum(axis=1)
        assert (fours == 2).all()


def test_the_network_still_tells_stripes_apart(tuned: Workshop) -> None:
    outcome = tuned("pruned")
    assert outcome.history[outcome.best_epoch - 1].val_accuracy >= 0.9


def test_only_sparse_epochs_are_kept(tuned: Workshop, tmp_path: Path) -> None:
    """A learning rate of nearly nothing: an epoch before the last round, not sparse yet, would be the best."""
    compression = Compression(sparsity=0.9, epochs=3, batch_size=16, learning_rate=1e-9)
    outcome = tuned.tune("pruned", tmp_path, compression=compression)
    assert outcome.best_epoch >= 2
    assert all(each.whole for each in outcome.kept)


def test_a_plain_twin_comes_out(tuned: Workshop) -> None:
    outcome = tuned("pruned")
    assert {type(layer).__name__ for layer in outcome.model.layers} == {
        "InputLayer",
        "Conv2D",
        "DepthwiseConv2D",
        "BatchNormalization",
        "ReLU",
        "GlobalAveragePooling2D",
        "Flatten",
        "Softmax",
    }
    assert [value.shape for value in outcome.weights] == [value.shape for value in tuned.trained]
    assert not outcome.quantized
    assert outcome.epochs == COMPRESSION.epochs
