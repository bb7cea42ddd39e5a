"""Latencies that people report back: kept whole, read strictly, shown beside the band."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builder import devices, latency
from builder.architecture import Network
from builder.cost import cost
from builder.errors import ConfigError, StorageError
from builder.truth import Reported, read_latencies, record, reported
from builder.truth.latencies import FILE, spread_of

SMALL = Network(alpha=0.25, resolution=96, classes=2)
NUCLEO = devices.find("NUCLEO-L4R5ZI")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a file of its own."""
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    return tmp_path / FILE


def test_what_is_kept_is_read_again() -> None:
    row = reported(NUCLEO, SMALL, 91.5, build="hands-1")
    file = record(row)
    found = read_latencies()
    assert (found.file, found.rows, found.damaged) == (file, (row,), 0)


def test_the_prediction_is_the_estimate_of_the_planner() -> None:
    row = reported(NUCLEO, SMALL, 91.5)
    estimate = latency.estimate(NUCLEO, cost(SMALL), "int8_micro")
    assert estimate is not None
    assert row.predicted is not None
    assert (row.predicted.low, row.predicted.typical, row.predicted.high) == (estimate.low, estimate.typical, estimate.high)


def test_what_was_measured_changes_no_estimate() -> None:
    before = latency.estimate(NUCLEO, cost(SMALL), "int8_micro")
    record(reported(NUCLEO, SMALL, 4000))
    assert latency.estimate(NUCLEO, cost(SMALL), "int8_micro") == before
    assert reported(NUCLEO, SMALL, 4000).predicted == read_latencies().rows[0].predicted


def test_error_and_band() -> None:
    row = reported(NUCLEO, SMALL, 91.5)
    assert row.predicted is not None
    inside, outside = (reported(NUCLEO, SMALL, ms) for ms in (row.predicted.high, row.predicted.high * 1.001))
    assert (inside.inside, outside.inside) == (True, False)
    assert row.comparison is not None
    assert row.comparison.error == pytest.approx(row.predicted.typical / 91.5 - 1)


@pytest.mark.parametrize("milliseconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(milliseconds: float) -> None:
    with pytest.raises(ConfigError, match="above zero"):
        reported(NUCLEO, SMALL, milliseconds)


def test_a_variant_that_does_not_run_or_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="does not run float16"):
        reported(NUCLEO, SMALL, 3, variant="float16")
    with pytest.raises(ConfigError, match='Did you mean "int8"'):
        reported(NUCLEO, SMALL, 3, variant="int9")


def test_the_usual_variant_is_one_that_the_device_runs() -> None:
    assert reported(NUCLEO, SMALL, 3).variant == "int8_micro"
    assert reported(devices.find("Coral Dev Board"), SMALL, 3).variant == "int8"


def test_a_device_of_unknown_speed_keeps_the_figure_and_says_why_nothing_was_predicted() -> None:
    device = devices.find("Corstone-300")  # a simulated platform without a clock
    row = reported(device, SMALL, 3, variant="float32")
    record(row)
    assert (row.predicted, row.inside, row.comparison) == (None, None, None)
    assert "clock" in row.why_not
    assert read_latencies().rows == (row,)
    assert spread_of([row]) is None


def test_rows_are_grouped_by_device() -> None:
    for name, milliseconds in (("NUCLEO-L4R5ZI", 90), ("Coral Dev Board", 2), ("NUCLEO-L4R5ZI", 95)):
        record(reported(devices.find(name), SMALL, milliseconds))
    found = read_latencies()
    assert [(name, len(rows)) for name, rows in found.by_device().items()] == [("NUCLEO-L4R5ZI", 2), ("Coral Dev Board", 1)]
    assert [row.measured_ms for row in found.of("NUCLEO-L4R5ZI").rows] == [90, 95]


def test_damaged_lines_are_counted_and_left_out(own_state: Path) -> None:
    record(reported(NUCLEO, SMALL, 90))
    good = own_state.read_text()
    wrong = (
        '{"format": 1}',
        "no JSON",
        "[]",
        good.replace("90", "-90").strip(),
        good.replace('"format": 1', '"format": 2').strip(),
    )
    own_state.write_text(good + "\n".join(wrong) + "\n\n")
    found = read_latencies()
    assert ([row.measured_ms for row in found.rows], found.damaged) == ([90], 5)


def test_a_line_cut_short_does_not_spoil_the_next(own_state: Path) -> None:
    record(reported(NUCLEO, SMALL, 90))
    own_state.write_text(own_state.read_text()[:40])
    record(reported(NUCLEO, SMALL, 95))
    found = read_latencies()
    assert ([row.measured_ms for row in found.rows], found.damaged) == ([95], 1)


def test_many_at_a_time_are_all_kept_whole() -> None:
    rows = [reported(NUCLEO, SMALL, float(number + 1)) for number in range(40)]

    def keep(some: list[Reported]) -> None:
        for row in some:
            record(row)

    threads = [threading.Thread(target=keep, args=(rows[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_latencies()
    assert (sorted(row.measured_ms for row in found.rows), found.damaged) == ([float(n + 1) for n in range(40)], 0)


def test_a_place_that_cannot_be_written_is_named(own_state: Path) -> None:
    own_state.mkdir()
    with pytest.raises(StorageError, match="BUILDER_STATE_DIR"):
        record(reported(NUCLEO, SMALL, 3))
    with pytest.raises(StorageError, match="cannot be read"):
        read_latencies()
