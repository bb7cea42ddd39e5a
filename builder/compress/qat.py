"""Quantization-aware training: the network trains with its weights and activations rounded to 8 bits as a file would round them.

TFMOT's default scheme: kernels per output channel and symmetric, activations per tensor. Batch normalization stays a layer
while training; the converter folds it, which moves each channel's scale and leaves its integers. Two things are not TFMOT's:
activations forget earlier ranges sooner, and depthwise kernels have a scale a channel, as their files have. TFMOT gives all of a
depthwise kernel one scale: of 196 validation photos of hands, 31 % were right before tuning, with a scale a channel 98 %.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

from builder.compress import tfmot
from builder.compress.tfmot import cluster_registry as registry
from builder.compress.tfmot import default_8bit_quantizers
from builder.compress.twin import inner
from builder.export.ranges import INPUT_RANGE, WIDTH_MIN
from builder.model import set_momentum
from builder.preprocessing import normalize

Default: Any = tfmot.quantization.default_8bit.Default8BitQuantizeScheme

# What an activation's range starts from: photos in batches, each batch's extremes averaged as training goes on to do.
BATCH = 32

# Batches of photos show what rounding does to the statistics; the last few count.
ADAPT_MOMENTUM = 0.8

# A channel of zeros has no range. It gets this share of its kernel's largest: coarse enough for its bias to fit into 32 bits.
DEAD_SHARE = 1 / 128


def wrap(model: Any, photos: NDArray[np.uint8], *, momentum: float, keep_zeros: bool = False, keep_clusters: bool = False) -> Any:
    """A model that computes as its int8 file will.

    Args:
        model: a fresh plain twin; it is copied.
        photos: training photos, uint8 (n, height, width, channels), from which the activations' ranges start. TFMOT starts
            them at [-6, 6] and needs thousands of steps to forget that.
        momentum: how much of an activation's range is kept at a step, as for batch normalization.
        keep_zeros: weights that are zero stay zero.
        keep_clusters: the distinct values of each kernel move together.
    """
    ranges = measured(model, photos)
    scheme = Scheme(inner_scheme(keep_zeros, keep_clusters), momentum)
    annotated = tfmot.quantization.quantize_annotate_model(model)
    quantized = tfmot.quantization.quantize_apply(annotated, scheme)
    for layer in quantized.layers:
        limits = activation_range(layer)
        if limits is not None:
            for variable, value in zip(limits, ranges.get(inner(layer).name, INPUT_RANGE), strict=True):
                variable.assign(value)
    return quantized


def inner_scheme(keep_zeros: bool, keep_clusters: bool) -> Any:
    """TFMOT's scheme for what must be kept."""
    if keep_clusters:
        return tfmot.cluster_scheme.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=keep_zeros)
    return tfmot.prune_scheme.Default8BitPrunePreserveQuantizeScheme() if keep_zeros else Default()


class Scheme(Default):  # type: ignore[misc]
    """A scheme of TFMOT whose activations forget their earlier ranges within the steps that there are."""

    def __init__(self, scheme: Any, momentum: float) -> None:
        super().__init__()
        self.scheme, self.momentum = scheme, momentum

    def get_quantize_registry(self) -> Any:
        return Registry(self.scheme, self.momentum)


class Registry:
    """What each layer's quantization is.

    TFMOT's own is asked anew for each layer: its cluster-preserving one has a single quantizer for all, which gives zeros up
    for every later kernel as soon as one kernel has none.
    """

    def __init__(self, scheme: Any, momentum: float) -> None:
        self.scheme, self.momentum = scheme, momentum

    def supports(self, layer: Any) -> bool:
        return bool(Default().get_quantize_registry().supports(layer))

    def get_quantize_config(self, layer: Any) -> Any:
        config = self.scheme.get_quantize_registry().get_quantize_config(layer)
        quantizer = getattr(config, "weight_quantizer", None)
        if type(layer) is tf_keras.layers.DepthwiseConv2D:
            config.weight_quantizer = DepthwiseRange()
        elif isinstance(quantizer, registry.ClusterPreserveDefault8BitConvWeightsQuantizer):
            config.weight_quantizer = OneTable(quantizer.preserve_sparsity)
        if hasattr(config, "activation_quantizer"):
            config.activation_quantizer = RecentRange(self.momentum)
        return config


class OneTable(registry.ClusterPreserveDefault8BitConvWeightsQuantizer):  # type: ignore[misc]
    """Keeps a kernel's values in one table, as clustering made them, and its channels' ranges in octaves.

    Where the channels have nearly the same number of values, TFMOT makes a table of each channel: the channels' values drift
    apart, a step takes operations for each of them, and a missing value is made up as 1.0, which weights may then take.

    With a range of its own, each channel turns the values that all channels share into integers of its own, and a packed file
    shows little of the clusters. With a few ranges for all, there are a few sets of integers: of hands at alpha 0.25 and 128 px,
    16 clusters pack to 0.71 in place of 0.76 of an unclustered file. All weights of a cluster are rounded the same way, so their
    errors add up, and training has to see them: rounded so after training, 11 points were lost.
    """

    def build(self, tensor_shape: Any, name: str, layer: Any) -> Any:
        by_channel = registry.get_centroids
        registry.get_centroids = one_table
        try:
            return super().build(tensor_shape, name, layer)
        finally:
            registry.get_centroids = by_channel

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # it cannot follow `super`
    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **options: Any) -> Any:
        by_channel = super().__call__(inputs, training, weights, **options)
        if not training or registry.CLUSTER_CENTROIDS not in weights:
            return by_channel
        high = in_octaves(tf.reduce_max(tf.abs(inputs), axis=(0, 1, 2)))
        weights["min_var"].assign(-high)
        weights["max_var"].assign(high)
        rounded = tf.quantization.fake_quant_with_min_max_vars_per_channel(inputs, -high, high, num_bits=8, narrow_range=True)
        return by_channel + tf.stop_gradient(rounded - by_channel)


def one_table(_layer: Any, kernel: Any, _data_format: str) -> tuple[Any, Any, Any, bool]:
    """The distinct values of a kernel, their number, and which of them each weight has."""
    values, places = registry.get_unique(kernel)
    return values, tf.size(values), places, False


class DepthwiseRange(default_8bit_quantizers.Default8BitConvWeightsQuantizer):  # type: ignore[misc]
    """A range a channel for a depthwise kernel, whose channels are its axis but one."""

    def build(self, tensor_shape: Any, name: str, layer: Any) -> Any:
        return super().build((tensor_shape[2],), name, layer)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]  # it cannot follow `super`
    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **options: Any) -> Any:
        height, width, channels, _ = inputs.shape
        last = tf.reshape(inputs, (height, width, 1, channels))
        return tf.reshape(super().__call__(last, training, weights, **options), inputs.shape)


class RecentRange(tfmot.quantization.quantizers.MovingAverageQuantizer):  # type: ignore[misc]
    """A moving average of the batches' extremes with a momentum of its own: TFMOT's looks back over 1000 steps."""

    def __init__(self, momentum: float) -> None:
        super().__init__(num_bits=8, per_axis=False, symmetric=False, narrow_range=False)
        self.momentum = momentum

    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **_: Any) -> Any:
        return tfmot.quant_ops.MovingAvgQuantize(
            inputs, weights["min_var"], weights["max_var"], ema_decay=self.momentum, is_training=training
        )


def measured(model: Any, photos: NDArray[np.uint8]) -> dict[str, tuple[float, float]]:
    """The least and the greatest output of each layer, averaged over batches of photos; 0 is always inside."""
    names = [layer.name for layer in model.layers[1:]]
    extremes = [
        tf.stack([tf.minimum(tf.reduce_min(layer.output), 0.0), tf.maximum(tf.reduce_max(layer.output), 0.0)])
        for layer in model.layers[1:]
    ]
    watched = tf_keras.Model(model.input, tf.stack(extremes))
    run = tf.function(lambda images: watched(images, training=False))
    batches = [run(normalize(photos[start : start + BATCH])).numpy() for start in range(0, len(photos), BATCH)]
    return {name: (float(low), float(high)) for name, (low, high) in zip(names, np.mean(batches, axis=0), strict=True)}


def settle(model: Any, *, zeros: dict[str, NDArray[np.bool_]] | None = None, shared_values: int = 0) -> None:
    """Makes weights and ranges what a file needs. To be called after training, before conversion.

    The input's range is exactly that of the pixels, no activation's range is (nearly) empty (see `export.ranges`), and each
    kernel's range is that of its present values: training set it one step before the last change of the weights.

    Args:
        model: from `wrap`, trained.
        zeros: by a kernel variable's name, where its weights must be zero; training masks them at each use only.
        shared_values: kernels with no more distinct values than this have shared ranges, see `in_octaves`.
    """
    for layer in model.layers:
        activation, kernel = activation_range(layer), kernel_of(layer)
        if activation is not None:
            low, high = activation
            least, most = (float(low.numpy()), float(high.numpy())) if hasattr(layer, "layer") else INPUT_RANGE
            low.assign(least)
            high.assign(max(most, least + WIDTH_MIN))
        if kernel is not None:
            variable, low, high = kernel
            values = np.where((zeros or {}).get(variable.name, False), 0, variable.numpy())
            variable.assign(values)
            largest = largest_of(values, channels=low.shape[0])
            if len(np.unique(values)) <= shared_values:
                largest = in_octaves(largest).numpy()
            low.assign(-largest)
            high.assign(largest)


def largest_of(kernel: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """The largest magnitude in each channel of a kernel, never nothing: its inverse is a scale."""
    largest = np.abs(kernel).reshape(-1, channels).max(axis=0)
    return np.asarray(np.where(largest < 1e-6, max(float(largest.max()), 1e-3) * DEAD_SHARE, largest), np.float32)


def in_octaves(largest: Any) -> Any:
    """Each channel's range, widened to that of the widest channel halved some times."""
    widest = tf.reduce_max(largest)
    return widest / 2 ** tf.floor(tf.math.log(widest / tf.maximum(largest, widest / 2**20)) / math.log(2) + 1e-5)


def adapt(model: Any, photos: NDArray[np.uint8]) -> None:
    """Lets batch normalization and the ranges see what rounding does, without changing a weight.

    Args:
        model: from `wrap`.
        photos: training photos, in any order.
    """
    set_momentum(model, ADAPT_MOMENTUM)
    run = tf.function(lambda images: model(images, training=True))
    size = min(BATCH, len(photos))
    for start in range(0, len(photos) - size + 1, size):
        run(normalize(photos[start : start + size]))


def activation_range(layer: Any) -> tuple[Any, Any] | None:
    """The variables of the range of a layer's output, None where it has none."""
    return range_named(layer, "output") or range_named(layer, "post_activation") or range_named(layer, layer.name)


def kernel_of(layer: Any) -> tuple[Any, Any, Any] | None:
    """A layer's kernel and the variables of its range, None where it has none."""
    for name in ("kernel", "depthwise_kernel"):
        limits = range_named(layer, name)
        if limits is not None:
            return by_name(layer)[name], *limits
    return None


def range_named(layer: Any, name: str) -> tuple[Any, Any] | None:
    """A pair of variables that TFMOT made."""
    variables = by_name(layer)
    return (variables[f"{name}_min"], variables[f"{name}_max"]) if f"{name}_min" in variables else None


def by_name(layer: Any) -> dict[str, Any]:
    """A layer's variables by the last part of their names."""
    return {variable.name.rpartition("/")[2].partition(":")[0]: variable for variable in layer.weights}
