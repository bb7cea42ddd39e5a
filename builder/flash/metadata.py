"""The bytes that metadata adds: a new head in front of the converter's file, and class names in a zip behind it.

The head is what `export.embed` writes: a root table, longer lists of buffers and metadata, and the description of the model,
a FlatBuffer of its own whose tables are those of `export.metadata_portable`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from builder.architecture import Network
from builder.export.labels import to_text
from builder.flash.layout import Layout

ROOT_AND_TABLE = 64  # header, vtable and table of the new root
ENTRY = 8 + 12 + 4 + len("TFLITE_METADATA") + 1
VTABLE, TABLE = 6, 8  # of the new buffer
ALIGNMENT = 16

# A zip of one stored file: local header, entry of the directory, end of the directory; the name twice.
ZIP = 30 + 46 + 22 + 2 * len("labels.txt")

IMAGE_TEXTS = (len("image"), len("Photo to classify."))
SCORES_TEXTS = (len("probability"), len("Probability of each class, in the order of the labels."))
LABELS_TEXTS = (len("labels.txt"), len("Labels for categories that the model can recognize."))
PARSER_VERSION = len("1.0.0")
HASH_MARK = len("+config.")

# Slots of the description's root table.
SUBGRAPHS, PARSER_SLOT = 3, 7


@dataclass(frozen=True, slots=True)
class Texts:
    """What a file says about itself; by default of the lengths that a build writes when it is given no names.

    A build's name is `mobilenet-` and its id, its hash the id; `description` None is the one that a build writes.
    """

    name: str = "mobilenet-0123456789"
    description: str | None = None
    author: str = ""
    license: str = ""
    version: str = "1"
    config_hash: str = "0123456789"


def description_length(network: Network, texts: Texts) -> int:
    """Bytes of the description, of the one that a build writes where none is given."""
    if texts.description is not None:
        return encoded(texts.description)
    return len(f"MobileNet v1, alpha {network.alpha:g}, {network.resolution} px, {network.classes} classes.")


@lru_cache(maxsize=4096)
def head_bytes(texts: Texts, description: int, has_ranges: bool, buffers: int, entries: int) -> int:
    """What is written in front of a file that lists so many buffers and entries of metadata.

    Args:
        texts: what the file says about itself.
        description: bytes of the description.
        has_ranges: whether input and output are float32 or uint8, for which the description has ranges of values.
        buffers: how many the file lists.
        entries: how many the file lists.
    """
    content = description_bytes(texts, description, has_ranges)
    lists = ROOT_AND_TABLE + 4 + 4 * (buffers + 1) + 4 + 4 * (entries + 1)
    table_end = lists + -(-ENTRY // 4) * 4 + VTABLE + TABLE
    start = -(-(table_end + 4) // ALIGNMENT) * ALIGNMENT
    return start + -(-content // ALIGNMENT) * ALIGNMENT


def encoded(text: str) -> int:
    """Bytes of a text, its end left out."""
    return len(text.encode("utf-8", "replace"))


def description_bytes(texts: Texts, description: int, has_ranges: bool) -> int:
    """The model's description, a table after the texts, tables and vectors that it refers to; int8 tensors have no range."""
    layout = Layout()
    version = encoded(texts.version) + (HASH_MARK + encoded(texts.config_hash) if texts.config_hash else 0)
    # Slots as (number, bytes), present where there is a text.
    fields = [(0, encoded(texts.name)), (1, description), (2, version), (4, encoded(texts.author)), (5, encoded(texts.license))]
    present = [(slot, length) for slot, length in fields if length]
    for slot, length in present:
        if slot < SUBGRAPHS:
            layout.text(length)
    image(layout, has_ranges)
    scores(layout, has_ranges)
    layout.table(((2, 4), (3, 4)))
    layout.vector(1, 4)
    for slot, length in present:
        if slot > SUBGRAPHS:
            layout.text(length)
    layout.text(PARSER_VERSION)
    layout.table(tuple((slot, 4) for slot in sorted([SUBGRAPHS, PARSER_SLOT, *(slot for slot, _ in present)])))
    return layout.finish().bytes()


def image(layout: Layout, has_range: bool) -> None:
    """The input: texts, colour space, normalization, range."""
    for length in IMAGE_TEXTS:
        layout.text(length)
    layout.table(((0, 1),))  # colour space
    layout.table(((0, 1), (1, 4)))
    layout.vector(1, 4)  # mean
    layout.vector(1, 4)  # standard deviation
    layout.table(((0, 4), (1, 4)))
    layout.table(((0, 1), (1, 4)))
    layout.vector(1, 4)
    stats(layout, has_range)
    layout.table(((0, 4), (1, 4), (3, 4), (4, 4), (5, 4)))
    layout.vector(1, 4)


def scores(layout: Layout, has_range: bool) -> None:
    """The output: texts, "these are features", range, the file with class names."""
    for length in SCORES_TEXTS:
        layout.text(length)
    layout.table(())
    layout.table(((0, 1), (1, 4)))
    stats(layout, has_range)
    for length in LABELS_TEXTS:
        layout.text(length)
    layout.table(((0, 4), (1, 4), (2, 1)))
    layout.vector(1, 4)
    layout.table(((0, 4), (1, 4), (3, 4), (5, 4), (6, 4)))
    layout.vector(1, 4)


def stats(layout: Layout, has_range: bool) -> None:
    """Greatest and least value, two vectors of one; an empty table where there is no range."""
    for _ in range(2 * has_range):
        layout.vector(1, 4)
    layout.table(((0, 4), (1, 4)) if has_range else ())


def label_bytes(labels: Iterable[str] | None, classes: int) -> int:
    """The zip with labels.txt; without labels, that of the numbers from 0."""
    return ZIP + (len(to_text(labels).encode()) if labels is not None else number_bytes(classes))


@lru_cache(maxsize=1024)
def number_bytes(classes: int) -> int:
    """The text of the numbers below `classes`, one a line: two bytes each, one more for each that has reached 10, 100, ..."""
    return 2 * classes + sum(classes - int("1" + "0" * digits) for digits in range(1, len(str(classes))))
