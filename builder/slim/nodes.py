"""A FlatBuffer to be written: tables, vectors and texts, how many bytes they take, and the bytes themselves.

Written from front to back, with nothing twice that may be shared: whoever makes the nodes puts the same node into several places.
The file has six sections: head; vtables, each once; tables and lists of them; vectors of values up to 4 bytes wide and texts;
vectors of 8-byte values; data that is aligned to 16 bytes. All references point forward, as FlatBuffers ask
(flatbuffers.dev/internals).

Sizes depend on lengths alone, so a file can be measured before its contents exist: see `Vector.count`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WORD = 4  # bytes of a reference, a vector's length, a table's distance to its vtable
WIDE = 8  # bytes of an int64
DATA_ALIGNMENT = 16  # `Buffer.data` is declared force_align: 16
HEAD = 8  # the root's reference, the identifier
IDENTIFIER = b"TFL3"
SIZES = {"b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8}


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Values of one kind.

    Args:
        kind: as `struct` calls it.
        count: how many; enough to know the size of a file.
        content: their bytes, little-endian; None as long as only sizes are wanted.
        is_data: a constant, aligned to 16 bytes.
    """

    kind: str
    count: int
    content: bytes | memoryview | None = field(default=None, repr=False)
    is_data: bool = False

    @classmethod
    def of(cls, kind: str, values: Sequence[float]) -> Vector:
        """A vector of values."""
        return cls(kind, len(values), struct.pack(f"<{len(values)}{kind}", *values))

    @property
    def bytes(self) -> int:
        """Without its length."""
        return self.count * SIZES[self.kind]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string, in UTF-8."""

    content: bytes

    @property
    def bytes(self) -> int:
        """With the zero behind it, without its length."""
        return len(self.content) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A vector of references to tables."""

    items: tuple[Table, ...]

    @property
    def children(self) -> list[Table]:
        """The tables."""
        return list(self.items)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number in a table: a `struct` kind and the value."""

    kind: str
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table: what is in its fields, by number. A field that is left out has the schema's default."""

    fields: tuple[tuple[int, Scalar | Table | Tables | Vector | Text], ...] = ()

    @property
    def children(self) -> list[Table | Tables | Vector | Text]:
        """What its fields refer to."""
        return [value for _, value in self.fields if not isinstance(value, Scalar)]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table lies in memory: its vtable (as uint16), its bytes, and where each field lies."""

    vtable: tuple[int, ...]
    bytes: int
    offsets: tuple[int, ...]


def shape_of(table: Table) -> Shape:
    """The widest fields first, so that nothing lies between them; then up to a multiple of 4 bytes."""
    widths = [SIZES[value.kind] if isinstance(value, Scalar) else WORD for _, value in table.fields]
    offsets, position = [0] * len(widths), WORD
    for place in sorted(range(len(widths)), key=lambda place: -widths[place]):
        offsets[place] = position
        position += widths[place]
    size = position + 3 & -4
    by_slot = {slot: offset for (slot, _), offset in zip(table.fields, offsets, strict=True)}
    slots = max(by_slot, default=-1) + 1
    return Shape((4 + 2 * slots, size, *(by_slot.get(slot, 0) for slot in range(slots))), size, tuple(offsets))


@dataclass(slots=True)
class Sections:
    """The nodes of a file by section, each once; whatever refers to a table comes before it."""

    tables: list[Table | Tables] = field(default_factory=list)
    words: list[Vector | Text] = field(default_factory=list)
    wide: list[Vector] = field(default_factory=list)
    data: list[Vector] = field(default_factory=list)


def sections(root: Table) -> Sections:
    """Walks through all nodes; one that is shared is met once."""
    found, seen = Sections(), set()
    waiting: list[tuple[Table | Tables | Vector | Text, bool]] = [(root, False)]
    while waiting:
        node, is_left = waiting.pop()
        if is_left:
            assert isinstance(node, (Table, Tables))
            found.tables.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, (Table, Tables)):
                waiting.append((node, True))
                waiting.extend((child, False) for child in reversed(node.children))
            else:
                section_of(found, node).append(node)
    found.tables.reverse()  # a node is left after all that it refers to, so from the last to the first all references point forward
    return found


def section_of(found: Sections, node: Vector | Text) -> list[Any]:
    """Where a node without references belongs."""
    if isinstance(node, Text):
        return found.words
    return found.data if node.is_data else found.wide if SIZES[node.kind] == WIDE else found.words


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything lies, in bytes from the start, nodes by their identity; a vector's place is that of its length."""

    shapes: dict[int, Shape]
    vtables: dict[tuple[int, ...], int]
    nodes: dict[int, int]
    bytes: int


def places(found: Sections) -> Places:
    """Lays the sections out one behind the other."""
    position, vtables, nodes = HEAD, {}, {}
    shapes = {id(table): shape_of(table) for table in found.tables if isinstance(table, Table)}
    for vtable in dict.fromkeys(shape.vtable for shape in shapes.values()):
        vtables[vtable] = position
        position += 2 * len(vtable)
    position = position + 3 & -4
    for node in found.tables:
        nodes[id(node)] = position
        position += shapes[id(node)].bytes if isinstance(node, Table) else WORD + WORD * len(node.items)
    for leaf in found.words:
        nodes[id(leaf)] = position
        position += WORD + leaf.bytes + 3 & -4
    for vector in found.wide:
        position += (WIDE - WORD - position) % WIDE
        nodes[id(vector)] = position
        position += WORD + vector.bytes
    for vector in found.data:
        position += (DATA_ALIGNMENT - WORD - position) % DATA_ALIGNMENT
        nodes[id(vector)] = position
        position += WORD + vector.bytes
    return Places(shapes, vtables, nodes, position + -position % DATA_ALIGNMENT)


def size_bytes(root: Table) -> int:
    """The size of the file, a multiple of 16 bytes."""
    return places(sections(root)).bytes


def front_bytes(root: Table) -> int:
    """The size of the sections in front of the 8-byte values and the data: the part of a file that a count of its nodes decides."""
    found = sections(root)
    found.wide.clear()
    found.data.clear()
    last = max(places(found).nodes.values())
    return last + WORD + found.words[-1].bytes + 3 & -4 if found.words else places(found).bytes


def written(root: Table) -> bytes:
    """The file."""
    found = sections(root)
    where = places(found)
    content = bytearray(where.bytes)
    struct.pack_into("<I4s", content, 0, where.nodes[id(root)], IDENTIFIER)
    for vtable, position in where.vtables.items():
        struct.pack_into(f"<{len(vtable)}H", content, position, *vtable)
    for node in found.tables:
        if isinstance(node, Table):
            put_table(content, node, where)
        else:
            put_references(content, node, where)
    for leaf in (*found.words, *found.wide, *found.data):
        put_vector(content, leaf, where)
    return bytes(content)


def put_table(content: bytearray, table: Table, where: Places) -> None:
    """A table's distance to its vtable, its numbers, its references."""
    start, shape = where.nodes[id(table)], where.shapes[id(table)]
    struct.pack_into("<i", content, start, start - where.vtables[shape.vtable])
    for (_, value), offset in zip(table.fields, shape.offsets, strict=True):
        if isinstance(value, Scalar):
            struct.pack_into(f"<{value.kind}", content, start + offset, value.value)
        else:
            put_reference(content, start + offset, where.nodes[id(value)])


def put_references(content: bytearray, node: Tables, where: Places) -> None:
    """A vector of references."""
    start = where.nodes[id(node)]
    struct.pack_into("<I", content, start, len(node.items))
    for number, item in enumerate(node.items, start=1):
        put_reference(content, start + WORD * number, where.nodes[id(item)])


def put_reference(content: bytearray, place: int, target: int) -> None:
    """The distance from a reference to what it refers to."""
    struct.pack_into("<I", content, place, target - place)


def put_vector(content: bytearray, node: Vector | Text, where: Places) -> None:
    """A vector's length and values; a text's zero is there already."""
    start = where.nodes[id(node)]
    if node.content is None:
        raise ValueError("A vector without contents can be measured, not written.")
    struct.pack_into("<I", content, start, len(node.content) if isinstance(node, Text) else node.count)
    content[start + WORD : start + WORD + len(node.content)] = node.content
