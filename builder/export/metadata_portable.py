"""A model's description without tflite-support, which has wheels for Linux on x86-64 and Python <= 3.11 only.

The same bytes, built with the package `flatbuffers` alone (TensorFlow brings it). Field numbers, types and enum values are
those of tflite-support's metadata_schema.fbs, version 1.5.0; a test holds the output equal to the library's, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flatbuffers

from builder.export import metadata as md

IDENTIFIER = b"M001"
PARSER_VERSION_MIN = "1.0.0"  # all that is used here was in the schema's first version

# enum AssociatedFileType, ColorSpaceType, and the unions ContentProperties and ProcessUnitOptions
TENSOR_AXIS_LABELS = 2
RGB, GRAYSCALE = 1, 2
FEATURE_PROPERTIES, IMAGE_PROPERTIES = 1, 2
NORMALIZATION_OPTIONS = 1

# The least and the greatest value of a tensor; the library leaves them out for int8.
PIXEL_RANGE: dict[str, tuple[float, float]] = {"float32": (-1.0, 1.0), "uint8": (0.0, 255.0)}
SCORE_RANGE: dict[str, tuple[float, float]] = {"float32": (0.0, 1.0), "uint8": (0.0, 255.0)}


@dataclass(frozen=True, slots=True)
class Byte:
    """A scalar of one byte: an enum or a union's type."""

    value: int


@dataclass(frozen=True, slots=True)
class Node:
    """A table to be: its fields by slot, of which empty strings and None are left out."""

    fields: dict[int, Field]


Field = Byte | Node | str | Sequence[float] | Sequence[Node] | None


def pack(described: md.Described) -> bytes:
    """The description as a FlatBuffer, identifier M001."""
    metadata = described.metadata
    mean, std = described.mean, described.std
    normalization = Node({0: Byte(NORMALIZATION_OPTIONS), 1: Node({0: [mean], 1: [std]})})
    color = Node({0: Byte(GRAYSCALE if described.is_grayscale else RGB)})
    image = Node(
        {
            0: md.INPUT_NAME,
            1: md.INPUT_DESCRIPTION,
            3: Node({0: Byte(IMAGE_PROPERTIES), 1: color}),
            4: [normalization],
            5: stats(PIXEL_RANGE.get(described.input_dtype)),
        }
    )
    labels = Node({0: md.LABELS_FILE, 1: md.LABELS_DESCRIPTION, 2: Byte(TENSOR_AXIS_LABELS)})
    scores = Node(
        {
            0: md.OUTPUT_NAME,
            1: md.OUTPUT_DESCRIPTION,
            3: Node({0: Byte(FEATURE_PROPERTIES), 1: Node({})}),
            5: stats(SCORE_RANGE.get(described.output_dtype)),
            6: [labels],
        }
    )
    model = Node(
        {
            0: metadata.name,
            1: metadata.description,
            2: metadata.marked_version,
            3: [Node({2: [image], 3: [scores]})],
            4: metadata.author,
            5: metadata.license,
            7: PARSER_VERSION_MIN,
        }
    )
    builder = flatbuffers.Builder(0)
    builder.Finish(add(builder, model), IDENTIFIER)
    return bytes(builder.Output())


def stats(span: tuple[float, float] | None) -> Node:
    """`table Stats` {max, min}; empty where no range is given."""
    return Node({0: [span[1]], 1: [span[0]]} if span else {})


def add(builder: flatbuffers.Builder, node: Node) -> int:
    """Adds a table after everything it refers to, in the order of the slots; returns where it lies."""
    present = {slot: value for slot, value in node.fields.items() if value not in ("", None)}
    references = {slot: refer(builder, value) for slot, value in present.items() if not isinstance(value, Byte)}
    builder.StartObject(max(present, default=-1) + 1)
    for slot, value in present.items():
        if isinstance(value, Byte):
            builder.PrependUint8Slot(slot, value.value, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, references[slot], 0)
    return int(builder.EndObject())


def refer(builder: flatbuffers.Builder, value: Field) -> int:
    """Adds what a field refers to: a string, a table, or a vector of floats or tables."""
    if isinstance(value, str):
        return int(builder.CreateString(value))
    if isinstance(value, Node):
        return add(builder, value)
    assert isinstance(value, Sequence)
    added = [add(builder, each) if isinstance(each, Node) else each for each in value]
    builder.StartVector(4, len(added), 4)
    for each in reversed(added):
        if isinstance(each, float):
            builder.PrependFloat32(each)
        else:
            builder.PrependUOffsetTRelative(each)
    return int(builder.EndVector())
