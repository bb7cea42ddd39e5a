"""Puts a start's weights into a network.

Files for devices have batch normalization folded away. It is put back: for each layer the mean m and variance v that its outputs
have on the user's own photos are measured, and gamma = sqrt(v + epsilon), beta = bias + m are set. That is the same function,
and training goes on from statistics that fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.model import BATCH_NORM_EPSILON
from builder.preprocessing import normalize
from builder.warm_start.resolving import WarmStart
from builder.warm_start.trained import HEAD, STATISTICS, Trained, in_order

SAMPLE_MAX = 256  # photos that statistics are measured on
BATCH = 16


def apply(K: Any, model: Any, start: WarmStart, sample_images: NDArray[np.uint8], classes: Sequence[str] = ()) -> list[str]:
    """Sets a model's weights to those of a warm start.

    Args:
        K: the module `keras` or `tf_keras` that made the model.
        model: from `model.build`, for the network that `start` was resolved for.
        start: from `resolve`; scratch leaves the model as it is.
        sample_images: uint8 (n, H, W, C) training photos; needed for a .tflite, where the first 256 are looked at.
        classes: the names of the classes to be told apart. The file's classifier is kept only when it is known to be for
            exactly these, in this order.

    Returns:
        What the user should know: what was kept, replaced or converted.
    """
    trained = start.trained
    if trained is None:
        return []
    notes = list(trained.notes)
    channels = int(model.input_shape[-1])
    arrays = dict(trained.arrays)
    arrays["conv1/kernel"], converted = with_channels(arrays["conv1/kernel"], channels)
    if converted:
        notes.append(converted)
    for name in in_order():
        model.get_layer(name).set_weights([arrays[f"{name}/kernel"]])
        if not trained.folded:
            model.get_layer(f"{name}_bn").set_weights([arrays[f"{name}/{part}"] for part in STATISTICS])
    if trained.folded:
        unfold(K, model, arrays, sample_images[:SAMPLE_MAX])
    notes.append(set_head(model, trained, tuple(classes)))
    return notes


def with_channels(kernel: NDArray[np.float32], channels: int) -> tuple[NDArray[np.float32], str]:
    """The first kernel for another number of input channels, and a note; no note where nothing changes.

    A gray photo in colour has three equal channels, so summing the kernel over them gives the same outputs.
    """
    given = kernel.shape[2]
    if given == channels:
        return kernel, ""
    if channels == 1:
        return kernel.sum(axis=2, keepdims=True), "The weights are for colour photos: the first layer was summed up for gray ones."
    shared = np.repeat(kernel / np.float32(channels), channels, axis=2)
    return shared, "The weights are for gray photos: the first layer was spread over the colours."


def set_head(model: Any, trained: Trained, classes: tuple[str, ...]) -> str:
    """Keeps the file's classifier where it is known to be for these classes; else the model's new one stays. Returns a note."""
    outputs = int(model.output_shape[-1])
    if not trained.classes:
        return f"The weights have no classifier: a new one for {outputs} classes is trained."
    if trained.classes == outputs and trained.labels and trained.labels == classes:
        layer = model.get_layer(HEAD)
        kernel = trained.arrays[f"{HEAD}/kernel"].reshape(layer.get_weights()[0].shape)
        layer.set_weights([kernel, trained.arrays[f"{HEAD}/bias"]])
        return f"The classifier of the file is kept: it is for the same {outputs} classes."
    if trained.classes != outputs:
        return f"The file's classifier has {trained.classes} classes, this build {outputs}: it is replaced by a new one."
    known = "other classes" if trained.labels else "classes that it does not name"
    return f"The file's classifier is for {outputs} {known}: it is replaced by a new one."


def unfold(K: Any, model: Any, arrays: dict[str, NDArray[np.float32]], photos: NDArray[np.uint8]) -> None:
    """Puts batch normalization back between kernels that are set already and the file's biases."""
    for name in in_order():  # first as one that does nothing but add the bias: the file's own function
        bias = arrays[f"{name}/bias"]
        ones = np.ones_like(bias)
        identity = [ones * np.sqrt(1 + BATCH_NORM_EPSILON), bias, np.zeros_like(bias), ones]
        model.get_layer(f"{name}_bn").set_weights(identity)
    for name, (mean, variance) in zip(in_order(), measured(K, model, photos), strict=True):
        gamma = np.sqrt(variance + BATCH_NORM_EPSILON)
        model.get_layer(f"{name}_bn").set_weights([gamma, arrays[f"{name}/bias"] + mean, mean, variance])


def measured(K: Any, model: Any, photos: NDArray[np.uint8]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Mean and variance of every convolution's outputs, channel by channel, over photos and positions."""
    outputs = [model.get_layer(name).output for name in in_order()]
    means = [K.layers.GlobalAveragePooling2D()(output) for output in outputs]
    squares = [K.layers.GlobalAveragePooling2D()(K.layers.Multiply()([output, output])) for output in outputs]
    probe = K.Model(model.input, means + squares)
    batches = [probe.predict_on_batch(normalize(photos[at : at + BATCH])) for at in range(0, len(photos), BATCH)]
    values = [np.concatenate(parts).astype(np.float64).mean(axis=0) for parts in zip(*batches, strict=True)]
    pairs = zip(values[: len(outputs)], values[len(outputs) :], strict=True)
    return [(mean.astype(np.float32), np.maximum(square - mean**2, 0).astype(np.float32)) for mean, square in pairs]


def seeded(model: Any, seed: int) -> None:
    """Fills batch normalization and the classifier's biases with seeded values that are neither zero nor equal.

    An untrained network's biases are all zero, and a converter merges equal constants: its files would be 2 to 17 % smaller than
    a trained network's. Statistics are near those that the kernels would give independent inputs, so values keep their size
    through the layers and photos are still told apart at the end.
    """
    rng = np.random.default_rng(seed)
    inputs_mean, inputs_square = 0.0, 1 / 3  # of pixels, spread evenly over [-1, 1]
    for name in in_order():
        (kernel,) = model.get_layer(name).get_weights()
        axes = (0, 1, 3) if name.startswith("conv_dw") else (0, 1, 2)
        mean = kernel.sum(axis=axes) * inputs_mean
        variance = (kernel**2).sum(axis=axes) * (inputs_square - inputs_mean**2)
        gamma, beta, shift = (rng.normal(middle, 0.1, mean.shape) for middle in (1.0, 0.1, 0.0))
        spread = rng.uniform(0.8, 1.25, mean.shape)
        model.get_layer(f"{name}_bn").set_weights([gamma, beta, mean + shift * np.sqrt(variance), variance * spread])
        inputs_mean, inputs_square = 0.45, 0.57  # of max(0, x) for x normal around 0.1 with variance 1
    seeded_head(model, seed)


def seeded_head(model: Any, seed: int) -> None:
    """The same for the classifier's biases alone, where they are all zero: in a new classifier on trained weights."""
    head = model.get_layer(HEAD)
    kernel, bias = head.get_weights()
    if not bias.any():
        head.set_weights([kernel, np.random.default_rng(seed).normal(0, 0.1, bias.shape)])
