"""Scratch memory of kernel libraries: their formulas, and where it costs nothing."""

from __future__ import annotations

from builder.arena import channels, map_sides
from builder.planner.scratch import cmsis_nn, conv_1x1, conv_3x3, depthwise, esp32_s3, growth, scratch

PERSON_DETECTION = (channels(0.25), (96, *map_sides(96)))


def test_cmsis_nn_with_dsp_keeps_two_columns_of_int16() -> None:
    needs = cmsis_nn("Cortex-M4", 3, channels(0.25))
    assert needs[0] == 2 * (3 * 3 * 3) * 2
    assert needs[1] == 3 * 3 * 8 * 2  # depthwise, 8 channels
    assert needs[2] == 0  # 1 x 1
    assert max(needs) == 3 * 3 * 256 * 2


def test_cmsis_nn_with_helium_works_in_blocks_of_124_channels() -> None:
    needs = cmsis_nn("Cortex-M55", 3, channels(0.25))
    assert needs[0] == 4 * 32  # 27 values, rounded up to 16
    assert set(needs[1::2]) == {4 * 124 * 3 * 3}


def test_cmsis_nn_needs_nothing_without_vectors() -> None:
    assert not any(cmsis_nn("Cortex-M0+", 3, channels(1.0)))


def test_esp_nn_reproduces_the_39_kib_of_person_detection() -> None:
    widths, sides = PERSON_DETECTION
    largest = max(esp32_s3(1, widths, sides, strips=False)[:6])
    assert largest == 50 * 50 * 16 + 9 * 16 + 16
    assert abs(largest / (39 * 1024) - 1) < 0.01


def test_esp_nn_pads_kernels_and_images() -> None:
    assert conv_3x3(3, 8, 96, 48) == 9 * 16 * 8 + 32 + 4 * 8  # even sides are padded on one side only: no copy of the image
    assert conv_3x3(3, 8, 97, 49) == 99 * 99 * 3 + 9 * 16 * 8 + 32 + 4 * 8
    assert conv_1x1(16, 32, 24) == 16 * 32 + 16 * 16 + 32
    assert conv_1x1(12, 24, 24) == 24 * 24 * 16 + 16 * 24 + 16 * 16 + 32  # 12 channels become 16
    assert depthwise(32, 112, 112, strips=True) == 9 * 32 + 16 + 3 * 114 * 32
    assert depthwise(8, 48, 48, strips=True) == 2 * (9 * 8 + 48 * 48 * 8) + 32


def test_scratch_far_from_the_peak_costs_nothing() -> None:
    assert growth((100, 20), (0, 70)) == 0
    assert growth((100, 20), (0, 90)) == 10
    assert growth((100, 20), (5, 90)) == 10


def test_the_band_depends_on_the_library_and_the_core() -> None:
    widths, sides = PERSON_DETECTION
    maps = [96 * 96, *(side * side * width for side, width in zip(sides[1:], widths, strict=True))]

    def of(library: str, core: str | None) -> tuple[int, int, int]:
        found = scratch(library, core, 55_296, maps, widths, sides)
        return found.low, found.typical, found.high

    assert of("tflm-reference", "RXv2") == (0, 0, 0)
    assert of("esp-nn", "Xtensa-LX7")[1] > 30_000
    assert of("esp-nn", "Xtensa-LX6")[1] == 0
    assert of("", None)[2] == of("esp-nn", "Xtensa-LX7")[2]
