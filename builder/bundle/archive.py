"""The zip itself: the same entries are the same bytes, and it is written whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from builder.bundle.entries import Entry
from builder.whole_files import whole_file

Answer = TypeVar("Answer")

STORED = (".tflite",)  # weights hardly shrink, and a stored file can be compared byte for byte inside the zip
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same files are the same zip
READABLE = 0o100644 << 16  # a plain file, read by all


def is_current(path: Path, entries: Sequence[Entry]) -> bool:
    """Whether a zip holds just these entries, by size and checksum."""
    try:
        with zipfile.ZipFile(path) as packed:
            held = {info.filename: (info.file_size, info.CRC) for info in packed.infolist()}
        return held.keys() == {entry.name for entry in entries} and all(held[each.name] == each.checksum() for each in entries)
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        return False


def write(path: Path, entries: Sequence[Entry], check: Callable[[Path], Answer]) -> Answer:
    """Writes a zip, has it checked under its temporary name, and only then gives it its own.

    Args:
        path: its place.
        entries: what it holds, in this order.
        check: opens the zip; an error from it leaves what was at `path` before.

    Returns:
        What `check` found.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    with whole_file(path) as file:
        with zipfile.ZipFile(file, "w") as packed:
            for entry in entries:
                add(packed, entry)
        file.flush()
        return check(Path(file.name))


def add(packed: zipfile.ZipFile, entry: Entry) -> None:
    """One entry, its bytes as they come."""
    info = zipfile.ZipInfo(entry.name, EPOCH)
    info.compress_type = zipfile.ZIP_STORED if entry.name.endswith(STORED) else zipfile.ZIP_DEFLATED
    info.external_attr = READABLE
    with packed.open(info, "w", force_zip64=False) as target:
        for block in entry.blocks():
            target.write(block)
