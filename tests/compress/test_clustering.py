"""Clustering: few values a kernel, and zeros stay where they were."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from builder.compress.kept import kept_in_file
from builder.compress.techniques import TECHNIQUES
from builder.tflite_file import parse

from .conftest import COMPRESSION, NETWORK, Workshop
from .test_pruning import kernels


def test_each_kernel_has_a_few_values(tuned: Workshop) -> None:
    counts = [len(np.unique(kernel)) for kernel in kernels(tuned("clustered").weights)]
    assert max(counts) <= COMPRESSION.clusters
    assert min(counts) >= COMPRESSION.clusters // 2


def test_pruned_weights_stay_zero(tuned: Workshop) -> None:
    before, after = kernels(tuned("pruned").weights), kernels(tuned("pruned_clustered").weights)
    for zeros, kernel in zip(before, after, strict=True):
        assert (kernel[zeros == 0] == 0).all()
        assert len(np.unique(kernel)) <= COMPRESSION.clusters


def test_the_model_gives_the_weights_that_were_measured(tuned: Workshop) -> None:
    from builder.compress.twin import plain

    outcome = tuned("clustered")
    scores = plain(NETWORK, outcome.weights).predict((tuned.photos.validation.images / 127.5 - 1).astype(np.float32), verbose=0)
    right = float((scores.argmax(axis=1) == tuned.photos.validation.labels).mean())
    assert right == outcome.history[outcome.best_epoch - 1].val_accuracy


def test_channels_share_their_integers(tuned: Workshop, int8: Callable[[str], bytes]) -> None:
    """With a scale a channel, 64 channels of 8 values would have some 200 different integers."""
    assert tuned("clustered").quantized
    graph = parse(int8("clustered")).main
    sets = [
        np.unique(kernel.array())
        for operator in graph.operators
        if operator.name == "CONV_2D" and (kernel := graph.tensor(operator, 1)) is not None
    ]
    assert max(len(each) for each in sets) < 60
    assert all(each.whole for each in kept_in_file(TECHNIQUES["clustered"], NETWORK, COMPRESSION, parse(int8("clustered"))))


def test_a_pruned_kernel_that_is_not_clustered_keeps_its_zeros(tuned: Workshop) -> None:
    import tf_keras

    from builder.compress import clustering
    from builder.compress.twin import plain

    for keep_zeros in (False, True):
        model = clustering.wrap(plain(NETWORK, tuned.trained), {"conv_pw_1"}, 4, keep_zeros=keep_zeros)
        left_alone = [layer for layer in model.layers if type(layer) is tf_keras.layers.Conv2D]
        assert [layer.trainable for layer in left_alone] == [not keep_zeros] * 3
