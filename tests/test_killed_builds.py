"""A build killed with -9 three times and started again ends as one that nobody disturbed; others read its events meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder.config import BuildConfig
from builder.event_log import read_events
from builder.outcomes import read_outcomes
from builder.runs import Run, builds
from builder.start import FinishedBuild


def events_of(exports: Path) -> list[dict[str, Any]]:
    """All events so far, read as another process reads them."""
    return [event for folder in builds(exports) for event in read_events(folder / "events.jsonl")[0]]


def start(config: Path, exports: Path) -> subprocess.Popen[str]:
    """The command, the same each time."""
    awake = ("env", "--default-signal=INT")  # where the tests run in the background they ignore Ctrl-C, and so would this child
    command = [*awake, sys.executable, "-m", "builder", "build", "--json", "--config", str(config), "--exports", str(exports)]
    return subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def kill_when(process: subprocess.Popen[str], due: Callable[[], bool]) -> int:
    """Kills the process, and not its children, when it is due; its exit code."""
    with process:
        while not due():
            try:
                process.wait(timeout=0.005)
                break
            except subprocess.TimeoutExpired:
                continue
        process.kill()
    return process.returncode


@pytest.mark.slow
def test_kills_change_neither_accuracy_nor_bytes(small_build: FinishedBuild, tmp_path: Path) -> None:
    config = small_build.folder / "config.yaml"

    def told(name: str) -> Callable[[], bool]:
        return lambda: any(event["event"] == name for event in events_of(tmp_path))

    def verified() -> bool:
        return any(event.get("stage") == "verify" and event.get("state") == "done" for event in events_of(tmp_path))

    for due in (told("epoch"), told("variant"), verified):
        assert kill_when(start(config, tmp_path), due) == -signal.SIGKILL
        (folder,) = builds(tmp_path)
        assert Run(folder).status() == "unfinished"
        assert not (folder / "report.json").exists()

    with start(config, tmp_path) as last:
        assert last.stdout is not None
        report = json.loads(last.stdout.read())
    assert last.returncode == 0

    undisturbed = small_build.report.measured
    assert report["measured"]["keras"]["accuracy"] == undisturbed.keras.accuracy
    assert {name: made["sha256"] for name, made in report["measured"]["variants"].items()} == {
        name: made.sha256 for name, made in undisturbed.variants.items()
    }
    assert [record["epoch"] for record in report["training"]["history"]] == [1, 2, 3, 4]
    assert any(note.startswith("Going on after epoch") for note in report["notes"])
    made = {path.name for path in folder.iterdir() if path.suffix != ".zip"}  # the command line packs what it built
    assert made == {path.name for path in small_build.folder.iterdir()}
    assert read_outcomes(folder) == read_outcomes(small_build.folder)
    states = [(event["stage"], event["state"]) for event in events_of(tmp_path) if event["event"] == "stage"]
    assert states[-8:] == [
        ("data", "start"),
        ("data", "done"),
        ("train", "reused"),
        ("export", "reused"),
        ("verify", "start"),
        ("verify", "done"),
        ("report", "start"),
        ("report", "done"),
    ]
    assert set(report["build"]["seconds"]) == {"data", "train", "export", "verify"}


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_says_how_to_go_on(small_config: BuildConfig, tmp_path: Path) -> None:
    config = tmp_path / "long.yaml"
    config.write_text(small_config.replace(training={"epochs": 1000}).to_yaml())
    exports = tmp_path / "exports"
    process = start(config, exports)
    signalled = False
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
        if not signalled and any(event["event"] == "epoch" for event in events_of(exports)):
            process.send_signal(signal.SIGINT)
            signalled = True
    with process:
        assert process.returncode == 130
    (folder,) = builds(exports)
    last = events_of(exports)[-1]
    assert (last["event"], last["exit_code"]) == ("failed", 130)
    assert str(folder / "training" / "checkpoint.npz") in last["message"]
    assert "Run the same command again" in last["message"]
    assert (folder / "training" / "checkpoint.npz").exists()
