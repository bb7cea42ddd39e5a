"""Puts a named buffer into a .tflite model, without unpacking the model."""

from __future__ import annotations

import struct

from builder.errors import ModelFileError
from builder.tflite_file import parse
from builder.tflite_file.flatbuffer import Bytes, Table

IDENTIFIER = b"TFL3"
ALIGNMENT = 16  # bytes; `Buffer.data` is declared force_align: 16

# Fields of `table Model`: version, operator_codes, subgraphs, description, buffers, metadata_buffer, metadata, signature_defs.
MODEL_FIELDS = 8
VERSION, BUFFERS, METADATA = 0, 4, 6

ROOT_VTABLE_AT = 8
ROOT_AT = ROOT_VTABLE_AT + 4 + 2 * MODEL_FIELDS
HEAD_END = ROOT_AT + 4 + 4 * MODEL_FIELDS


def embed(model: bytes, name: str, data: bytes) -> bytes:
    """Puts a named buffer into a model; the model's own bytes stay as they are, behind a new head.

    References in a FlatBuffer point forward only. A new root table in front, with longer lists of buffers and metadata, can
    therefore take over every table of the old file unmoved: weights keep their alignment, which a round trip through the
    Python classes of the schema loses. The old root (some 500 bytes) is left unused.

    Args:
        model: a .tflite without anything behind its FlatBuffer.
        name: such as "TFLITE_METADATA".
        data: what to store; it starts at a multiple of 16 bytes.

    Returns:
        The model with the buffer, a multiple of 16 bytes longer.

    Raises:
        ModelFileError: the model is no .tflite, of a newer schema, or holds that name already.
    """
    if name in parse(model, "The model").metadata:
        raise ModelFileError(f"This model holds {name} already; write metadata into the converter's output.")
    old = Bytes(model).root()
    buffers = [table.position for table in old.tables(BUFFERS)]
    entries = [table.position for table in old.tables(METADATA)]

    buffers_at = HEAD_END
    entries_at = buffers_at + 4 + 4 * (len(buffers) + 1)
    entry_at = entries_at + 4 + 4 * (len(entries) + 1)
    entry, entry_table_at = metadata_entry(entry_at, name, len(buffers))
    buffer, buffer_table_at = aligned_buffer(entry_at + len(entry), data)
    size = entry_at + len(entry) + len(buffer)
    return b"".join(
        (
            new_root(old, buffers_at, entries_at, size),
            references(buffers_at, [*(size + position for position in buffers), buffer_table_at]),
            references(entries_at, [*(size + position for position in entries), entry_table_at]),
            entry,
            buffer,
            model,
        )
    )


def new_root(old: Table, buffers_at: int, entries_at: int, shift: int) -> bytes:
    """Header and root table; every field but two refers to what the old root refers to, `shift` bytes further back."""
    if any(old.at(field) for field in range(MODEL_FIELDS, old.fields)):
        raise ModelFileError("This model uses fields of a newer TensorFlow Lite schema; metadata cannot be written into it.")
    offsets, values = [], []
    for field in range(MODEL_FIELDS):
        offset = 4 + 4 * field
        at = ROOT_AT + offset
        if field == VERSION:
            value = old.number(VERSION, "I")
        elif field == BUFFERS:
            value = buffers_at - at
        elif field == METADATA:
            value = entries_at - at
        else:
            target = old.target(field)
            value = 0 if target is None else shift + target - at
        offsets.append(offset if value else 0)
        values.append(value)
    vtable = struct.pack(f"<{2 + MODEL_FIELDS}H", 4 + 2 * MODEL_FIELDS, 4 + 4 * MODEL_FIELDS, *offsets)
    table = struct.pack(f"<i{MODEL_FIELDS}I", ROOT_AT - ROOT_VTABLE_AT, *values)
    return struct.pack("<I4s", ROOT_AT, IDENTIFIER) + vtable + table


def references(at: int, positions: list[int]) -> bytes:
    """A vector of references, each relative to its own place; the vector starts at `at`."""
    places = range(at + 4, at + 4 + 4 * len(positions), 4)
    return struct.pack(f"<I{len(positions)}I", len(positions), *(p - place for p, place in zip(positions, places, strict=True)))


def metadata_entry(at: int, name: str, buffer: int) -> tuple[bytes, int]:
    """A `Metadata` table {name, buffer} that starts with its vtable at `at`; its bytes and where the table lies."""
    vtable = struct.pack("<HHHH", 8, 12, 4, 8)
    table = struct.pack("<iII", len(vtable), 8, buffer)  # the name follows the table, 8 bytes after its reference
    encoded = name.encode()
    string = struct.pack("<I", len(encoded)) + encoded + bytes(1)
    return padded(vtable + table + string, 4), at + len(vtable)


def aligned_buffer(at: int, data: bytes) -> tuple[bytes, int]:
    """A `Buffer` table {data} that starts with its vtable at `at`, data aligned; its bytes and where the table lies."""
    vtable = struct.pack("<HHHH", 6, 8, 4, 0)
    table_at = at + len(vtable)
    vector_at = -(-(table_at + 8 + 4) // ALIGNMENT) * ALIGNMENT - 4  # the length, then the aligned data
    table = struct.pack("<iI", len(vtable), vector_at - (table_at + 4))
    gap = bytes(vector_at - (table_at + len(table)))
    body = vtable + table + gap + struct.pack("<I", len(data)) + data
    return body + bytes(-(at + len(body)) % ALIGNMENT), table_at


def padded(content: bytes, alignment: int) -> bytes:
    """Zeros added up to a multiple of the alignment."""
    return content + bytes(-len(content) % alignment)
