"""What goes into a zip: a name, and its bytes in blocks, so that little of a large file is in memory at any time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a zip; `blocks` gives its bytes anew at each call, always the same ones."""

    name: str
    blocks: Callable[[], Iterator[bytes]]

    def checksum(self) -> tuple[int, int]:
        """Bytes and their CRC-32."""
        size = crc = 0
        for block in self.blocks():
            size, crc = size + len(block), zlib.crc32(block, crc)
        return size, crc


def of_file(name: str, path: Path) -> Entry:
    """A file of the disk under a name of its own."""

    def blocks() -> Iterator[bytes]:
        with path.open("rb") as file:
            while block := file.read(READ_BYTES):
                yield block

    return Entry(name, blocks)


def of_text(name: str, text: str) -> Entry:
    """A text as UTF-8; what cannot be told in it is shown by its number."""
    content = text.encode("utf-8", "backslashreplace")
    return Entry(name, lambda: iter((content,)))


def of_bytes(name: str, content: bytes) -> Entry:
    """Bytes that are in memory already."""
    return Entry(name, lambda: iter((content,)))
