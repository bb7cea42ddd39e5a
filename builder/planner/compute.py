"""Where compute and parameters sit, and what other kinds of convolution would take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """One kind of layer (conv, depthwise, pointwise, classifier): its part of all parameters and of all mult-adds, 0 to 1."""

    kind: str
    parameters: float
    multiply_adds: float


@dataclass(frozen=True, slots=True)
class Binary:
    """The same network with 1-bit weights and activations, by XNOR-Net's own accounting; a comparison, not something that is built.

    Args:
        kernel_bytes: all kernels: binary ones at 1/32 of float32, the first and the last layer's in float32.
        operations: mult-adds of the first and last layer, plus one for each word of 64 XNOR-popcounts elsewhere.
        kernel_ratio: kernel bytes in float32 over `kernel_bytes`.
        compute_ratio: mult-adds over `operations`.
        accuracy_cost: what is published of the loss of accuracy, in words.
        source: of that.
    """

    kernel_bytes: int
    operations: int
    kernel_ratio: float
    compute_ratio: float
    accuracy_cost: str
    source: str


@dataclass(frozen=True, slots=True)
class Separable:
    """What depthwise separable convolutions save in one block: the paper's ratio, with this network's live numbers.

    Args:
        layer: the name of the block's pointwise layer.
        kernel: Dk, 3.
        outputs: N, channels that the block gives.
        ratio: 1/N + 1/Dk^2, mult-adds of the block over those of one standard convolution.
    """

    layer: str
    kernel: int
    outputs: int
    ratio: float
