"""Full disks, Ctrl-C and the same build twice at once: said in a sentence, and the same command goes on with what was whole."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builder import BuildConfig
from builder.__main__ import run
from builder.errors import StorageError
from builder.start import build


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 photos in three classes."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate(("ash", "elm", "oak")):
        (folder / name).mkdir()
        for each in range(20):
            pixels = np.random.default_rng([number, each]).integers(0, 90, (40, 40, 3)) + 60 * number
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{each}.png")
    return folder


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> None:
    """Takes every free byte."""
    with contextlib.suppress(OSError), (disk / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


def settings(data: Path, epochs: int = 1) -> BuildConfig:
    """A build of seconds."""
    training = {"epochs": epochs, "batch_size": 16}
    return BuildConfig(data=str(data), resolution=32, init="scratch", variants=("float32", "float16"), training=training)


class FullFrom:
    """An `Emit` that fills a disk when a certain event comes, and keeps which stages an earlier process had done."""

    def __init__(self, disk: Path, event: str, **values: Any) -> None:
        self.disk, self.awaited = disk, (event, values)
        self.reused: list[str] = []

    def __call__(self, event: str, /, **values: Any) -> None:
        name, wanted = self.awaited
        if event == name and wanted.items() <= values.items():
            fill(self.disk)
        if values.get("state") == "reused":
            self.reused.append(values["stage"])


@pytest.mark.slow
def test_a_disk_that_fills_at_any_stage_costs_that_stage_only(data: Path, mounted: Path) -> None:
    expected: tuple[tuple[FullFrom, str, list[str]], ...] = (
        (FullFrom(mounted, "stage", stage="train", state="start"), "checkpoint.npz", []),
        (FullFrom(mounted, "epoch"), "model.keras", []),
        (FullFrom(mounted, "stage", stage="export", state="start"), "float32.tflite", []),
        (FullFrom(mounted, "variant", variant="float32"), "float16.tflite", ["train"]),
        (FullFrom(mounted, "stage", stage="verify", state="done"), "/photos could not be written", ["train"]),
    )
    for emit, file, reused in expected:
        with pytest.raises(StorageError, match="(?s)" + file) as caught:
            build(settings(data), mounted, emit=emit, capture_output=True)
        assert caught.value.exit_code == 2
        assert emit.reused == reused
        assert not list(mounted.rglob("report.json"))
        assert not [path.name for path in mounted.rglob("*") if path.name.startswith(".")]
        (mounted / "filler").unlink()
    last = FullFrom(mounted, "never")
    made = build(settings(data), mounted, emit=last, capture_output=True)
    assert last.reused == ["train", "export"]
    assert set(made.report.measured.variants) == {"float32", "float16"}


def test_exports_and_cache_on_a_disk_without_room_or_read_only(
    data: Path, mounted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["build", "--data", str(data), "--init", "scratch", "--exports"]

    def refused(exports: Path, phrase: str) -> None:
        assert run([*line, str(exports)]) == 2
        printed = capsys.readouterr()
        assert phrase in printed.err
        assert "Traceback" not in printed.err
        assert not list(exports.rglob("report.json"))

    fill(mounted)
    refused(mounted / "new", "disk is full")
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(mounted / "cache"))
    refused(tmp_path / "exports", "BUILDER_CACHE_DIR")
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    refused(tmp_path / "exports", "BUILDER_CACHE_DIR")
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    refused(mounted / "new", "--exports DIR")
    monkeypatch.setenv("BUILDER_STATE_DIR", str(mounted / "state"))
    refused(tmp_path / "exports", "BUILDER_STATE_DIR")


AWAKE = ("env", "--default-signal=INT")  # a shell that runs tests in the background lets them ignore Ctrl-C, and so their children


def started(config: BuildConfig, folder: Path) -> subprocess.Popen[str]:
    """The command as a process, with the keys of a terminal of its own."""
    (folder / "mine.yaml").write_text(config.to_yaml())
    command = [*AWAKE, sys.executable, "-m", "builder", "build", "--json", "--config", "mine.yaml", "--exports", "exports"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def stopped_at(sign: str, config: BuildConfig, folder: Path) -> tuple[int, str, list[str]]:
    """Presses Ctrl-C when a line with a sign comes; the exit code, what is on stdout, and the lines on stderr."""
    with started(config, folder) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        lines = []
        for line in process.stderr:
            lines.append(line.strip())
            if sign in line and sum(sign in each for each in lines) == 1:
                os.killpg(process.pid, signal.SIGINT)
        said = process.stdout.read()
    return process.returncode, said, lines


@pytest.mark.slow
def test_ctrl_c_while_decoding_training_and_exporting_then_the_same_command(data: Path, tmp_path: Path) -> None:
    config = settings(data, epochs=3)
    for sign, promise in (
        ("Photos ...", "Stopped. Run the same command again"),
        ("epoch 1/3", "epochs. The best so far"),
        ("Export ...", "Stopped. Run the same command again"),
    ):
        code, said, lines = stopped_at(sign, config, tmp_path)
        assert (code, said) == (130, "")
        assert promise in lines[-1]
        assert "ame command again" in lines[-1]
        assert not [line for line in lines if "Traceback" in line]
        if sign == "Export ...":
            assert any(line.startswith("note: Going on after epoch ") for line in lines)
    with started(config, tmp_path) as process:
        said, notes = process.communicate()
    assert process.returncode == 0
    assert [record["epoch"] for record in json.loads(said)["training"]["history"]] == [1, 2, 3]
    assert "Training: done by an earlier run" in notes


def test_ctrl_c_that_falls_into_a_callback_which_may_not_raise_is_not_lost() -> None:
    lines = """
import sys, threading
from builder.__main__ import heed_interrupt
sys.unraisablehook = heed_interrupt
class Callback:
    def __del__(self):
        raise KeyboardInterrupt
Callback()
try:
    threading.Event().wait(20)
except KeyboardInterrupt:
    sys.exit(7)
"""
    assert subprocess.run([*AWAKE, sys.executable, "-c", lines], check=False).returncode == 7


@pytest.mark.slow
def test_the_same_build_started_twice_at_once_prints_one_report_twice(data: Path, tmp_path: Path) -> None:
    config = settings(data, epochs=0)
    with started(config, tmp_path) as first, started(config, tmp_path) as second:
        answers = [process.communicate() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert answers[0][0] == answers[1][0]
    assert json.loads(answers[0][0])["measured"]["variants"]
    assert len(list((tmp_path / "exports").iterdir())) == 1
    assert sum(notes.count("following it") for _, notes in answers) == 1


def test_what_asks_to_end_is_heard_whatever_the_starter_ignores_but_for_nohup() -> None:
    code = (
        "import signal; from builder.__main__ import heed_signals; heed_signals()\n"
        "print(*(signal.getsignal(each) is signal.default_int_handler for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))"
    )
    heard = {
        script: subprocess.run(
            ["env", "--default-signal=HUP", "sh", "-c", f'{script}exec "$0" -c "$1"', sys.executable, code],
            capture_output=True, text=True, check=True,
        ).stdout.split()
        for script in ('trap "" INT TERM; ', 'trap "" HUP; ')
    }  # fmt: skip
    assert heard == {'trap "" INT TERM; ': ["True", "True", "True"], 'trap "" HUP; ': ["True", "True", "False"]}
