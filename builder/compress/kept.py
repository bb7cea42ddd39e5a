"""What a technique kept of the zeros and the shared values that were asked for, layer by layer: in weights, and in bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.architecture import Network
from builder.compress.selection import chosen, with_weights
from builder.compress.techniques import Step, Technique
from builder.errors import ModelFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from builder.compress.settings import Compression
    from builder.tflite_file import Model

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


@dataclass(frozen=True, slots=True)
class LayerKept:
    """Wanted and found in one kernel.

    Args:
        layer: its name.
        weights: how many there are.
        sparsity_wanted: share of zeros; None where the technique asks for none.
        sparsity: share of zeros found.
        groups_wanted: whether each four neighbours along the input channels must have two zeros.
        groups: share of such fours that have; 1 where there are none.
        values_wanted: distinct values at most; None where the technique asks for no few.
        values: distinct values found: in a float kernel of all of it, in an int8 one of that channel that has the most, since each
            channel has a scale of its own.
    """

    layer: str
    weights: int
    sparsity_wanted: float | None
    sparsity: float
    groups_wanted: bool
    groups: float
    values_wanted: int | None
    values: int

    @property
    def whole(self) -> bool:
        """Whether everything that was wanted is there; zeros may be short by one, which is how a share is rounded."""
        return (
            (self.sparsity_wanted is None or self.sparsity * self.weights >= self.sparsity_wanted * self.weights - 1)
            and (not self.groups_wanted or self.groups == 1)
            and (self.values_wanted is None or self.values <= self.values_wanted)
        )


def kept_in_weights(
    technique: Technique, network: Network, compression: Compression, weights: Sequence[NDArray[np.float32]]
) -> tuple[LayerKept, ...]:
    """What was kept, in a plain twin's weights.

    Args:
        technique: says what was wanted.
        network: what the weights are of.
        compression: says how much.
        weights: in the order of a plain twin's `get_weights()`.
    """
    kernels = [channels_first(value) for value in weights if value.ndim == 4]
    return compared(technique, network, compression, kernels, per_channel=False)


def channels_first(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """A kernel of Keras, (height, width, inputs, outputs) or (height, width, channels, 1), with its output channels first."""
    return kernel.transpose(2, 0, 1, 3) if kernel.shape[3] == 1 and kernel.shape[0] > 1 else kernel.transpose(3, 0, 1, 2)


def kept_in_file(technique: Technique, network: Network, compression: Compression, file: Model) -> tuple[LayerKept, ...]:
    """What was kept, in the int8 kernels of an exported file.

    Args:
        technique: says what was wanted.
        network: what the file is of.
        compression: says how much.
        file: from `tflite_file.parse`.

    Raises:
        ModelFileError: the file has other convolutions than the network.
    """
    graph = file.main
    kernels = []
    for operator in graph.operators:
        kernel = graph.tensor(operator, 1) if operator.name in CONVOLUTIONS else None
        if kernel is not None:
            kernels.append(kernel.array() if operator.name == "CONV_2D" else kernel.array().transpose(3, 1, 2, 0))
    return compared(technique, network, compression, kernels, per_channel=True)


def compared(
    technique: Technique,
    network: Network,
    compression: Compression,
    kernels: Sequence[NDArray[np.generic]],
    *,
    per_channel: bool,
) -> tuple[LayerKept, ...]:
    """Each kernel, output channels first, beside what was wanted of its layer."""
    rows = with_weights(network)
    if len(rows) != len(kernels):
        raise ModelFileError(f"The model has {len(kernels)} convolutions, this network {len(rows)}: they do not belong together.")
    steps: tuple[Step, ...] = ("prune", "prune_2_4", "cluster")
    pruned, grouped, clustered = (
        chosen(technique, step, network, compression) if step in technique.steps else frozenset() for step in steps
    )
    return tuple(
        LayerKept(
            layer=row.name,
            weights=kernel.size,
            sparsity_wanted=compression.sparsity if row.name in pruned else 0.5 if row.name in grouped else None,
            sparsity=share_of_zeros(kernel),
            groups_wanted=row.name in grouped,
            groups=share_of_groups(kernel),
            values_wanted=compression.clusters if row.name in clustered else None,
            values=most_values(kernel) if per_channel else distinct(kernel),
        )
        for row, kernel in zip(rows, kernels, strict=True)
    )


def share_of_zeros(kernel: NDArray[np.generic]) -> float:
    """How much of a kernel is zero."""
    return float((kernel == 0).mean())


def share_of_groups(kernel: NDArray[np.generic]) -> float:
    """How many of the fours along the last axis have two zeros or more; a rest of less than four counts as none."""
    whole = kernel.shape[-1] // 4 * 4
    fours = (kernel[..., :whole] == 0).reshape(-1, 4).sum(axis=1)
    return float((fours >= 2).mean()) if len(fours) else 1.0


def distinct(values: NDArray[np.generic]) -> int:
    """How many different values there are."""
    import numpy as np

    return len(np.unique(values))


def most_values(kernel: NDArray[np.generic]) -> int:
    """The distinct values of that output channel that has the most."""
    return max(distinct(channel) for channel in kernel)
