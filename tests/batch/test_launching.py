"""A batch in a process of its own: begun, joined, watched, stopped, and heard of where it cannot begin."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.batch.file import Batch
from builder.batch.launching import detached, launch_batch, say_last_word, stop_batch, watch
from builder.batch.options import Options
from builder.batch.record import STOPPED, BatchRecord, CellRecord, is_running, read_record, write_record
from builder.errors import BuilderError, InvalidInput, MissingTool
from builder.runs import Run

TIMEOUT_SECONDS = 200.0
BASE = {"data": "digits", "alpha": 0.1, "resolution": 32, "training": {"epochs": 1}, "variants": ["int8"]}

DEAF = """
import signal, sys, time
from pathlib import Path
from builder import processes, runs
signal.signal(signal.SIGINT, signal.SIG_IGN)
folder = Path(sys.argv[1])
with runs.Run(folder).take(), processes.told(folder):
    print("held", flush=True)
    time.sleep(120)
"""


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
    assert record.counts == {"stopped": 1, "done": 1}
    assert record.cell(1).message == record.message


def test_a_batch_that_had_to_be_killed_leaves_the_record_that_a_killed_one_shows(tmp_path: Path) -> None:
    cells = (CellRecord(1, {}, state="running", stage="train"), CellRecord(2, {}, state="done"), CellRecord(3, {}))
    write_record(tmp_path, BatchRecord("1", "hands", "exports", "running", cells, seconds_left=60.0))
    seen = watch(tmp_path)
    with deaf(tmp_path):
        assert stop_batch(tmp_path, grace_seconds=0.0)
    left = read_record(tmp_path)
    assert seen is not None
    assert left is not None
    assert (left.state, left.message, left.cell(1).message) == ("stopped", STOPPED, STOPPED)
    assert left.counts == seen.counts == {"stopped": 1, "done": 1, "waiting": 1}
    assert (left.cell(1).stage, left.seconds_left) == ("", None)


def test_a_damaged_record_keeps_no_batch_from_being_stopped(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"id": ', encoding="utf-8")
    with deaf(tmp_path):
        assert stop_batch(tmp_path, grace_seconds=0.0)


def test_a_damaged_record_does_not_hide_why_a_batch_ended(tmp_path: Path) -> None:
    folder = tmp_path / "hands-0a1b2c3d"
    folder.mkdir()
    (folder / "record.json").write_text('{"id": ', encoding="utf-8")
    say_last_word(folder, Batch(name="hands"), tmp_path, MissingTool("No worker can be started."))
    record = read_record(folder)
    assert record is not None
    assert (record.id, record.state, record.message) == ("0a1b2c3d", "failed", "No worker can be started.")


def test_a_folder_that_cannot_be_written_does_not_hide_why_a_batch_ended(tmp_path: Path) -> None:
    say_last_word(tmp_path / "gone", Batch(name="hands"), tmp_path, MissingTool("No worker can be started."))
    assert not (tmp_path / "gone").exists()


def test_stopping_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no batch in"):
        stop_batch(tmp_path / "none")


def test_a_batch_that_was_never_run_has_nothing_to_watch(tmp_path: Path) -> None:
    assert watch(tmp_path) is None
    assert read_record(tmp_path) is None


@contextlib.contextmanager
def deaf(folder: Path) -> Iterator[None]:
    """A process that runs the batch and hears no request to stop."""
    command = [sys.executable, "-c", DEAF, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.kill()


def empty() -> BatchRecord:
    return BatchRecord("", "", "", "running", ())
