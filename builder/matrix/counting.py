"""What is in the bytes of a file: as a download, its zeros, its distinct values, the mult-adds that are left without zeros."""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder import tflite_file
from builder.tflite_file import Model
from builder.tflite_file.counting import operator_multiply_adds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from builder.tflite_file import Tensor

GZIP_LEVEL = 9
KERNEL = 1  # place among a convolution's inputs
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one file.

    Args:
        multiply_adds: of one run.
        multiply_adds_left: those whose weight is not zero.
        sparsity: share of zeros in all kernels.
        values: the most distinct values in one output channel of a pointwise or standard kernel; None where kernels are floats.
    """

    multiply_adds: int
    multiply_adds_left: int
    sparsity: float
    values: int | None


def gzip_bytes(content: bytes) -> int:
    """The size of a file as a download, without the time of day in it."""
    return len(gzip.compress(content, GZIP_LEVEL, mtime=0))


def counted(model: Model) -> Counted:
    """Counts the kernels of a file's convolutions."""
    import numpy as np

    graph = model.main
    sources = {operator.outputs[0]: operator.inputs[0] for operator in graph.operators if operator.name == "DEQUANTIZE"}
    total = left = zeros = weights = 0
    values: list[int] = []
    for operator in graph.operators:
        here = operator_multiply_adds(graph, operator)
        kernel = graph.tensor(operator, KERNEL) if operator.name in CONVOLUTIONS else None
        total += here
        if kernel is None:
            left += here
            continue
        if kernel.data is None:  # unpacked at run time, as float16 is
            kernel = graph.tensors[sources.get(operator.inputs[KERNEL], operator.inputs[KERNEL])]
        stored = values_of(kernel)
        if stored is None:
            left += here
            continue
        nothing = int(np.count_nonzero(stored == 0))
        zeros, weights = zeros + nothing, weights + stored.size
        left += round(here * (1 - nothing / stored.size))
        if operator.name == "CONV_2D" and stored.dtype.kind in "iu":
            values.append(max(len(np.unique(channel)) for channel in stored))
    return Counted(total, left, zeros / weights if weights else 0.0, max(values, default=None))


def values_of(kernel: Tensor) -> NDArray[np.generic] | None:
    """A kernel's stored values, its zero point taken off; None where they cannot be read plainly."""
    if kernel.data is None or kernel.sparse or math.prod(kernel.shape) == 0:
        return None
    stored: NDArray[Any] = kernel.array()
    point = kernel.quantization.zero_points[0] if kernel.quantization else 0
    return stored.astype("int16") - point if stored.dtype.kind in "iu" and point else stored


def counts_of(content: bytes) -> Counted:
    """The counts of a file's bytes.

    Raises:
        ModelFileError: no .tflite file.
    """
    return counted(tflite_file.parse(content))
