"""Many designs at once: the same figures as one by one, and fast."""

from __future__ import annotations

import time

import pytest

from builder import devices
from builder.architecture import Network
from builder.arena import arena
from builder.budget import Budget
from builder.cost import cost
from builder.errors import ConfigError
from builder.flash import VARIANTS, flash_bytes
from builder.latency import estimate
from builder.planner import ALPHAS, RESOLUTIONS, Setting, cells
from builder.planner.plane import latency_band
from builder.planner.ram import ram
from tests.pace import slowness

BOARD = devices.find("NUCLEO-L4R5ZI")
LABELS = tuple(f"Katze Nr. {number} 🐈" for number in range(7))

# Time of this thread, so that other processes, and threads that other tests left, do not count. Measured: 30 to 60 ms for the
# plane, 0.2 to 0.4 for one.
PLANE_BUDGET_MS = 125  # 43 to 100 were measured; how slow a machine is at the moment is known to a fifth only
TRIES = 6


def test_cells_have_the_figures_of_each_room() -> None:
    setting = Setting(7, labels=LABELS, budget=Budget.of(BOARD))
    for cell in cells(setting, [0.25, 0.6], [96, 101]):
        network = Network(cell.alpha, cell.resolution, classes=7)
        flash = flash_bytes(network, cell.variant, labels=LABELS)
        band = ram(network, cell.variant, flash, BOARD)
        time_ = estimate(BOARD, cost(network), cell.variant)
        assert cell.flash_bytes == flash
        assert (cell.ram_low, cell.ram_typical, cell.ram_high) == (band.low, band.typical, band.high)
        assert cell.arena_bytes == (arena(network).total_bytes if cell.variant == "int8_micro" else None)
        assert (cell.multiply_adds, cell.parameters) == (cost(network).multiply_adds, cost(network).parameters)
        assert cell.latency_ms == (None if time_ is None else pytest.approx(time_.typical))


@pytest.mark.parametrize("name", ["NUCLEO-L4R5ZI", "Google Pixel 6", "Coral Dev Board"])
def test_latency_bands_are_those_of_the_latency_room(name: str) -> None:
    device = devices.find(name)
    setting = Setting(10, budget=Budget.of(device, flash="1GB", ram="1GB"))
    for cell in cells(setting, [0.5], [128]):
        time_ = estimate(device, cost(Network(0.5, 128, classes=10)), cell.variant)
        expected = None if time_ is None else pytest.approx((time_.low, time_.typical, time_.high))
        assert latency_band(device, cell, setting) == expected


def test_the_plane_has_a_thousand_configurations() -> None:
    assert len(ALPHAS) * len(RESOLUTIONS) == 1000
    assert len(set(ALPHAS)) == len(ALPHAS)


@pytest.mark.parametrize("name", ["NUCLEO-L4R5ZI", "Raspberry Pi 4B"])
def test_a_thousand_configurations_of_five_variants_take_a_tenth_of_a_second(name: str) -> None:
    device = devices.find(name)
    budget = Budget.of(device, flash="1MB", ram="6MiB" if device.on_linux else "300KiB")  # LiteRT itself takes 4.5 MiB
    cells(Setting(2, budget=budget), ALPHAS[:1], RESOLUTIONS[:1])  # files are read once
    taken = []
    for attempt in range(TRIES):
        setting = Setting(20 + attempt, budget=budget)  # other classes each time: nothing of this network is known yet
        slow = slowness()
        began = time.thread_time()
        found = cells(setting)
        taken.append(1000 * (time.thread_time() - began) / slow)
        assert len(found) == 1000 * len(VARIANTS)
        if taken[-1] < PLANE_BUDGET_MS:
            break
    assert min(taken) < PLANE_BUDGET_MS


def test_what_a_device_does_not_run_does_not_fit() -> None:
    setting = Setting(2, budget=Budget.of(devices.find("Coral Dev Board")))
    fits = {cell.variant: cell.fits for cell in cells(setting, [0.25], [96])}
    assert fits == {"float32": False, "float16": False, "dynamic": False, "int8": True, "int8_micro": False}


def test_without_a_budget_nothing_is_said() -> None:
    assert {cell.fits for cell in cells(Setting(2), [0.25], [96])} == {None}


def test_a_latency_that_nobody_knows_is_neither_yes_nor_no() -> None:
    unknown = devices.find("Arduino Nicla Vision")  # its clock is in no source
    fits = {cell.variant: cell.fits for cell in cells(Setting(2, budget=Budget.of(unknown, latency_ms=50)), [0.25], [96])}
    assert fits["int8_micro"] is None
    assert fits["float16"] is False


def test_warm_starts_exist_for_four_alphas() -> None:
    warm = {cell.alpha for cell in cells(Setting(2), ALPHAS, [96], ["int8"]) if cell.warm_start}
    assert warm == {0.25, 0.5, 0.75, 1.0}


def test_labels_must_be_one_for_each_class() -> None:
    with pytest.raises(ConfigError, match="label"):
        Setting(3, labels=("cat", "dog"))


def test_a_latency_budget_needs_a_device() -> None:
    with pytest.raises(ConfigError, match="device"):
        Setting(3, budget=Budget.of(latency_ms=10))
