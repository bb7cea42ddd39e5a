"""A batch in a process of its own: begun, joined, watched, stopped, and heard of where it cannot begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.batch.file import Batch
from builder.batch.launching import detached, launch_batch, stop_batch, watch
from builder.batch.record import BatchRecord, CellRecord, is_running, read_record, write_record
from builder.batch.running import Options
from builder.errors import BuilderError, InvalidInput
from builder.runs import Run

TIMEOUT_SECONDS = 200.0
BASE = {"data": "digits", "alpha": 0.1, "resolution": 32, "training": {"epochs": 1}, "variants": ["int8"]}


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
        patch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
        yield tmp_path / "exports"


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_batch_goes_on_by_itself_is_joined_and_stopped(exports: Path) -> None:
    batch = Batch(base={**BASE, "training": {"epochs": 200}}, repeat=2)
    options = Options(workers=1)
    folder = launch_batch(batch, exports, options)
    assert is_running(folder)
    assert launch_batch(batch, exports, options) == folder
    until(lambda: (watch(folder) or empty()).counts.get("running") == 1)
    assert stop_batch(folder)
    assert not is_running(folder)
    record = watch(folder)
    assert record is not None
    assert (record.state, record.counts) == ("stopped", {"stopped": 2})
    assert not stop_batch(folder)


@pytest.mark.slow
def test_a_batch_comes_to_its_end(exports: Path) -> None:
    folder = launch_batch(Batch(base=BASE), exports, Options(workers=1))
    until(lambda: not is_running(folder))
    record = watch(folder)
    assert record is not None
    assert (record.state, record.counts) == ("done", {"done": 1})
    assert Run(Path(record.cell(1).folder)).status() == "done"


def test_why_a_batch_could_not_begin_is_in_its_record(exports: Path) -> None:
    request = {
        "batch": Batch(base=BASE).to_yaml(),
        "exports": str(exports),
        "options": {"track": "nonsense://nowhere"},
    }
    told: list[dict[str, Any]] = []
    with pytest.raises(BuilderError):
        detached(request, lambda **values: told.append(values))
    record = watch(Path(told[0]["folder"]))
    assert record is not None
    assert record.state == "failed"
    assert "nonsense" in record.message


def test_a_batch_that_was_killed_says_so(tmp_path: Path) -> None:
    cells = (CellRecord(1, {}, state="running"), CellRecord(2, {}, state="done"))
    write_record(tmp_path, BatchRecord("1", "hands", "exports", "running", cells))
    record = watch(tmp_path)
    assert record is not None
    assert record.state == "stopped"
    assert "ended without a word" in record.message
    assert record.counts == {"waiting": 1, "done": 1}


def test_stopping_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no batch in"):
        stop_batch(tmp_path / "none")


def test_a_batch_that_was_never_run_has_nothing_to_watch(tmp_path: Path) -> None:
    assert watch(tmp_path) is None
    assert read_record(tmp_path) is None


def empty() -> BatchRecord:
    return BatchRecord("", "", "", "running", ())
