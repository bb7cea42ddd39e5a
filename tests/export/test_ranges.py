"""Measured ranges are left alone, but for the input's and those without width."""

from __future__ import annotations

import struct

import pytest

from builder.export.ranges import WIDTH_MIN, corrected
from builder.tflite_file.flatbuffer import Bytes

from .conftest import Exported

Ranges = list[tuple[float, float] | None]


def ranges(calibrated: bytes) -> Ranges:
    """Minimum and maximum of each tensor of the graph."""
    found: Ranges = []
    for tensor in Bytes(calibrated).root().tables(2)[0].tables(0):
        measured = tensor.table(4)
        low, high = (measured.numbers(0, "f"), measured.numbers(1, "f")) if measured else ((), ())
        found.append((low[0], high[0]) if low else None)
    return found


@pytest.fixture(scope="module")
def calibrated(exported: Exported) -> bytes:
    from builder.export.convert import calibrate
    from builder.export.freeze import freeze

    return calibrate(freeze(exported.model), exported.photos)


def test_the_input_spans_all_pixels_although_the_photos_do_not(exported: Exported, calibrated: bytes) -> None:
    assert exported.photos.min() > 0
    assert exported.photos.max() < 255
    assert ranges(calibrated)[0] == (-1.0, 1.0)


def test_measured_ranges_stay(calibrated: bytes) -> None:
    assert ranges(corrected(calibrated)) == ranges(calibrated)
    assert sum(measured is not None for measured in ranges(calibrated)) == 1 + 1 + 2 * 13 + 1 + 1 + 1 + 1  # input to softmax


def test_a_range_without_width_is_widened(calibrated: bytes) -> None:
    before = ranges(calibrated)
    place = next(number for number, measured in enumerate(before) if measured and number and measured[1] > 0.5)
    low, high = before[place] or (0.0, 0.0)
    packed = struct.pack("<f", high)
    assert calibrated.count(packed) == 1
    dead = calibrated.replace(packed, struct.pack("<f", low))

    after = ranges(corrected(dead))

    assert after[place] == (low, low + WIDTH_MIN)
    assert after[:place] == before[:place]
