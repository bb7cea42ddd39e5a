"""Latency bands against the rows they rest on, and against rows that they have not seen."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import pytest

from builder import devices
from builder.architecture import Network
from builder.cost import cost
from builder.device import Device, Processor
from builder.latency import Latency, estimate, estimates, predictor, published_rows, why_unknown
from builder.latency_model import Model, cycles_of, key_of, size_of, terms
from builder.latency_rows import cost_of_row, published
from builder.least_squares import fit_nonnegative, solve

VWW = cost(Network(0.25, 96, classes=2))  # MLPerf Tiny's person detection


def latency(device: str, variant: str = "int8_micro", network: Network | None = None, library: str | None = None) -> Latency:
    found = estimate(devices.find(device), cost(network) if network else VWW, variant, library=library)
    assert found is not None
    return found


# (device, variant, network, published ms): mlcommons/tiny_results_v1.2 and v1.3, ST's model zoo (Cube.AI 10.0.0),
# espressif/esp-tflite-micro, XNNPACK's README, TensorFlow Lite's hosted models.
GOLDEN = [
    ("NUCLEO-L4R5ZI", "int8_micro", Network(0.25, 96, 3, 2), 88.928),
    ("NUCLEO-U575ZI-Q", "int8_micro", Network(0.25, 96, 3, 2), 59.277),
    ("STM32H747I-DISCO", "int8_micro", Network(0.5, 224, 3, 1000), 504.37),
    ("ESP32-S3-DevKitC-1", "int8_micro", Network(0.25, 96, 1, 2), 54),
    ("Raspberry Pi 3B+", "float32", Network(1.0, 224, 3, 1000), 114),
    ("Google Pixel 3", "float32", Network(1.0, 224, 3, 1001), 24.0),
    ("STM32N6570-DK", "int8_micro", Network(1.0, 224, 3, 1000), 19.41),
    ("FRDM-IMX93", "int8", Network(1.0, 224, 3, 1001), 3.775),
]


@pytest.mark.parametrize(("device", "variant", "network", "published_ms"), GOLDEN)
def test_a_board_with_its_own_row_is_near_it(device: str, variant: str, network: Network, published_ms: float) -> None:
    band = latency(device, variant, network)
    assert band.low < published_ms < band.high
    assert band.typical == pytest.approx(published_ms, rel=0.15)
    assert device in band.rests_on[0]
    assert band.note == ""


def test_the_band_is_ordered_and_grows_with_the_network() -> None:
    sizes = [latency("NUCLEO-L4R5ZI", network=Network(0.25, resolution, 3, 10)) for resolution in (64, 96, 128, 160)]
    assert all(band.low < band.typical < band.high for band in sizes)
    assert [band.typical for band in sizes] == sorted(band.typical for band in sizes)


def test_a_board_without_a_row_has_a_wider_band_that_says_why() -> None:
    own, other = latency("nRF5340 DK"), latency("Raspberry Pi Pico 2")
    assert other.high / other.low > own.high / own.low
    assert "No published row of this board with cmsis-nn" in other.note
    assert "nRF5340 DK" in " ".join(other.rests_on)


def test_the_clock_scales_the_band() -> None:
    slow = devices.find("Raspberry Pi Pico 2")
    fast = replace(slow, cpu=replace(slow.cpu, clock_mhz=300.0))
    first, second = estimate(slow, VWW, "int8_micro"), estimate(fast, VWW, "int8_micro")
    assert first is not None
    assert second is not None
    assert first.typical / second.typical == pytest.approx(2.0)


def test_other_kernels_can_be_asked_for() -> None:
    # mlcommons/tiny_results_v0.5: TFLM 2.3.1 without optimised kernels, 600.601 ms.
    assert latency("NUCLEO-L4R5ZI", library="tflm-reference").typical == pytest.approx(600.601, rel=0.15)


def test_the_edge_tpu_runs_int8_only() -> None:
    coral = devices.find("Coral USB Accelerator")
    assert estimate(coral, VWW, "int8") is not None
    for variant in ("float32", "float16", "dynamic"):
        assert estimate(coral, VWW, variant) is None
        assert variant in why_unknown(coral, variant)


def test_an_unknown_clock_is_said_and_not_guessed() -> None:
    nicla = devices.find("Arduino Nicla Vision")
    assert estimate(nicla, VWW, "int8_micro") is None
    assert "clock" in why_unknown(nicla, "int8_micro")


def test_an_npus_unknown_clock_is_its_cores_and_said() -> None:
    # Arm Vela 5.2.0: 0.719 ms at 500 MHz on an Ethos-U55-64; the module's cores run at 400 MHz.
    band = latency("Grove Vision AI V2")
    assert band.low < 0.719 * 500 / 400 < band.high
    assert "taken to be its core's" in band.note
    assert estimate(devices.find("Corstone-300"), VWW, "int8_micro") is None


def test_dynamic_lies_between_int8_and_float32() -> None:
    fast, between, slow = (latency("Google Pixel 3", variant) for variant in ("int8", "dynamic", "float32"))
    assert fast.typical < between.typical < slow.typical
    assert (between.low, between.high) == (min(fast.low, slow.low), max(fast.high, slow.high))
    assert "dynamic" in between.note


def test_float16_is_computed_in_float32() -> None:
    assert latency("Raspberry Pi 4B", "float16") == latency("Raspberry Pi 4B", "float32")


def test_a_device_of_the_users_own_is_estimated() -> None:
    board = Device(
        name="Own board",
        kind="mcu",
        flash_bytes=2**20,
        ram_bytes=2**18,
        cpu=Processor("Cortex-M4", 100.0, 1, "cmsis-nn"),
        accelerator=None,
        accelerator_name="",
        precisions=("int8_micro",),
        vela=None,
        source="",
        note="",
        aliases=(),
    )
    band = estimate(board, VWW, "int8_micro")
    assert band is not None
    # The same kernels on a Cortex-M4 at 120 MHz took 301.205 ms (mlcommons/tiny_results_v1.0).
    assert band.low < 301.205 * 120 / 100 < band.high


def test_mlperf_rows_can_be_shown_beside() -> None:
    rows = published_rows(devices.find("NUCLEO-L4R5ZI"))
    assert (88.928, "x-cube-ai-9") in {(row.ms, row.library) for row in rows}
    assert all(row.source.startswith("mlcommons/tiny_results") for row in rows)


def test_every_row_has_a_source_and_a_known_core() -> None:
    everything = published()
    assert all(row.source and row.ms > 0 and row.core in everything.cores for row in everything.rows)
    assert len({row.device for row in everything.rows if row.measured}) > 35


def test_devices_of_the_catalogue_run_on_the_cores_of_their_rows() -> None:
    catalogue = {device.name: device for device in devices.catalogue()}
    for row in published().rows:
        device = catalogue.get(row.device)
        if device is not None:
            processors = {device.cpu.core, device.accelerator.core if device.accelerator else None}
            assert row.core in processors, row


def test_boards_left_out_are_predicted() -> None:
    """A small part of benchmarks/latency_rows.py, on microcontrollers with peers."""
    everything = published()
    errors = []
    for device in ("NUCLEO-L4R5ZI", "NUCLEO-U575ZI-Q", "NUCLEO-H7A3ZI-Q", "STM32F746G-DISCO", "nRF5340 DK", "NUCLEO-U385RG-Q"):
        model = Model([row for row in everything.rows if row.device != device], everything)
        for row in (row for row in everything.rows if row.device == device):
            key, work = key_of(row, model.cores), terms(cost_of_row(row.network), row.precision)
            curve = model.curve(key)
            s = curve.s[0] + curve.s[1] * size_of(key.core.engine, work)
            milliseconds = cycles_of(key.core.engine, model.overhead(key), work, s) / model.clock(row.mhz, row.threads)
            errors.append(abs(milliseconds / row.ms - 1))
    assert len(errors) > 40
    assert statistics.median(errors) < 0.20


def test_an_estimate_takes_microseconds() -> None:
    device = devices.find("NUCLEO-L4R5ZI")
    estimate(device, VWW, "int8_micro")
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(100):
            estimate(device, VWW, "int8_micro")
        best = min(best, (time.perf_counter() - began) / 100)
    assert best < 100e-6


def test_several_variants_at_once_are_the_same() -> None:
    device = devices.find("Google Pixel 3")
    assert estimates(device, VWW) == {variant: estimate(device, VWW, variant) for variant in devices.VARIANTS}
    assert estimates(device, VWW)["int8_micro"] is None


def test_a_predictor_gives_the_estimates_band() -> None:
    device = devices.find("NUCLEO-L4R5ZI")
    found = predictor(device, "int8_micro")
    assert found is not None
    band = latency("NUCLEO-L4R5ZI")
    assert found.band(VWW) == (band.low, band.typical, band.high)


def test_small_systems_are_solved() -> None:
    assert solve([[4.0, 2.0], [2.0, 3.0]], [10.0, 8.0]) == pytest.approx([1.75, 1.5])  # 4*1.75 + 2*1.5 = 10, 2*1.75 + 3*1.5 = 8
    assert solve([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0]) is None


def test_no_term_of_a_fit_is_negative() -> None:
    # The line y = 2a - b fits exactly, but only a may count: the least squares with b = 0 remain.
    assert fit_nonnegative([(1.0, 0.5), (2.0, 2.0)])[1] >= 0
    assert fit_nonnegative([(0.5, 0.0), (0.25, 0.25)]) == pytest.approx((2.0, 2.0))
