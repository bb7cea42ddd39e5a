"""How many bytes a FlatBuffer takes, without writing one: its builder, replayed with a counter for a buffer.

A builder writes from the end of the file to its start, children before the tables that refer to them. Every value is aligned
to its own size, counted from the end. A table is a reference to its vtable, then its fields; equal vtables are written once
(flatbuffers.dev/internals; the C++ and the Python builder agree).

Vectors may have a length that is not known yet. All else is then counted once for all such files: whatever is aligned to 4
bytes does not depend on them, and a vector of 8-byte values leaves the position at 4 modulo 8, however long it is. So the
file is a sum of parts, each from one such vector to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

REFERENCE = 4  # bytes: an offset, a vector's length, a table's distance to its vtable
IDENTIFIER = 4
WIDE = 8  # bytes of the widest values

Fields = tuple[tuple[int, int], ...]  # (slot, bytes) of the fields that are present, in the order in which they are written
Term = tuple[int, int, int]  # an unknown's number, bytes a value, the position modulo 4


@dataclass(frozen=True, slots=True)
class Unknown:
    """A vector's length that is told later, by its place in a list."""

    number: int


@dataclass(frozen=True, slots=True)
class Part:
    """What lies between two vectors of 8-byte values, the second of which has an unknown length."""

    fixed: int
    terms: tuple[Term, ...]
    wide: int  # the unknown's number


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a FlatBuffer whose unknown lengths are told later."""

    fixed: int
    parts: tuple[Part, ...]
    last: int
    terms: tuple[Term, ...]
    alignment: int

    def bytes(self, counts: Sequence[int] = ()) -> int:
        """The size in bytes, given the unknown lengths."""
        total = self.fixed
        for part in self.parts:
            length = part.fixed
            for number, size, residue in part.terms:
                length += counts[number] * size + residue + 3 & -4
            total += (length + 7 & -8) + WIDE * counts[part.wide]
        length = self.last
        for number, size, residue in self.terms:
            length += counts[number] * size + residue + 3 & -4
        return total + -(-length // self.alignment) * self.alignment


class Layout:
    """Takes what a builder would write, in its order, and gives the `Size`."""

    __slots__ = ("alignment", "fixed", "length", "parts", "terms", "vtables")

    def __init__(self) -> None:
        self.alignment = REFERENCE
        self.vtables: set[tuple[int, ...]] = set()
        self.fixed = 0  # parts that have ended and hold no unknown, and the vectors of 8-byte values
        self.parts: list[Part] = []
        self.length = 0  # of the part under way, the values of unknown vectors left out: multiples of 4
        self.terms: list[Term] = []

    def vector(self, count: int | Unknown, size: int) -> None:
        """A vector of `count` values of 1, 2, 4 or 8 bytes."""
        if size == WIDE:
            self.wide_vector(count)
        elif isinstance(count, Unknown):
            residue = self.length % REFERENCE
            self.terms.append((count.number, size, residue))
            self.length += REFERENCE - residue
        else:
            self.length = (self.length + count * size + 3 & -4) + REFERENCE

    def wide_vector(self, count: int | Unknown) -> None:
        """A vector of 8-byte values: it ends the part under way."""
        self.alignment = WIDE
        if isinstance(count, Unknown):
            self.parts.append(Part(self.length, tuple(self.terms), count.number))
        elif self.terms:
            raise ValueError("A vector of 8-byte values behind unknown ones must be unknown itself.")
        else:
            self.fixed += (self.length + 7 & -8) + WIDE * count
        self.length, self.terms = REFERENCE, []

    def text(self, length: int) -> None:
        """A string of so many bytes, a zero behind it."""
        self.vector(length + 1, 1)

    def table(self, fields: Fields) -> None:
        """A table, and its vtable unless an equal one is there. Fields are at most 4 bytes wide."""
        size, vtable = table(fields, self.length % REFERENCE)
        self.length += size
        if vtable not in self.vtables:
            self.vtables.add(vtable)
            self.length += 2 * len(vtable)

    def finish(self) -> Size:
        """The identifier, and the reference to the root."""
        last = self.length + IDENTIFIER + REFERENCE
        return Size(self.fixed, tuple(self.parts), last, tuple(self.terms), self.alignment)


@lru_cache(maxsize=1024)
def table(fields: Fields, start: int) -> tuple[int, tuple[int, ...]]:
    """Bytes of a table without its vtable, and the vtable: its own size, the table's size, where each field lies (0: absent).

    Args:
        fields: what is written.
        start: bytes behind the table, modulo 4: its end is padded as its first field needs.
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
