"""What a build is for, from build.json, and what holds there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.errors import ConfigError
from builder.report import VariantMeasure
from builder.runs import Run
from builder.target import Target, read

KIB = 1024


def measure(flash_kib: int, arena_kib: int | None = None) -> VariantMeasure:
    return VariantMeasure("int8_micro.tflite", "0" * 64, flash_kib * KIB, arena_bytes=arena_kib and arena_kib * KIB)


def test_what_is_written_is_read_again() -> None:
    values = {"device": "Raspberry Pi Pico", "variant": "int8_micro", "flash": "1MiB", "ram": "", "latency_ms": 50.5,
              "reserve_flash": "", "reserve_ram": "1KiB", "expected_accuracy": 0.41}  # fmt: skip
    assert read(values) == Target("Raspberry Pi Pico", "int8_micro", "1MiB", "", 50.5, "", "1KiB", 0.41)


@pytest.mark.parametrize("values", [None, [], "ESP32", {}, {"device": 5}, {"latency_ms": True}, {"device": "x" * 501}, {"x": "y"}])
def test_what_cannot_be_used_is_no_target(values: Any) -> None:
    assert read(values) is None


def test_a_file_is_held_against_flash_and_ram_of_a_microcontroller() -> None:
    flash, ram = Target("Raspberry Pi Pico", "int8_micro").held("int8_micro", measure(300, 300))
    assert (flash.resource, flash.fits) == ("flash", True)
    assert (ram.resource, ram.used, ram.limit, ram.fits) == ("ram", 300 * KIB, 264 * KIB, False)


def test_what_is_kept_free_is_taken_off() -> None:
    flash, *_ = Target(flash="300KiB", reserve_flash="100KiB").held("int8_micro", measure(250))
    assert (flash.limit, flash.fits) == (200 * KIB, False)


def test_an_arena_says_nothing_about_ram_on_linux() -> None:
    checks = Target("Raspberry Pi 4B", "int8").held("int8", measure(300, 300))
    assert "ram" not in [check.resource for check in checks]


def test_a_device_that_is_in_no_catalogue_is_named() -> None:
    with pytest.raises(ConfigError, match="Toaster"):
        Target("Toaster").held("int8", measure(300))


def test_a_build_keeps_what_it_was_first_made_for(tmp_path: Path) -> None:
    run = Run(tmp_path / "leaves-0123456789")
    run.folder.mkdir()
    run.aim({"device": "first"})
    assert run.description() == {}  # what has no identity yet gets none by this
    run.describe({"title": "Leaves"})
    run.aim({})
    assert "target" not in run.description()
    run.aim({"device": "first"})
    run.aim({"device": "second"})
    assert run.description()["target"] == {"device": "first"}
    assert run.description()["title"] == "Leaves"
