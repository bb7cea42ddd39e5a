"""Progress on the terminal: bars where somebody watches, plain lines in a log, stdout left alone."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder.console import ConsoleProgress
from builder.console.told import Count

EPOCH = {"loss": 0.5, "accuracy": 0.912, "val_loss": 0.6, "val_accuracy": 0.9, "learning_rate": 1e-3, "seconds": 20.0}


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def training(emit: Callable[..., None], clock: Clock, epochs: int = 4, steps: int = 2, first: int = 1) -> None:
    """A training of which each step takes ten seconds, from an epoch on."""
    emit("stage", stage="train", state="start")
    for epoch in range(first, epochs + 1):
        for step in range(1, steps + 1):
            clock.now += 10
            place = {"epoch": epoch, "epochs": epochs, "step": step, "steps": steps}
            emit("step", **place, loss=0.7, accuracy=0.8, images_per_second=480.2)
        kept = {"best_epoch": min(epoch, 3), "best_val_accuracy": 0.9}  # a tie: the first of the best is not the one that is kept
        emit("epoch", epoch=epoch, epochs=epochs, **EPOCH, **kept, images_per_second=470.0)
    emit("stage", stage="train", state="done")


def lines_of(tell: Callable[[Callable[..., None], Clock], None]) -> list[str]:
    stream, clock = io.StringIO(), Clock()
    with ConsoleProgress(stream, clock=clock) as emit:
        tell(emit, clock)
    return stream.getvalue().splitlines()


def test_a_log_has_one_line_for_each_epoch() -> None:
    lines = lines_of(training)
    assert lines == [
        "Training ...",
        "epoch 1/4, 1 min left, accuracy 91.2 %, val 90.0 %, loss 0.500, 470 photos/s",
        "epoch 2/4, 40 s left, accuracy 91.2 %, val 90.0 %, loss 0.500, 470 photos/s",
        "epoch 3/4, 20 s left, accuracy 91.2 %, val 90.0 %, loss 0.500, 470 photos/s",
        "epoch 4/4, accuracy 91.2 %, val 90.0 %, loss 0.500, 470 photos/s",
        "Training: 4 epochs, kept epoch 3 with validation 90.0 %, in 1 min 20 s",
    ]


def test_a_resumed_training_is_timed_from_where_it_went_on() -> None:
    lines = lines_of(lambda emit, clock: training(emit, clock, epochs=10, first=6))
    assert lines[1].startswith("epoch 6/10, 1 min 20 s left, ")


def test_a_long_epoch_is_heard_of_every_half_minute() -> None:
    lines = lines_of(lambda emit, clock: training(emit, clock, epochs=1, steps=8))
    assert [line.partition(",")[0] for line in lines[1:-2]] == ["epoch 1/1", "epoch 1/1"]
    assert "step 3/8" in lines[1]
    assert "50 s left" in lines[1]


def decoding(emit: Callable[..., None], clock: Clock) -> None:
    emit("stage", stage="data", state="start")
    for done in range(0, 2001, 100):
        clock.now += 2
        emit("progress", stage="data", done=done, total=2000, unit="photos")
    emit("stage", stage="data", state="done")


def test_decoding_says_how_far_and_how_much_longer() -> None:
    assert lines_of(decoding) == [
        "Photos ...",
        "Photos: 1,400 of 2,000 photos, 12 s left",
        "Photos: 2,000 photos, in 42 s",
    ]


def test_work_of_unknown_size_is_counted_without_a_time() -> None:
    def listing(emit: Callable[..., None], clock: Clock) -> None:
        emit("progress", stage="data", done=10, total=None, unit="files")
        clock.now += 31
        emit("progress", stage="data", done=500, total=None, unit="files")

    assert lines_of(listing) == ["Photos: 500 files"]


def test_notes_warnings_files_and_reused_stages_are_lines() -> None:
    def tell(emit: Callable[..., None], _: Clock) -> None:
        emit("stage", stage="train", state="reused")
        emit("note", message="Going on after epoch 3 of 6.")
        emit("warning", message="A class has 7 photos.")
        emit("variant", variant="int8", file="int8.tflite", flash_bytes=256_392)
        emit("something new", value=1)

    assert lines_of(tell) == [
        "Training: done by an earlier run",
        "note: Going on after epoch 3 of 6.",
        "warning: A class has 7 photos.",
        "wrote int8.tflite, 250.4 KiB",
    ]


def test_a_name_in_a_note_cannot_steer_the_terminal() -> None:
    hostile = "class \x1b[2J\r\n\x07[red]\u202ex"
    for stream in (io.StringIO(), Terminal()):
        with ConsoleProgress(stream) as emit:
            emit("note", message=hostile)
        assert "\x1b[2J" not in stream.getvalue()
        assert "\x07" not in stream.getvalue()
        assert "[red]" in stream.getvalue()


def test_a_log_has_no_control_characters() -> None:
    stream, clock = io.StringIO(), Clock()
    with ConsoleProgress(stream, clock=clock) as emit:
        training(emit, clock)
        decoding(emit, clock)
    assert [char for char in stream.getvalue() if not char.isprintable() and char != "\n"] == []


def test_losses_that_are_not_finite_are_dashes() -> None:
    def diverged(emit: Callable[..., None], _: Clock) -> None:
        emit("epoch", epoch=1, epochs=1, loss=float("nan"), accuracy=float("nan"), val_accuracy=None)

    assert lines_of(diverged) == ["epoch 1/1, accuracy –, loss –"]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_events_with_gaps_are_survived(stream: Callable[[], io.StringIO]) -> None:
    shown = stream()
    with ConsoleProgress(shown) as emit:
        for event in ("stage", "progress", "step", "epoch", "note", "warning", "variant"):
            emit(event)
        emit("stage", stage="x", state="start")
        emit("progress", stage=None, done=None, total="many", unit=3)
        emit("step", epoch=None, epochs=0, step=0, steps=0)
        emit("note", message="still here")
    assert "still here" in shown.getvalue()


def test_a_terminal_gets_bars_and_keeps_what_is_done() -> None:
    stream, clock = Terminal(), Clock()
    with ConsoleProgress(stream, clock=clock) as emit:
        decoding(emit, clock)
        training(emit, clock)
        emit("stage", stage="verify", state="reused")
    shown = stream.getvalue()
    assert "\x1b[?25l" in shown  # the cursor is hidden while bars are drawn
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # and given back
    for text in ("2,000 photos  42 s", "4 epochs, kept epoch 3 with validation 90.0 %  1 min 20 s", "done by an earlier run"):
        assert text in shown


def test_the_cursor_is_given_back_when_the_work_is_stopped() -> None:
    def stopped(emit: Callable[..., None]) -> None:
        emit("stage", stage="train", state="start")
        raise KeyboardInterrupt

    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), ConsoleProgress(stream) as emit:
        stopped(emit)
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with ConsoleProgress(stream) as emit:
        emit("note", message="hello")
    assert stream.getvalue() == "note: hello\n"


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_has_gone_does_not_stop_the_work() -> None:
    done = []
    with ConsoleProgress(Gone()) as emit:
        for message in ("one", "two"):
            emit("note", message=message)
            done.append(message)
    assert done == ["one", "two"]


def test_events_after_the_end_are_dropped() -> None:
    stream = io.StringIO()
    with ConsoleProgress(stream) as emit:
        pass
    emit("note", message="late")
    assert stream.getvalue() == ""


CHILD = """
import os, sys
from pathlib import Path
from builder.console import ConsoleProgress
from builder.output import captured
with ConsoleProgress() as emit:
    with captured(Path(sys.argv[1])):
        os.write(1, b"library to stdout\\n"); os.write(2, b"library to stderr\\n")
        emit("note", message="still seen")
print("answer")
"""


def test_progress_reaches_stderr_while_libraries_are_captured(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "log.txt")], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("answer\n", "note: still seen\n")
    assert (tmp_path / "log.txt").read_text() == "library to stdout\nlibrary to stderr\n"


def test_a_real_terminal_shows_bars_while_libraries_are_captured(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color"}
    command = [sys.executable, "-c", CHILD, str(tmp_path / "log.txt")]
    child = subprocess.Popen(command, stderr=terminal, stdout=subprocess.PIPE, env=environment)
    os.close(terminal)
    shown = read_all(controller)
    answer, _ = child.communicate(timeout=60)
    assert (child.returncode, answer) == (0, b"answer\n")
    assert "still seen" in shown
    assert "library" not in shown
    assert "\x1b[?25h" in shown


def read_all(descriptor: int) -> str:
    """Everything that comes out of a terminal until its other end is closed."""
    parts: list[bytes] = []
    with open(descriptor, "rb", buffering=0) as stream:
        while True:
            try:
                part: Any = stream.read(4096)
            except OSError:  # Linux says so instead of end of file
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode()


def test_at_its_end_verification_says_how_many_files_ran_on_how_many_photos() -> None:
    count = Count(lambda: 0.0)
    values = {"unit": "photos", "total": 915, "whole": "5 files on 183 photos"}
    count.take({**values, "done": 300})
    assert count.so_far == "300 of 915 photos"
    count.take({**values, "done": 915})
    assert count.so_far == "5 files on 183 photos"
