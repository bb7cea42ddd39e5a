"""Where compute and parameters sit, and what other kinds of convolution would take."""

from __future__ import annotations

from dataclasses import dataclass

from builder.cost import Cost

FLOAT_BYTES = 4
KERNEL_SHRINKS = 32  # a bit for a float32
WORD = 64  # multiplications and additions that one XNOR and one popcount of a 64-bit word stand for
ACCURACY_COST = (
    "ImageNet top-1 of AlexNet was 56.8 % with 1-bit weights and 43.3 % with 1-bit activations as well; a binary MobileNet, with "
    "skip connections added so that it trains at all, reached 54.4 % where MobileNet has 70.6 %"
)
ACCURACY_SHORT = "AlexNet: 56.8 % of ImageNet with 1-bit weights, 43.3 % with 1-bit activations too (arXiv:1603.05279's code)"
ACCURACY_SOURCE = (
    "github.com/allenai/XNOR-Net: README, the code of arXiv:1603.05279; arXiv:1907.12629 (MoBiNet), arXiv:1704.04861 (MobileNet)"
)


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
        operations: mult-adds of the first and last layer, one for each word of 64 XNOR-popcounts elsewhere, and one for each
            output value, which is scaled.
        kernel_ratio: kernel bytes in float32 over `kernel_bytes`.
        compute_ratio: mult-adds over `operations`.
        accuracy_cost: what is published of the loss of accuracy, in words.
        accuracy_short: one example of it, with its source.
        source: of all of them.
    """

    kernel_bytes: int
    operations: int
    kernel_ratio: float
    compute_ratio: float
    accuracy_cost: str = ACCURACY_COST
    accuracy_short: str = ACCURACY_SHORT
    source: str = ACCURACY_SOURCE


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


def shares(cost: Cost) -> tuple[Share, ...]:
    """Where parameters and mult-adds sit, by kind of layer; the paper has 95 % of the mult-adds in 1x1 convolutions."""
    kinds = dict.fromkeys(layer.kind for layer in cost.layers if layer.parameters)
    return tuple(
        Share(
            kind,
            sum(layer.parameters for layer in cost.layers if layer.kind == kind) / cost.parameters,
            sum(layer.multiply_adds for layer in cost.layers if layer.kind == kind) / cost.multiply_adds,
        )
        for kind in kinds
    )


def separable(cost: Cost) -> tuple[Separable, ...]:
    """The paper's ratio for each block (arXiv:1704.04861, section 3.1).

    A depthwise and a pointwise convolution take Dk^2 M D^2 + M N D^2 mult-adds, a standard one Dk^2 M N D^2: 1/N + 1/Dk^2 of it.
    """
    kernel = 3
    return tuple(
        Separable(layer.name, kernel, layer.output_shape[2], 1 / layer.output_shape[2] + 1 / kernel**2)
        for layer in cost.layers
        if layer.kind == "pointwise"
    )


def binary(cost: Cost) -> Binary:
    """XNOR-Net's accounting (arXiv:1603.05279, section 4.1).

    One filter of c channels and N_W weights over N_I positions takes c N_W N_I / 64 + N_I operations in place of c N_W N_I. The
    first and the last layer stay in full precision, as there.
    """
    kernels = {layer.name: layer.parameters - layer.output_shape[2] for layer in cost.layers if layer.parameters}
    kept = {layer.name for layer in cost.layers if layer.kind in ("conv", "classifier")}
    bits = sum(count for name, count in kernels.items() if name not in kept)
    full = sum(count for name, count in kernels.items() if name in kept)
    kernel_bytes = -(-bits * FLOAT_BYTES // KERNEL_SHRINKS) + full * FLOAT_BYTES
    operations = 0
    for layer in cost.layers:
        if layer.name in kept or not layer.multiply_adds:
            operations += layer.multiply_adds
        else:
            height, width, channels = layer.output_shape
            operations += -(-layer.multiply_adds // WORD) + height * width * channels
    return Binary(kernel_bytes, operations, (bits + full) * FLOAT_BYTES / kernel_bytes, cost.multiply_adds / operations)
