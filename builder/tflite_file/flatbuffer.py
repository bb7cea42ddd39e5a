"""Reads FlatBuffers tables from untrusted bytes: every access is checked, and the work is bounded by the size of the file.

Generated readers trust the offsets that they find. A small file can then point a million vectors at the same bytes, or a table
at itself. Here every value that is read is paid for from an allowance, so no file costs more than its size deserves.

The layout is that of flatbuffers.dev/internals: a table starts with the signed distance to its vtable; the vtable is two
uint16 sizes followed by one uint16 offset a field, 0 where the field is absent.
"""

from __future__ import annotations

import struct

from builder.errors import ModelFileError

# Values that may be read for each byte of the file, and a floor for small ones. An honest .tflite needs less than one: several
# tables may share one vector, as files do whose equal constants were merged.
VALUES_PER_BYTE = 8
VALUES_MIN = 1_000_000

SIZES = {"b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}


class Damaged(ModelFileError):
    """Bytes that cannot be the FlatBuffer that they claim to be."""


class Bytes:
    """The bytes of a file, and what may still be read of them."""

    __slots__ = ("allowance", "view")

    def __init__(self, content: bytes | memoryview) -> None:
        self.view = memoryview(content).cast("B")
        self.allowance = max(VALUES_MIN, VALUES_PER_BYTE * len(self.view))

    def pay(self, values: int) -> None:
        """Takes from the allowance."""
        self.allowance -= values
        if self.allowance < 0:
            raise Damaged("its tables refer to the same bytes over and over.")

    def number(self, kind: str, position: int) -> int:
        """One number of a `struct` kind."""
        if position < 0 or position + SIZES[kind] > len(self.view):
            raise Damaged(f"a value lies at byte {position:,}, outside of its {len(self.view):,} bytes.")
        value: int = struct.unpack_from("<" + kind, self.view, position)[0]
        return value

    def vector(self, position: int, size: int) -> tuple[int, int]:
        """Start and length of the vector at a position, of values of `size` bytes."""
        length = self.number("I", position)
        if position + 4 + length * size > len(self.view):
            raise Damaged(f"a vector of {length:,} values at byte {position:,} runs over its end.")
        return position + 4, length

    def root(self) -> Table:
        """The table that the file starts with."""
        return Table(self, self.number("I", 0))


class Table:
    """One table; fields are asked for by number, in the order in which the schema declares them."""

    __slots__ = ("data", "fields", "position", "vtable")

    def __init__(self, data: Bytes, position: int) -> None:
        data.pay(4)
        self.data = data
        self.position = position
        self.vtable = position - data.number("i", position)
        self.fields = data.number("H", self.vtable) // 2 - 2

    def at(self, field: int) -> int | None:
        """Where a field's value lies, or None when it is left out."""
        if field >= self.fields:
            return None
        offset = self.data.number("H", self.vtable + 4 + 2 * field)
        return self.position + offset if offset else None

    def target(self, field: int) -> int | None:
        """Where a field's table, vector or text lies, or None when it is left out."""
        position = self.at(field)
        return None if position is None else position + self.data.number("I", position)

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """A number, or the schema's default when it is left out."""
        position = self.at(field)
        return default if position is None else self.data.number(kind, position)

    def table(self, field: int) -> Table | None:
        """A table inside this one."""
        position = self.target(field)
        return None if position is None else Table(self.data, position)

    def tables(self, field: int) -> list[Table]:
        """A vector of tables."""
        position = self.target(field)
        if position is None:
            return []
        start, length = self.data.vector(position, 4)
        self.data.pay(length)
        places = range(start, start + 4 * length, 4)
        return [Table(self.data, place + self.data.number("I", place)) for place in places]

    def numbers(self, field: int, kind: str) -> tuple[int, ...]:
        """A vector of numbers."""
        position = self.target(field)
        if position is None:
            return ()
        start, length = self.data.vector(position, SIZES[kind])
        self.data.pay(length)
        return struct.unpack_from(f"<{length}{kind}", self.data.view, start)

    def content(self, field: int) -> memoryview | None:
        """A vector of bytes, not copied."""
        position = self.target(field)
        if position is None:
            return None
        start, length = self.data.vector(position, 1)
        return self.data.view[start : start + length]

    def text(self, field: int) -> str:
        """A text, empty when it is left out. Bytes that are no UTF-8 are replaced, as names are for people only."""
        view = self.content(field)
        if view is None:
            return ""
        self.data.pay(len(view))
        return bytes(view).decode("utf-8", "replace")
