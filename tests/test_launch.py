"""Builds as processes of their own: nothing that becomes of whoever started them reaches them, and they can be stopped."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder import processes
from builder.__main__ import run as command
from builder.config import BuildConfig
from builder.errors import ConfigError, DataError, InvalidInput, ModelFileError
from builder.event_log import read_events
from builder.launch import Launched, absolute, launch, resume, stop
from builder.runs import Run, builds
from builder.watching import look
from tests.ui import folders

SECONDS_MAX = 400  # on a machine that has other things to do


@pytest.fixture(autouse=True)
def one_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of its own with one slot, so that no other test is waited for."""
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("BUILDER_SLOTS", "1")


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[Path]:
    """A folder of builds; what still runs there afterwards is stopped."""
    yield tmp_path / "exports"
    for folder in builds(tmp_path / "exports"):
        stop(Run(folder), grace_seconds=1)


@pytest.fixture
def quick(small_config: BuildConfig) -> BuildConfig:
    """A build of one epoch and one file."""
    return small_config.replace(training={"epochs": 1}, variants=("float32",))


@pytest.fixture
def endless(small_config: BuildConfig) -> BuildConfig:
    """A build that runs until it is stopped."""
    return small_config.replace(training={"epochs": 1000, "batch_size": 64}, variants=("float32",))


def events(run: Run, name: str = "") -> list[dict[str, Any]]:
    """What a build said so far."""
    return [event for event in read_events(run.events_path)[0] if name in ("", event["event"])]


def until(due: Callable[[], object]) -> None:
    """Waits, but not for ever."""
    deadline = time.monotonic() + SECONDS_MAX
    while not due():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Starting.


def test_a_launch_returns_while_the_build_holds_its_lock_and_a_second_one_joins(exports: Path, endless: BuildConfig) -> None:
    launch(endless, exports)  # the first of all reads the built-in set once
    (folder,) = builds(exports)
    stop(Run(folder))
    began = time.monotonic()
    first = launch(endless, exports, title="Mine")
    assert time.monotonic() - began < 2
    assert first == Launched(Run(folder), joined=False)
    assert first.run.is_locked()
    assert launch(endless, exports, title="Theirs") == Launched(first.run, joined=True)
    assert builds(exports) == [folder]
    assert stop(first.run)


def test_a_finished_build_is_joined(exports: Path, small_config: BuildConfig) -> None:
    begun = launch(small_config, exports).run
    assert stop(begun)
    begun.report_path.write_text("{}")
    assert launch(small_config, exports) == Launched(begun, joined=True)


def test_what_a_build_is_for_is_kept_and_makes_no_other_build(exports: Path, small_config: BuildConfig) -> None:
    begun = launch(small_config, exports).run
    assert stop(begun)
    begun.report_path.write_text("{}")
    assert "target" not in begun.description()
    for device in ("Raspberry Pi Pico", "Raspberry Pi 4B"):
        assert launch(small_config, exports, target={"device": device}) == Launched(begun, joined=True)
        assert begun.description()["target"] == {"device": "Raspberry Pi Pico"}


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"data": "nowhere"}, DataError, "nowhere"),
        ({"classes": 3}, DataError, "expect 3 classes"),
        ({"init": "gone.keras"}, ModelFileError, r"gone\.keras"),
    ],
)
def test_what_cannot_be_used_is_told_by_the_launch_and_leaves_no_build(
    exports: Path, small_config: BuildConfig, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        launch(small_config.replace(**changes), exports)
    assert builds(exports) == []


def test_exports_that_cannot_be_made_are_told(tmp_path: Path, small_config: BuildConfig) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InvalidInput, match="--exports"):
        launch(small_config, tmp_path / "file" / "exports")


def test_a_process_that_cannot_begin_is_told(exports: Path, small_config: BuildConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.launch.sys.executable", "/bin/false")
    with pytest.raises(Exception, match="could not begin: it said nothing"):
        launch(small_config, exports)


def test_relative_places_become_absolute_ones_of_the_same_identity(small_config: BuildConfig) -> None:
    config = small_config.replace(data="photos", test_data="more", init="w.keras")
    full = absolute(config, Path("/srv"))
    assert (full.data, full.test_data, full.init) == ("/srv/photos", "/srv/more", "/srv/w.keras")
    assert absolute(small_config, Path("/srv")) == small_config


LAUNCHER = """
import sys, time
from pathlib import Path
from builder.config import BuildConfig
from builder.launch import launch
print(launch(BuildConfig.from_file(Path(sys.argv[1])), Path(sys.argv[2])).run.folder, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_build_survives_its_launcher(exports: Path, quick: BuildConfig, tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(quick.to_yaml())
    arguments = [sys.executable, "-c", LAUNCHER, str(tmp_path / "quick.yaml"), str(exports)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        run = Run(Path(launcher.stdout.readline().strip()))
        launcher.kill()
    assert run.is_locked()
    until(lambda: not run.is_locked())
    assert run.status() == "done"
    assert not (run.folder / processes.FILE).exists()


@pytest.mark.slow
def test_builds_queue_and_run_in_order(exports: Path, endless: BuildConfig, quick: BuildConfig) -> None:
    first = launch(endless, exports).run
    until(lambda: events(first, "stage"))
    untrained = quick.replace(training={"epochs": 0})
    others = [launch(untrained.replace(seed=seed), exports).run for seed in (1, 2)]
    until(lambda: all(events(run, "queue") for run in others))
    assert [look(run).state for run in (first, *others)] == ["running", "waiting", "waiting"]
    assert [look(run).place for run in others] == [1, 2]
    assert stop(first)
    until(lambda: look(others[0]).state == "running")
    assert look(others[1]).state == "waiting"
    until(lambda: not any(run.is_locked() for run in others))
    assert [run.status() for run in others] == ["done", "done"]
    ends, begins = events(others[0])[-1]["time"], events(others[1], "stage")[0]["time"]
    assert ends <= begins


# Stopping.


@pytest.mark.slow
def test_what_was_trained_is_kept_and_resumed(exports: Path, small_config: BuildConfig) -> None:
    config = small_config.replace(training={"epochs": 4, "batch_size": 16}, variants=("float32",))
    run = launch(config, exports).run
    until(lambda: events(run, "epoch"))
    assert stop(run)
    assert look(run).state == "stopped"
    assert (run.training / "checkpoint.npz").exists()
    assert resume(run) == Launched(run, joined=False)
    until(lambda: not run.is_locked())
    assert run.status() == "done"
    assert [record.epoch for record in look(run).epochs] == [1, 2, 3, 4]
    assert any("Going on after epoch" in note for note in look(run).notes)


def test_a_waiting_build_is_stopped_where_it_stands(exports: Path, endless: BuildConfig) -> None:
    first = launch(endless, exports).run
    second = launch(endless.replace(seed=1), exports).run
    until(lambda: events(second, "queue"))
    assert stop(second)
    assert look(second).state == "stopped"
    assert first.is_locked()
    assert not stop(second)


def test_sigterm_stops_as_ctrl_c_does(exports: Path, endless: BuildConfig) -> None:
    run = launch(endless, exports).run
    process = processes.find(run.folder)
    assert process is not None
    assert process.leads_group
    process.send(signal.SIGTERM)
    until(lambda: not run.is_locked())
    assert events(run)[-1]["exit_code"] == 130


def test_a_build_that_hears_no_signal_is_killed_and_its_last_word_is_said(tmp_path: Path) -> None:
    run = folders.folder(tmp_path, 7, "Deaf")
    lines = """
import signal, sys, time
from pathlib import Path
from builder import processes
from builder.runs import Run
signal.signal(signal.SIGINT, signal.SIG_IGN)
with Run(Path(sys.argv[1])).lock(), processes.told(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""
    arguments = [sys.executable, "-c", lines, str(run.folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert stop(run, grace_seconds=0.3)
    assert process.returncode == -signal.SIGKILL
    assert events(run)[-1]["event"] == "failed"
    assert look(run).state == "stopped"


def test_a_killed_build_is_seen_as_failed(exports: Path, endless: BuildConfig) -> None:
    run = launch(endless, exports).run
    until(lambda: events(run, "stage"))
    process = processes.find(run.folder)
    assert process is not None
    process.send(signal.SIGKILL)
    until(lambda: not run.is_locked())
    seen = look(run)
    assert seen.state == "failed"
    assert "without a word" in seen.message


def test_a_process_of_the_same_number_is_left_alone(tmp_path: Path) -> None:
    run = folders.folder(tmp_path, 8, "Old")
    with run.lock():
        values = {"pid": os.getpid(), "began": 1, "leads_group": False}
        (run.folder / processes.FILE).write_text(json.dumps(values))
        assert processes.find(run.folder) is None
        assert not stop(run, grace_seconds=0.2)
    for content in ("", "[]", '{"pid": "x"}', '{"pid": 1, "began": 1, "leads_group": true}'):
        (run.folder / processes.FILE).write_text(content)
        assert processes.find(run.folder) is None


def test_stop_of_a_build_that_does_not_run_changes_nothing(tmp_path: Path) -> None:
    run = folders.died(tmp_path)
    before = run.events_path.read_bytes()
    assert not stop(run)
    assert run.events_path.read_bytes() == before


def test_the_command_says_what_became_of_the_build(exports: Path, endless: BuildConfig, capsys: pytest.CaptureFixture[str]) -> None:
    run = launch(endless, exports).run
    arguments = ["stop", run.id, "--exports", str(exports)]
    assert command(arguments) == 0
    assert command(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [f"{run.folder.name} is stopped.", f"{run.folder.name} is not running."]
    assert command(["stop", "nothing", "--exports", str(exports)]) == 2


# Resuming.


def test_a_build_whose_photos_changed_is_not_resumed(tmp_path: Path, exports: Path, hands: Path, small_config: BuildConfig) -> None:
    photos = tmp_path / "photos"
    for name in ("0", "1"):
        (photos / name).mkdir(parents=True)
        for each in sorted((hands / name).iterdir())[:12]:
            (photos / name / each.name).write_bytes(each.read_bytes())
    run = launch(small_config.replace(data=str(photos)), exports).run
    assert stop(run)
    (photos / "0" / "other.jpg").write_bytes(sorted((hands / "0").iterdir())[20].read_bytes())
    with pytest.raises(DataError, match="others than when this build began"):
        resume(run)
    assert builds(exports) == [run.folder]


def test_a_build_without_settings_is_not_resumed(tmp_path: Path) -> None:
    run = folders.died(tmp_path)
    (run.folder / "config.yaml").write_text("alpha: wide")
    with pytest.raises(ConfigError):
        resume(run)
    folders.vanish(run)
    with pytest.raises(InvalidInput, match="any more"):
        resume(run)


def test_a_running_build_is_joined_by_resume(exports: Path, endless: BuildConfig) -> None:
    run = launch(endless, exports).run
    assert resume(run) == Launched(run, joined=True)


def test_a_locked_file_of_a_launcher_is_not_inherited(exports: Path, endless: BuildConfig, tmp_path: Path) -> None:
    with (tmp_path / "other.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run = launch(endless, exports).run
    with (tmp_path / "other.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert run.is_locked()
