"""The bytes that metadata adds: a new head in front of the converter's file, and class names in a zip behind it.

The head is what `export.embed` writes: a root table, longer lists of buffers and metadata, and the description of the model,
a FlatBuffer of its own whose tables are those of `export.metadata_portable`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache

from builder.architecture import Network
from builder.export.labels import to_text
from builder.flash.layout import Fields, Layout

ROOT_AND_TABLE = 64  # header, vtable and table of the new root
ENTRY = 8 + 12 + 4 + len("TFLITE_METADATA") + 1
VTABLE, TABLE = 6, 8  # of the new buffer
ALIGNMENT = 16

# A zip of one stored file: local header, entry of the directory, end of the directory; the name twice.
ZIP = 30 + 46 + 22 + 2 * len("labels.txt")

TENSOR_TEXTS = {
    "image": (len("image"), len("Photo to classify.")),
    "scores": (len("probability"), len("Probability of each class, in the order of the labels.")),
    "labels": (len("labels.txt"), len("Labels for categories that the model can recognize.")),
}
PARSER_VERSION = len("1.0.0")
HASH_MARK = len("+config.")


@dataclass(frozen=True, slots=True)
class Texts:
    """What a file says about itself; by default of the lengths that a build writes when it is given no names.

    A build's name is its title or its folder's name, its hash the build's id; `description` None is the one that a build writes.
    """

    name: str = "mobilenet-0123456789ab"
    description: str | None = None
    author: str = ""
    license: str = ""
    version: str = "1"
    config_hash: str = "0123456789ab"


def described(network: Network) -> str:
    """The description that a build writes."""
    return f"MobileNet v1, alpha {network.alpha:g}, {network.resolution} px, {network.classes} classes."


def head_bytes(network: Network, texts: Texts, variant: str, buffers: int, entries: int) -> int:
    """What is written in front of a file that lists so many buffers and entries of metadata."""
    filled = astuple(texts)
    name, description, author, license_, version, config_hash = (len((text or "").encode("utf-8", "replace")) for text in filled)
    if texts.description is None:
        description = len(described(network))
    marked = version + HASH_MARK + config_hash if config_hash else version
    content = description_bytes((name, description, marked, author, license_), variant != "int8_micro")
    lists = ROOT_AND_TABLE + 4 + 4 * (buffers + 1) + 4 + 4 * (entries + 1)
    table_end = lists + -(-ENTRY // 4) * 4 + VTABLE + TABLE
    start = -(-(table_end + 4) // ALIGNMENT) * ALIGNMENT
    return start + -(-content // ALIGNMENT) * ALIGNMENT


@lru_cache(maxsize=256)
def description_bytes(texts: tuple[int, ...], has_ranges: bool) -> int:
    """The model's description; int8 tensors have no range of values in it."""
    layout = Layout()

    def add(texts: Iterable[int], parts: Fields) -> None:
        for length in texts:
            layout.text(length)
        layout.table(parts)

    def stats() -> None:
        if has_ranges:
            layout.vector(1, 4)
            layout.vector(1, 4)
        layout.table(((0, 4), (1, 4)) if has_ranges else ())

    # Slots as (number, bytes); a table comes after the texts, tables and vectors that it refers to, in the order of its slots.
    for length in texts[:3]:
        if length:
            layout.text(length)
    add(TENSOR_TEXTS["image"], ((0, 1),))  # the image's texts; its colour space
    layout.table(((0, 1), (1, 4)))
    layout.vector(1, 4)  # mean
    layout.vector(1, 4)  # standard deviation
    layout.table(((0, 4), (1, 4)))
    layout.table(((0, 1), (1, 4)))
    layout.vector(1, 4)
    stats()
    layout.table(((0, 4), (1, 4), (3, 4), (4, 4), (5, 4)))
    layout.vector(1, 4)
    add(TENSOR_TEXTS["scores"], ())
    layout.table(((0, 1), (1, 4)))
    stats()
    add(TENSOR_TEXTS["labels"], ((0, 4), (1, 4), (2, 1)))
    layout.vector(1, 4)
    layout.table(((0, 4), (1, 4), (3, 4), (5, 4), (6, 4)))
    layout.vector(1, 4)
    layout.table(((2, 4), (3, 4)))
    layout.vector(1, 4)
    for length in texts[3:]:
        if length:
            layout.text(length)
    layout.text(PARSER_VERSION)
    present = [slot for slot, length in zip((0, 1, 2, 4, 5), texts, strict=True) if length]
    layout.table(tuple((slot, 4) for slot in sorted([*present, 3, 7])))
    return layout.finish().bytes()


def label_bytes(labels: Iterable[str] | None, classes: int) -> int:
    """The zip with labels.txt; without labels, that of the numbers from 0."""
    return ZIP + (len(to_text(labels).encode()) if labels is not None else number_bytes(classes))


@lru_cache(maxsize=1024)
def number_bytes(classes: int) -> int:
    """The text of the numbers below `classes`, one a line: two bytes each, one more for each that has reached 10, 100, ..."""
    return 2 * classes + sum(max(0, classes - 10**digits) for digits in range(1, len(str(classes))))
