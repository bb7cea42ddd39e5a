"""The one formula that MobileNets rest on, with the numbers of one block of this network (arXiv:1704.04861, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from builder.architecture import Network, layers
from builder.planner import Plan


@dataclass(frozen=True, slots=True)
class Block:
    """A depthwise layer and the pointwise one behind it, beside the standard convolution that they stand for.

    Args:
        number: 1 to 13.
        kernel: Dk, side of the kernel.
        inputs: M, channels that come in.
        outputs: N, channels that go out.
        side: Df, height and width of the output map. The paper's formula is for stride 1, where it equals the input's.
        stride: of the depthwise layer.
    """

    number: int
    kernel: int
    inputs: int
    outputs: int
    side: int
    stride: int

    @property
    def depthwise(self) -> int:
        """Dk * Dk * M * Df * Df mult-adds."""
        return self.kernel**2 * self.inputs * self.side**2

    @property
    def pointwise(self) -> int:
        """M * N * Df * Df mult-adds."""
        return self.inputs * self.outputs * self.side**2

    @property
    def separable(self) -> int:
        """Both."""
        return self.depthwise + self.pointwise

    @property
    def standard(self) -> int:
        """Dk * Dk * M * N * Df * Df mult-adds."""
        return self.kernel**2 * self.inputs * self.outputs * self.side**2

    @property
    def ratio(self) -> float:
        """1 / N + 1 / Dk^2: the separable block over the standard convolution."""
        return 1 / self.outputs + 1 / self.kernel**2


def blocks(network: Network) -> tuple[Block, ...]:
    """The 13 blocks of a network."""
    pairs = [(first, second) for first, second in pairwise(layers(network)) if first.kind == "depthwise"]
    return tuple(
        Block(number, first.kernel, first.input_shape[2], second.output_shape[2], second.output_shape[0], first.stride)
        for number, (first, second) in enumerate(pairs, start=1)
    )


def largest(network: Network) -> Block:
    """The block with the most mult-adds: the one to explain."""
    return max(blocks(network), key=lambda block: block.separable)


def whole_ratio(plan: Plan) -> float:
    """Mult-adds of this network over those of the same with standard convolutions."""
    return plan.cost.multiply_adds / plan.standard_convolution.multiply_adds


def times_fewer(ratio: float) -> str:
    """A ratio as people say it: `7.9` times fewer."""
    return f"{1 / ratio:.1f}"


def figures(*values: float) -> str:
    """Factors, written as a product."""
    return " · ".join(f"{value:,}" for value in values)
