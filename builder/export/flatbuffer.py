"""Reads the parts of a .tflite FlatBuffer that metadata needs: types of input and output, and named buffers.

A field is found by its slot, its place in the table's declaration in TensorFlow's `schema.fbs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flatbuffers import encode, packer
from flatbuffers import number_types as numbers
from flatbuffers.table import Table

from builder.errors import ModelFileError

IDENTIFIER = b"TFL3"

# Slots of `table Model`, `SubGraph`, `Tensor`, `Metadata` and `Buffer`.
MODEL_VERSION, MODEL_SUBGRAPHS, MODEL_BUFFERS, MODEL_METADATA = 0, 2, 4, 6
SUBGRAPH_TENSORS, SUBGRAPH_INPUTS, SUBGRAPH_OUTPUTS = 0, 1, 2
TENSOR_SHAPE, TENSOR_TYPE = 0, 1
METADATA_NAME, METADATA_BUFFER = 0, 1
BUFFER_DATA = 0

DType = Literal["float32", "uint8", "int8"]
DTYPES: dict[int, DType] = {0: "float32", 3: "uint8", 9: "int8"}  # of `enum TensorType`


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """What metadata says about a tensor: its type and its shape, batch first."""

    dtype: DType
    shape: tuple[int, ...]


def root(data: bytes) -> Table:
    """The outermost table of a FlatBuffer."""
    return Table(bytearray(data), encode.Get(packer.uoffset, data, 0))


def field(table: Table, slot: int) -> int:
    """Where a field lies, counted from the start of its table; 0 when it is absent."""
    return int(table.Offset(4 + 2 * slot))


def child(table: Table, slot: int) -> Table:
    """The table that a field refers to."""
    return Table(table.Bytes, table.Indirect(table.Pos + field(table, slot)))


def children(table: Table, slot: int) -> list[Table]:
    """The tables of a vector field; none when it is absent."""
    offset = field(table, slot)
    if not offset:
        return []
    start = table.Vector(offset)
    return [Table(table.Bytes, table.Indirect(start + 4 * number)) for number in range(table.VectorLen(offset))]


def integers(table: Table, slot: int) -> list[int]:
    """The values of a vector of int32."""
    offset = field(table, slot)
    if not offset:
        return []
    start = table.Vector(offset)
    return [table.Get(numbers.Int32Flags, start + 4 * number) for number in range(table.VectorLen(offset))]


def floats(table: Table, slot: int) -> list[float]:
    """The values of a vector of float32."""
    offset = field(table, slot)
    if not offset:
        return []
    start = table.Vector(offset)
    return [table.Get(numbers.Float32Flags, start + 4 * number) for number in range(table.VectorLen(offset))]


def text(table: Table, slot: int) -> str:
    """A string field; empty when it is absent."""
    offset = field(table, slot)
    return table.String(table.Pos + offset).decode() if offset else ""


def input_and_output(model: bytes) -> tuple[TensorFacts, TensorFacts]:
    """Type and shape of a classifier's one input and one output.

    Raises:
        ModelFileError: more than one of either, or another type than float32, uint8 and int8.
    """
    subgraph = children(root(model), MODEL_SUBGRAPHS)[0]
    tensors = children(subgraph, SUBGRAPH_TENSORS)
    inputs, outputs = integers(subgraph, SUBGRAPH_INPUTS), integers(subgraph, SUBGRAPH_OUTPUTS)
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelFileError(f"A classifier has one input and one output; this model has {len(inputs)} and {len(outputs)}.")
    return facts(tensors[inputs[0]]), facts(tensors[outputs[0]])


def facts(tensor: Table) -> TensorFacts:
    """Type and shape of a tensor."""
    offset = field(tensor, TENSOR_TYPE)
    number = tensor.Get(numbers.Int8Flags, tensor.Pos + offset) if offset else 0
    if number not in DTYPES:
        raise ModelFileError(f"Inputs and outputs must be float32, uint8 or int8; this model has tensor type {number}.")
    return TensorFacts(DTYPES[number], tuple(integers(tensor, TENSOR_SHAPE)))


def extract(model: bytes, name: str) -> bytes | None:
    """The buffer that a model's metadata lists under a name, or None."""
    model_table = root(model)
    for entry in children(model_table, MODEL_METADATA):
        if text(entry, METADATA_NAME) == name:
            offset = field(entry, METADATA_BUFFER)
            number = entry.Get(numbers.Uint32Flags, entry.Pos + offset) if offset else 0
            buffer = children(model_table, MODEL_BUFFERS)[number]
            data = field(buffer, BUFFER_DATA)
            start = buffer.Vector(data)
            return bytes(buffer.Bytes[start : start + buffer.VectorLen(data)])
    return None
