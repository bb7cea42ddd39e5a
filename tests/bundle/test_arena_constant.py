"""The RAM that firmware reserves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder import devices
from builder.architecture import Network
from builder.bundle.arena_constant import ArenaConstant, arena_constant
from builder.planner import plan
from builder.report import BuildReport
from tests.report.samples import sample


@pytest.fixture
def report() -> BuildReport:
    """A build of 128 px."""
    return sample()


def constant(report: BuildReport, device: str = "", measured: int | None = 0) -> ArenaConstant:
    """For a device; `measured` 0 is what the sample says."""
    made = report.measured.variants["int8_micro"]
    made = made if measured == 0 else replace(made, arena_bytes=measured)
    return arena_constant(report, made, devices.find(device) if device else None)


def test_it_is_the_plans_figure_in_whole_kibibytes(report: BuildReport) -> None:
    found = constant(report, "Arduino Nano 33 BLE Sense", measured=None)
    planned = plan(Network(0.25, 128, classes=10)).variants["int8_micro"].ram.typical
    assert found.bytes % 1024 == 0
    assert 0 <= found.bytes - found.predicted < 1024
    assert found.predicted == pytest.approx(planned, rel=0.1)


def test_kernels_that_need_more_get_more(report: BuildReport) -> None:
    assert constant(report, "ESP32-S3").bytes > constant(report, "Arduino Nano 33 BLE Sense").bytes


def test_it_is_never_less_than_was_measured_and_the_kernels_add(report: BuildReport) -> None:
    found = constant(report, "Arduino Nano 33 BLE Sense", measured=500_000)
    assert found.bytes > 500_000
    assert found.measured == 500_000


def test_a_phone_is_no_microcontroller(report: BuildReport) -> None:
    assert constant(report, "Google Pixel 6") == constant(report)
    assert "typical microcontroller" in constant(report).kernels
