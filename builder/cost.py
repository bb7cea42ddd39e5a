"""What a network costs: parameters, mult-adds, activation bytes. Exact counts, not estimates, from the table of layers.

A mult-add is one multiplication and one addition; published "FLOPs" are often twice that. Biases, batch normalization
(folded into the kernels of the deployed file), pooling and softmax count no mult-adds, as in arXiv:1704.04861.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from builder.architecture import Layer, Network, layers

BATCH_NORM_VECTORS = 4  # gamma, beta, moving mean, moving variance: one value each per channel


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One layer's share. `parameters` are those of the deployed file: batch normalization folded into kernel and bias.

    `activation_bytes` is input plus output at one byte a value (int8): what must be in memory while the layer runs.
    """

    name: str
    kind: str
    output_shape: tuple[int, int, int]
    parameters: int
    multiply_adds: int
    activation_bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """A network's exact counts; `keras_parameters` has batch normalization unfolded, its moving statistics included."""

    parameters: int
    keras_parameters: int
    multiply_adds: int
    layers: tuple[LayerCost, ...]


def kernel_size(layer: Layer) -> int:
    """Values in the layer's kernel: k*k*N*M for a convolution from M to N channels, k*k*M for a depthwise one, else 0."""
    area = layer.kernel * layer.kernel
    inputs, outputs = layer.input_shape[2], layer.output_shape[2]
    if layer.kind == "pool":
        return 0
    return area * inputs if layer.kind == "depthwise" else area * inputs * outputs


def folded_parameters(layer: Layer) -> int:
    """Kernel and one bias per output channel: what remains once batch normalization is folded."""
    return 0 if layer.kind == "pool" else kernel_size(layer) + layer.output_shape[2]


def keras_parameters(layer: Layer) -> int:
    """As Keras counts: kernels without bias where batch normalization follows, which brings four vectors."""
    if layer.kind == "pool":
        return 0
    per_channel = BATCH_NORM_VECTORS if layer.batch_norm else 1
    return kernel_size(layer) + per_channel * layer.output_shape[2]


def multiply_adds(layer: Layer) -> int:
    """Kernel values times output positions: every kernel value is used once at each position of the output map."""
    height, width, _ = layer.output_shape
    return kernel_size(layer) * height * width


def activation_bytes(layer: Layer) -> int:
    """Input and output of the layer at one byte a value."""
    return math.prod(layer.input_shape) + math.prod(layer.output_shape)


def layer_cost(layer: Layer) -> LayerCost:
    """The counts of one layer."""
    return LayerCost(
        name=layer.name,
        kind=layer.kind,
        output_shape=layer.output_shape,
        parameters=folded_parameters(layer),
        multiply_adds=multiply_adds(layer),
        activation_bytes=activation_bytes(layer),
    )


def cost_of(table: tuple[Layer, ...]) -> Cost:
    """Adds up a table of layers."""
    rows = tuple(layer_cost(layer) for layer in table)
    return Cost(
        parameters=sum(row.parameters for row in rows),
        keras_parameters=sum(keras_parameters(layer) for layer in table),
        multiply_adds=sum(row.multiply_adds for row in rows),
        layers=rows,
    )


def cost(network: Network) -> Cost:
    """The exact counts of a MobileNet v1.

    Example:
        >>> cost(Network(alpha=1.0, resolution=224, classes=1000)).multiply_adds
        568740352
    """
    return cost_of(layers(network))


def standard_convolutions(network: Network) -> tuple[Layer, ...]:
    """The same network with each depthwise and pointwise pair replaced by one standard 3x3 convolution.

    This is "Conv MobileNet" of arXiv:1704.04861, table 4.
    """
    table = []
    pending: Layer | None = None
    for layer in layers(network):
        if layer.kind == "depthwise":
            pending = layer
        elif layer.kind == "pointwise" and pending is not None:
            name = layer.name.replace("conv_pw", "conv")
            table.append(
                Layer(name, "conv", pending.kernel, pending.stride, pending.input_shape, layer.output_shape, batch_norm=True)
            )
        else:
            table.append(layer)
    return tuple(table)
