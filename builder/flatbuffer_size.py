"""How many bytes a FlatBuffer takes, without writing one: its builder, replayed with a counter for a buffer.

A builder writes from the end of the file to its start, children before the tables that refer to them. Every value is aligned
to its own size, counted from the end. A table is a reference to its vtable, then its fields; equal vtables are written once.
See flatbuffers.dev/internals; C++ and Python builders agree.
"""

from __future__ import annotations

from functools import lru_cache

REFERENCE = 4  # bytes: an offset, a vector's length, a table's distance to its vtable
IDENTIFIER = 4

Fields = tuple[tuple[int, int], ...]  # (slot, bytes) of the fields that are present, in the order in which they are written


class Layout:
    """Counts what a builder would write; `position` is the number of bytes so far, from the end of the file."""

    __slots__ = ("alignment", "position", "vtables")

    def __init__(self) -> None:
        self.alignment = REFERENCE
        self.position = 0
        self.vtables: set[tuple[int, ...]] = set()

    def vector(self, count: int, size: int) -> None:
        """A vector of `count` values of `size` bytes."""
        if size > REFERENCE:
            self.alignment = max(self.alignment, size)
            self.position = -(-(self.position + count * size) // size) * size + REFERENCE
        else:
            self.position = (self.position + count * size + 3 & -4) + REFERENCE

    def text(self, length: int) -> None:
        """A string of so many bytes, a zero behind it."""
        self.position = (self.position + length + 4 & -4) + REFERENCE

    def table(self, fields: Fields) -> None:
        """A table, and its vtable unless an equal one is there. Fields are at most 4 bytes wide."""
        size, vtable = table(fields, self.position % REFERENCE)
        self.position += size
        if vtable not in self.vtables:
            self.vtables.add(vtable)
            self.position += 2 * len(vtable)

    def finish(self) -> int:
        """The reference to the root and the file's identifier; returns the size of the file."""
        size = self.position + REFERENCE + IDENTIFIER
        return -(-size // self.alignment) * self.alignment


@lru_cache(maxsize=1024)
def table(fields: Fields, start: int) -> tuple[int, tuple[int, ...]]:
    """Bytes of a table without its vtable, and the vtable: its own size, the table's size, where each field lies (0: absent).

    Args:
        fields: what is written.
        start: bytes behind the table, modulo 4: the table's end is padded by what its first field needs.
    """
    position = start
    ends = {}
    for slot, size in fields:
        position = -(-(position + size) // size) * size
        ends[slot] = position
    position = -(-position // REFERENCE) * REFERENCE + REFERENCE
    slots = max(ends, default=-1) + 1
    offsets = (position - ends[slot] if slot in ends else 0 for slot in range(slots))
    return position - start, (4 + 2 * slots, position - start, *offsets)
