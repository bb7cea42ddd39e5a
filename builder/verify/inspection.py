"""Looks inside any .tflite file of a convolutional network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder.verify.isolation import DESCRIBE, open_child
from builder.verify.micro import measure_arena


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """An input or output; scale and zero point are None where it is not quantized as a whole."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is.

    Args:
        flash_bytes: the size of the file.
        multiply_adds: of one run; convolutions and fully connected layers, as in `builder.cost`.
        parameters: weights and biases.
        input: the first input; `output` the first output.
        operators: how many of each.
        arena_bytes: RAM that TFLite Micro's interpreter takes on this host with reference kernels; None where it cannot run the
            file or is not installed, and `arena_reason` says why.
        labels: from the metadata.
        metadata: name, description, version, author, license, normalization; None where the file has none.
    """

    flash_bytes: int
    multiply_adds: int
    parameters: int
    input: TensorInfo | None
    output: TensorInfo | None
    operators: dict[str, int]
    arena_bytes: int | None
    arena_reason: str | None
    labels: tuple[str, ...] | None
    metadata: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields."""
        return asdict(self)


def inspect(path: str | Path) -> Inspection:
    """Counts, shapes, labels and TFLite Micro's arena of a .tflite file.

    Args:
        path: any .tflite file.

    Raises:
        ModelFileError: it is missing, damaged, or no .tflite file.
    """
    with open_child(DESCRIBE, path) as child:
        facts = child.facts
    arena = measure_arena(path)
    labels = facts["labels"]
    return Inspection(
        flash_bytes=facts["flash_bytes"],
        multiply_adds=facts["multiply_adds"],
        parameters=facts["parameters"],
        input=tensor_info(facts["inputs"]),
        output=tensor_info(facts["outputs"]),
        operators=facts["operators"],
        arena_bytes=arena.bytes,
        arena_reason=arena.reason,
        labels=None if labels is None else tuple(labels),
        metadata=facts["metadata"],
    )


def tensor_info(tensors: list[dict[str, Any]]) -> TensorInfo | None:
    """The first of some tensors."""
    return TensorInfo(**{**tensors[0], "shape": tuple(tensors[0]["shape"])}) if tensors else None
