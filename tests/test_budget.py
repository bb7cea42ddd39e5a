"""Sizes as people write them, and budgets that hold no model."""

from __future__ import annotations

from typing import Any

import pytest

from builder import devices
from builder.budget import Budget
from builder.errors import ConfigError
from builder.sizes import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("300KiB", 300 * 1024),
        ("1.5 MB", 1_500_000),
        ("262144", 262144),
        (262144, 262144),
        ("2 MiB", 2 * 1024**2),
        ("64 kB", 64_000),
        ("64KB", 64_000),
        ("0.5GiB", 1024**3 // 2),
        ("1_048_576 B", 1048576),
        ("1,024", 1024),
        ("  1 mib ", 1024**2),
        ("1e6", 1_000_000),
    ],
)
def test_sizes_as_people_write_them(text: str | int, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "-3KiB",
        "0",
        "0 KiB",
        "nan",
        "inf",
        "nan KiB",
        "",
        "KiB",
        "many",
        "12 apples",
        "300k",
        "3M",
        "1.5",
        "1 2",
        "1e30",
        True,
        None,
        [1],
    ],
)
def test_nonsense_is_refused(text: Any) -> None:
    with pytest.raises(ConfigError, match="flash"):
        parse_size(text, "flash")


def test_an_ambiguous_unit_is_explained() -> None:
    with pytest.raises(ConfigError, match="powers of 1,024"):
        parse_size("300k")


@pytest.mark.parametrize(("size_bytes", "text"), [(307200, "300 KiB"), (1_500_000, "1.431 MiB"), (512, "512 B"), (-2048, "-2 KiB")])
def test_sizes_are_written_in_powers_of_1024(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text


def test_a_device_fills_in_what_is_not_given() -> None:
    board = devices.find("NUCLEO-L4R5ZI")
    assert (Budget.of(board).flash_bytes, Budget.of(board).ram_bytes) == (2 * 1024**2, 640 * 1024)
    assert Budget.of(board, flash="512 KiB").flash_bytes == 512 * 1024


def test_unknown_memory_is_no_limit() -> None:
    assert Budget.of(devices.find("Raspberry Pi 4B")).flash_bytes is None


def test_a_reserve_is_taken_off() -> None:
    budget = Budget.of(flash="1 MiB", ram="256KiB", reserve_flash="256 KiB", reserve_ram="56KiB")
    assert (budget.model_flash_bytes, budget.model_ram_bytes) == (768 * 1024, 200 * 1024)


def test_no_limit_at_all_is_allowed() -> None:
    assert not Budget().limited
    assert Budget(latency_ms=50).limited


@pytest.mark.parametrize(
    "limits",
    [
        {"flash": "100 KiB", "reserve_flash": "100 KiB"},
        {"ram": "100 KiB", "reserve_ram": "1 MiB"},
        {"flash": "-1"},
        {"reserve_ram": "-1 KiB", "ram": "1 MiB"},
        {"latency_ms": 0},
        {"latency_ms": float("nan")},
        {"latency_ms": -5.0},
        {"multiply_adds": 0},
        {"multiply_adds": 1.5},
    ],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Budget.of(**limits)


@pytest.mark.parametrize("values", [{"flash_bytes": -1}, {"ram_bytes": 0}, {"flash_bytes": 1.5}, {"reserve_ram_bytes": -1}])
def test_the_value_itself_checks_too(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Budget(**values)


def test_less_than_the_interpreter_takes_is_refused_with_the_reason() -> None:
    # tensorflow.org/lite/microcontrollers: the core runtime just fits in 16 KB on an Arm Cortex M3.
    with pytest.raises(ConfigError, match=r"smaller than what TFLite Micro takes.*16 KiB"):
        Budget.of(flash="15 KiB")
    Budget.of(flash="17 KiB")


def test_the_devices_own_library_sets_the_least() -> None:
    # ST's model zoo, Cube.AI 10.0.0: 16.38 KiB of RAM and 68.05 KiB of code before the model.
    board = devices.find("STM32H747I-DISCO")
    with pytest.raises(ConfigError, match="x-cube-ai"):
        Budget.of(board, ram="16 KiB")
    with pytest.raises(ConfigError, match="x-cube-ai"):
        Budget.of(board, flash="68 KiB")
    assert Budget.of(board, ram="17 KiB").runtime.flash_bytes == 69_683


@pytest.mark.parametrize("name", ["Raspberry Pi 4B", "Google Pixel 6", "Coral Dev Board", "FRDM-IMX93"])
def test_on_linux_the_least_is_what_litert_itself_takes(name: str) -> None:
    # Interpreter 1 MiB and library 3.5 MiB, measured.
    with pytest.raises(ConfigError, match=r"smaller than what LiteRT takes.*4.5 MiB"):
        Budget.of(devices.find(name), ram="1 MiB")
    Budget.of(devices.find(name), ram="4.5 MiB")
