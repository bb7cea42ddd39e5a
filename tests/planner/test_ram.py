"""RAM as a band: TFLite Micro's arena, kernels' scratch memory, LiteRT's memory."""

from __future__ import annotations

import itertools

import pytest

from builder import devices
from builder.architecture import Network
from builder.arena import arena
from builder.flash import VARIANTS, flash_bytes
from builder.planner.ram import on_microcontroller, ram

SMALL = Network(0.25, 96, classes=2)
KIB = 1024

# Resident memory that opening and running a file added to a process, in KiB: LiteRT 2.3 with XNNPACK on 64-bit Linux.
MEASURED = {
    (1.0, 224, 1000): {"int8": 15_588, "float16": 38_176, "float32": 43_444, "dynamic": 22_456},
    (1.0, 96, 10): {"int8": 11_160, "float16": 24_312, "float32": 30_056, "dynamic": 12_232},
    (0.5, 192, 10): {"int8": 7_516, "float16": 11_932, "float32": 13_300, "dynamic": 9_360},
    (0.25, 128, 10): {"int8": 5_136, "float16": 6_200, "float32": 6_468, "dynamic": 5_460},
}


@pytest.mark.parametrize(("design", "measured"), MEASURED.items())
def test_memory_on_linux_is_within_an_eighth_of_what_was_measured(design: tuple[float, int, int], measured: dict[str, int]) -> None:
    alpha, resolution, classes = design
    network = Network(alpha, resolution, classes=classes)
    for variant, kib in measured.items():
        found = ram(network, variant, flash_bytes(network, variant), devices.find("Raspberry Pi 4B"))
        assert found.typical / KIB == pytest.approx(kib, rel=0.125)
        assert found.low < kib * KIB < found.high


def test_on_a_microcontroller_it_is_the_arena_and_scratch() -> None:
    on_s3 = ram(SMALL, "int8_micro", 300_000, devices.find("ESP32-S3"))
    assert on_s3.low == arena(SMALL).total_bytes
    # Espressif reserves (81 + 39) KiB for the same network in grey, whose arena is 85,264 bytes.
    grey = ram(Network(0.25, 96, channels=1, classes=2), "int8_micro", 300_000, devices.find("ESP32-S3"))
    assert grey.low == 85_264
    assert grey.low < grey.typical <= (81 + 39) * KIB


def test_float32_on_a_pico_takes_what_the_interpreter_reports() -> None:
    found = ram(Network(0.25, 48, classes=10), "float32", 900_000, devices.find("Raspberry Pi Pico"))
    assert (found.low, found.typical, found.high) == (103_728,) * 3  # tflite-micro on the exported file
    assert "exact" in found.basis


def test_uint8_in_and_out_needs_the_image_twice() -> None:
    wide = Network(0.05, 96, classes=2)  # so narrow that the image is the peak
    board = devices.find("nano33")
    assert ram(wide, "int8", 1, board).typical - ram(wide, "int8_micro", 1, board).typical > 96 * 96 * 3 / 2


def test_st_boards_have_the_published_span_of_st_s_own_runtime() -> None:
    found = ram(SMALL, "int8_micro", 300_000, devices.find("STM32H747I-DISCO"))
    published = 83.29 * KIB  # alpha 0.25 at 96 px, five classes: its model zoo, X-CUBE-AI 10
    assert found.low < published < found.high
    assert "modelzoo" in found.basis


@pytest.mark.parametrize("device", [None, *devices.catalogue()], ids=lambda device: device.name if device else "none")
def test_bands_are_ordered_on_every_device(device: devices.Device | None) -> None:
    networks = [Network(a, r, c, 10) for a, r, c in itertools.product((0.05, 0.3, 1.5), (32, 97, 224), (1, 3))]
    for network, variant in itertools.product(networks, VARIANTS):
        found = ram(network, variant, 100_000, device)
        assert 0 < found.low <= found.typical <= found.high
        if variant == "int8_micro" and on_microcontroller(device, variant):
            assert found.typical >= arena(network).total_bytes
        assert found.basis


def test_without_a_device_int8_micro_is_for_microcontrollers_and_the_rest_for_phones() -> None:
    assert [variant for variant in VARIANTS if on_microcontroller(None, variant)] == ["int8_micro"]
    assert not on_microcontroller(devices.find("Google Pixel 6"), "int8")
    assert not on_microcontroller(devices.find("FRDM-IMX93"), "int8")  # an NPU beside Linux
    assert on_microcontroller(devices.find("Corstone-300"), "int8")
