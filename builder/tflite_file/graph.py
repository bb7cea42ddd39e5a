"""A .tflite file as plain values: tensors with their quantization and constants, operators, metadata buffers.

NumPy is needed only to look at a tensor's values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from builder.errors import ModelFileError
from builder.tflite_file.operators import Options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Quantization:
    """real = (stored - zero_point) * scale, with one pair for the tensor or one for each index along `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor. `data` are the bytes of a constant, None for what is computed; `sparse` ones are stored compressed."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None
    data: memoryview | None = field(repr=False)
    sparse: bool = False

    @property
    def values(self) -> int:
        """How many values it has."""
        return math.prod(self.shape)

    def array(self) -> NDArray[Any]:
        """The stored values of a constant, in the tensor's shape and dtype; not dequantized, not copied.

        Raises:
            ModelFileError: no constant, of a dtype without a NumPy name, or with too few bytes.
        """
        import numpy as np

        if self.data is None or self.sparse:
            raise ModelFileError(f"The tensor {self.name!r} has no plain values in the file.")
        try:
            return np.frombuffer(self.data, np.dtype(self.dtype)).reshape(self.shape)
        except (TypeError, ValueError) as error:
            raise ModelFileError(f"The tensor {self.name!r} ({self.dtype} {self.shape}) cannot be read: {error}.") from None

    def real_values(self) -> NDArray[np.float32]:
        """The values of a constant as float32, dequantized where they are quantized."""
        import numpy as np

        stored = self.array().astype(np.float32)
        if self.quantization is None:
            return stored
        along = [1] * stored.ndim
        if len(self.quantization.scales) > 1:
            along[self.quantization.axis] = -1
        scales = np.array(self.quantization.scales, np.float32).reshape(along)
        return (stored - np.array(self.quantization.zero_points, np.float32).reshape(along)) * scales


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator; tensors are indices into the subgraph's, -1 for an optional one that is left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Tensors, and the operators between them in the order in which they run."""

    tensors: tuple[Tensor, ...] = field(repr=False)
    operators: tuple[Operator, ...] = field(repr=False)
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def tensor(self, operator: Operator, place: int) -> Tensor | None:
        """An operator's input by place, None when it has none there."""
        index = operator.inputs[place] if place < len(operator.inputs) else -1
        return self.tensors[index] if index >= 0 else None


@dataclass(frozen=True, slots=True)
class Model:
    """A .tflite file. `metadata` are its named buffers; `content` is the whole file, appended archive included."""

    subgraphs: tuple[Subgraph, ...]
    description: str
    metadata: Mapping[str, memoryview] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def main(self) -> Subgraph:
        """The subgraph that runs."""
        return self.subgraphs[0]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What the model takes."""
        return tuple(self.main.tensors[index] for index in self.main.inputs)

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """What the model gives."""
        return tuple(self.main.tensors[index] for index in self.main.outputs)
