"""From the bytes of a .tflite file to plain values. Needs the standard library only.

Field numbers are those of tensorflow/compiler/mlir/lite/schema/schema.fbs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from builder.errors import ModelFileError
from builder.tflite_file.flatbuffer import Bytes, Damaged, Table
from builder.tflite_file.graph import Model, Operator, Quantization, Subgraph, Tensor
from builder.tflite_file.operators import operator_name, options

Item = TypeVar("Item")

IDENTIFIER = b"TFL3"
FILE_BYTES_MAX = 2 * 1024**3  # a FlatBuffer's offsets are 32 bits wide

# TensorType by number, as NumPy names it where NumPy has it.
DTYPES = """
float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant uint32 uint16 int4
bfloat16 int2 uint4 float8_e4m3fn float8_e5m2
""".split()  # noqa: SIM905

# What other files start with, to say what was given instead.
OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip archive (a .keras or .zip file?)"),
    (b"\x89HDF", "an HDF5 file (.h5)"),
    (b"\xff\xd8\xff", "a JPEG photo"),
    (b"\x89PNG", "a PNG image"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"<", "a web page or XML"),
)


def load(path: str | Path) -> bytes:
    """The bytes of a model file.

    Raises:
        ModelFileError: it is missing, a folder, empty, too large, or cannot be read.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise ModelFileError(f"{path} is a folder. Give a .tflite file.")
        if not path.is_file() and path.exists():
            raise ModelFileError(f"{path} is no plain file. Give a .tflite file.")
        size = path.stat().st_size
        if not 0 < size <= FILE_BYTES_MAX:
            raise ModelFileError(f"{path} has {size:,} bytes; a .tflite file has from a few hundred to {FILE_BYTES_MAX:,}.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"There is no file {path}. Give the path of a .tflite file.") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}).") from None


def read(path: str | Path) -> Model:
    """Reads a .tflite file.

    Raises:
        ModelFileError: it cannot be read, or is no .tflite file; the message says what it is instead where that shows.
    """
    return parse(load(path), str(path))


def parse(content: bytes, name: str = "The file") -> Model:
    """Reads the bytes of a .tflite file.

    Args:
        content: the whole file.
        name: what to call it in messages.

    Raises:
        ModelFileError: these bytes are no .tflite file, or a damaged one.
    """
    if content[4:8] != IDENTIFIER:
        what = next((what for start, what in OTHER_FORMATS if content.startswith(start)), "something else")
        raise ModelFileError(f"{name} is no .tflite file (one has {IDENTIFIER.decode()} at byte 4): it is {what}.")
    try:
        root = Bytes(content).root()
        buffers = [buffer(table) for table in root.tables(4)]
        names = [operator_name(table) for table in root.tables(1)]
        subgraphs = tuple(subgraph(table, names, buffers) for table in root.tables(2))
        if not subgraphs:
            raise Damaged("it has no graph.")
        named = {table.text(0): pick(buffers, table.number(1, "I"), "metadata buffer") for table in root.tables(6)}
        return Model(
            subgraphs=subgraphs,
            description=root.text(3),
            metadata={key: data for key, data in named.items() if data is not None},
            content=content,
        )
    except Damaged as error:
        raise ModelFileError(f"{name} is a damaged .tflite file: {error} Download or export it again.") from None


def pick(items: list[Item], index: int, what: str) -> Item:
    """The item at an index that a file states."""
    if not 0 <= index < len(items):
        raise Damaged(f"it refers to {what} {index:,} of {len(items):,}.")
    return items[index]


def buffer(table: Table) -> memoryview | None:
    """A buffer's bytes, None when it has none. Large files keep them behind the FlatBuffer, by offset and size."""
    start, size = table.number(1, "Q"), table.number(2, "Q")
    if start > 1:  # 1 is what a writer leaves as a placeholder
        view = table.data.view
        if start + size > len(view):
            raise Damaged(f"a buffer of {size:,} bytes at byte {start:,} runs over its end.")
        return view[start : start + size]
    return table.content(0) or None


def subgraph(table: Table, names: list[str], buffers: list[memoryview | None]) -> Subgraph:
    """One graph, every index in it checked."""
    tensors = tuple(tensor(item, buffers) for item in table.tables(0))
    operators = tuple(operator(item, names, len(tensors)) for item in table.tables(3))
    inputs, outputs = table.numbers(1, "i"), table.numbers(2, "i")
    check_indices((*inputs, *outputs), len(tensors), least=0)
    return Subgraph(tensors, operators, inputs, outputs)


def tensor(table: Table, buffers: list[memoryview | None]) -> Tensor:
    """One tensor with its constant, if it is one."""
    number = table.number(1, "b")
    return Tensor(
        name=table.text(3),
        shape=table.numbers(0, "i"),
        dtype=DTYPES[number] if 0 <= number < len(DTYPES) else f"type{number}",
        quantization=quantization(table.table(4)),
        data=pick(buffers, table.number(2, "I"), "buffer"),
        sparse=table.at(6) is not None,
    )


def quantization(table: Table | None) -> Quantization | None:
    """Scales and zero points, None where the tensor is not quantized (an observed minimum and maximum may be there alone)."""
    scales = table.numbers(2, "f") if table else ()
    if not table or not scales:
        return None
    zero_points = table.numbers(3, "q") or (0,) * len(scales)
    if len(zero_points) != len(scales):
        raise Damaged(f"a tensor has {len(scales)} scales and {len(zero_points)} zero points.")
    return Quantization(tuple(float(scale) for scale in scales), zero_points, table.number(6, "i"))


def operator(table: Table, names: list[str], tensors: int) -> Operator:
    """One operator with its options."""
    name = pick(names, table.number(0, "I"), "operator code")
    inputs, outputs = table.numbers(1, "i"), table.numbers(2, "i")
    check_indices((*inputs, *outputs), tensors, least=-1)
    return Operator(name, inputs, outputs, options(name, table.table(4)))


def check_indices(indices: tuple[int, ...], tensors: int, least: int) -> None:
    """Every index is that of a tensor; -1 stands for an optional one."""
    for index in indices:
        if not least <= index < tensors:
            raise Damaged(f"it refers to tensor {index:,} of {tensors:,}.")
