"""Work on a finished build as a process of its own: begun, joined, refused, stopped; the build stays done meanwhile."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builder import launch, processes
from builder.__main__ import run as command
from builder.compress.settings import Compression
from builder.config import BuildConfig
from builder.errors import ConfigError, DataError, InvalidInput, StorageError
from builder.finished_work import look
from builder.lab import Request
from builder.launch import Launched, stop
from builder.matrix import read_matrix
from builder.resolutions import read_resolutions
from builder.runs import Run, builds
from builder.start import FinishedBuild
from builder.watching import NO_LAST_WORD
from tests.ui import folders

SECONDS_MAX = 400  # on a machine that has other things to do
QUICK = Request(("float16",))
LONG = Request(("qat",), Compression(epochs=200))


@pytest.fixture(autouse=True)
def one_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of its own with one slot."""
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("BUILDER_SLOTS", "1")


@pytest.fixture
def run(small_build: FinishedBuild, tmp_path: Path) -> Iterator[Run]:
    """A finished build of the test's own; what runs there afterwards is stopped."""
    made = Run(tmp_path / "exports" / small_build.folder.name)
    shutil.copytree(small_build.folder, made.folder)
    yield made
    for folder in builds(made.folder.parent):
        stop(Run(folder), grace_seconds=1)


def until(due: Callable[[], object]) -> None:
    """Waits, but not for ever."""
    deadline = time.monotonic() + SECONDS_MAX
    while not due():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begun(run: Run) -> None:
    """Waits for a whole epoch of a fine-tune."""
    until(lambda: words_of_epoch(run) or not run.is_locked())
    assert run.is_locked(), look(run, "compress")


def words_of_epoch(run: Run) -> bool:
    """Whether the first epoch lies behind."""
    words = look(run, "compress").words
    return words.startswith("epoch ") and not words.startswith("epoch 1 ")


@pytest.mark.slow
def test_it_is_joined_refused_and_comes_to_its_end_while_the_build_stays_done(run: Run) -> None:
    assert launch.compress(run, QUICK) == Launched(run, joined=False)
    process = processes.find(run.folder)
    assert process is not None
    assert process.leads_group
    assert (run.status(), look(run, "compress").state) == ("done", "running")
    assert launch.compress(run, QUICK) == Launched(run, joined=True)
    with pytest.raises(InvalidInput, match=r"files of it are being compressed.*stop it first"):
        launch.compress(run, Request(("int8",)))
    with pytest.raises(InvalidInput, match="files of it are being compressed"):
        launch.export(run, [48])
    with pytest.raises(InvalidInput, match="is running"):
        run.delete()
    until(lambda: not run.is_locked())
    assert look(run, "compress").state == "done"
    matrix = read_matrix(run.folder)
    assert matrix is not None
    assert [row.technique for row in matrix.rows] == ["float16"]
    assert (run.folder / "compressed" / "log.txt").exists()
    assert not (run.folder / processes.FILE).exists()


@pytest.mark.slow
def test_it_is_stopped_and_goes_on_from_there(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    exports = ["--exports", str(run.folder.parent)]
    launch.compress(run, LONG)
    begun(run)
    assert command(["stop", run.id, *exports]) == 0
    assert capsys.readouterr().out.strip() == f"The work on {run.folder.name} is stopped; the build itself is done, as before."
    assert (look(run, "compress").state, run.status()) == ("stopped", "done")
    assert not stop(run)
    launch.compress(run, LONG)
    begun(run)
    assert stop(run, grace_seconds=0)  # killed: it has no time to say so
    seen = look(run, "compress")
    assert seen.state == "stopped"
    assert any("Going on after epoch" in note for note in seen.notes)


@pytest.mark.slow
def test_it_waits_for_a_slot_and_can_be_stopped_there(run: Run, small_config: BuildConfig) -> None:
    endless = small_config.replace(training={"epochs": 1000, "batch_size": 64}, seed=5, variants=("float32",))
    other = launch.launch(endless, run.folder.parent).run
    until(lambda: (other.training / "checkpoint.npz").exists() or (other.events_path.exists() and other.events_path.stat().st_size))
    launch.compress(run, QUICK)
    until(lambda: look(run, "compress").state == "waiting")
    assert look(run, "compress").place == 1
    assert stop(run)
    assert look(run, "compress").state == "stopped"
    assert other.is_locked()


@pytest.mark.slow
def test_a_killed_one_is_seen_as_failed(run: Run) -> None:
    launch.compress(run, LONG)
    process = processes.find(run.folder)
    assert process is not None
    process.send(signal.SIGKILL)
    until(lambda: not run.is_locked())
    assert look(run, "compress").message == NO_LAST_WORD


@pytest.mark.slow
def test_another_resolution_is_exported(run: Run) -> None:
    assert launch.export(run, [48], ["int8"]) == Launched(run, joined=False)
    until(lambda: not run.is_locked())
    seen = look(run, "export")
    assert (seen.state, seen.number, seen.total) == ("done", 1, 1)
    made = read_resolutions(run.folder)
    assert made is not None
    assert [(row.resolution, set(row.files)) for row in made.others] == [(48, {"int8"})]


@pytest.mark.slow
def test_a_gate_that_is_enforced_reaches_a_build_that_is_done_already(run: Run, small_config: BuildConfig) -> None:
    strict = small_config.replace(gate={"mode": "enforce", "max_flash": "1KiB"})
    assert launch.launch(strict, run.folder.parent) == Launched(run, joined=True)
    assert run.is_locked()
    assert look(run, "compress").asked == Request.laddered(strict.gate.limits).to_json()
    assert stop(run)
    assert launch.launch(small_config, run.folder.parent) == Launched(run, joined=True)
    assert not run.is_locked()


# What is refused before anything is done.


def test_a_build_that_is_not_done_or_of_another_version_is_refused(tmp_path: Path, run: Run) -> None:
    with pytest.raises(InvalidInput, match="is not finished"):
        launch.compress(folders.died(tmp_path), QUICK)
    with pytest.raises(InvalidInput, match="There is no folder"):
        launch.compress(Run(tmp_path / "nowhere"), QUICK)
    about = json.loads((run.folder / "build.json").read_text())
    (run.folder / "build.json").write_text(json.dumps(about | {"format": 1}))
    with pytest.raises(InvalidInput, match="another version"):
        launch.export(run, [48])
    assert not (run.folder / "compressed").exists()
    assert not (run.folder / "resolutions").exists()


def test_photos_that_are_gone_or_others_are_told(run: Run) -> None:
    config = BuildConfig.from_file(run.folder / "config.yaml")
    (run.folder / "config.yaml").write_text(config.replace(data=str(run.folder.parent / "gone")).to_yaml())
    with pytest.raises(DataError, match="There are no photos"):
        launch.compress(run, QUICK)
    (run.folder / "config.yaml").write_text(config.to_yaml())
    report = json.loads((run.folder / "report.json").read_text())
    report["dataset"]["fingerprint"] = "0" * 64
    (run.folder / "report.json").write_text(json.dumps(report))
    with pytest.raises(DataError, match="others than those"):
        launch.export(run, [48])
    assert not (run.folder / "compressed").exists()


def test_a_resolution_or_variant_that_there_is_not_is_told(run: Run) -> None:
    with pytest.raises(ConfigError, match="from 32 to 2048"):
        launch.export(run, [16])
    with pytest.raises(ConfigError, match="at least one"):
        launch.export(run, [])
    with pytest.raises(ConfigError, match="int4"):
        launch.export(run, [48], ["int4"])


def test_a_place_that_cannot_be_written_is_told(run: Run) -> None:
    (run.folder / "compressed").write_text("")
    with pytest.raises(InvalidInput, match="cannot be written"):
        launch.compress(run, QUICK)
    assert not run.is_locked()


def test_a_read_only_disk_is_told(run: Run) -> None:
    place = str(run.folder.parent)
    try:
        subprocess.run(["mount", "--bind", place, place], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a read-only disk can be mounted by root only")
    try:
        with pytest.raises(StorageError, match="Read-only file system"):
            launch.compress(run, QUICK)
        with pytest.raises(StorageError, match="Read-only file system"):
            launch.export(run, [48])
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
