"""Sizes held against what FlatBuffers' own builder writes."""

from __future__ import annotations

import random

import flatbuffers
import pytest

from builder.flash.layout import Layout, Unknown


def write_both(seed: int, lengths: list[int], *, wide: bool) -> tuple[int, int]:
    """Random strings, vectors and tables, written by the real builder and counted: the two sizes.

    The vectors in `lengths` are unknown to the layout when it counts.
    """
    draw = random.Random(seed)
    real, layout = flatbuffers.Builder(0), Layout()
    at = 0
    for number, length in enumerate(lengths):
        text = "x" * draw.randint(0, 9)
        at = real.CreateString(text)
        layout.text(len(text))
        size = draw.choice((1, 2, 4))
        real.StartVector(size, length, size)
        for _ in range(length):
            {1: real.PrependUint8, 2: real.PrependUint16, 4: real.PrependUint32}[size](1)
        real.EndVector()
        layout.vector(Unknown(number), size)
        if wide:
            real.StartVector(8, length, 8)
            for _ in range(length):
                real.PrependUint64(1)
            real.EndVector()
            layout.vector(Unknown(number), 8)
        fields = tuple((slot, draw.choice((1, 4))) for slot in sorted(draw.sample(range(6), draw.randint(0, 4))))
        real.StartObject(6)
        for slot, field_bytes in fields:
            (real.PrependUint8Slot if field_bytes == 1 else real.PrependUint32Slot)(slot, 7, 0)
        at = real.EndObject()
        layout.table(fields)
    real.Finish(at, b"TFL3")
    return layout.finish().bytes(lengths), len(real.Output())


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_the_size_is_that_of_the_real_builder(seed: int, wide: bool) -> None:
    draw = random.Random(seed)
    lengths = [draw.randint(0, 13) for _ in range(12)]

    counted, real = write_both(seed, lengths, wide=wide)

    assert counted == real


def test_one_layout_serves_all_lengths() -> None:
    layout = Layout()
    layout.vector(Unknown(0), 1)
    size = layout.finish()

    # Length, identifier and reference to the root: 4 bytes each.
    assert [size.bytes([length]) for length in (0, 1, 4, 5)] == [12, 16, 16, 20]


def test_equal_vtables_are_counted_once() -> None:
    layout = Layout()
    layout.table(((0, 4),))
    once = layout.length
    layout.table(((1, 4),))
    other = layout.length
    layout.vector(0, 4)  # the position is a multiple of 4 again
    layout.table(((0, 4),))

    assert once == 8 + 6  # reference to the vtable, field; the vtable: its size, the table's size, the field's offset
    assert other - once == 8 + 2 + 8  # padded to 4, and a vtable with two offsets
    assert layout.length - other - 4 == 8
