"""A warm process that builds one cell of a batch after the other: `python -m builder.batch.worker`.

It reads one JSON object a line on standard input and answers on standard output:

    in   {"task": {...}}                  build this (`builder.batch.task.Task`)
         {"stop": true}                   end the build at hand as Ctrl-C does; what is whole is kept
         {"leave": true}                  end, when there is nothing to do
    out  {"event": "ready"}               at the beginning
         {"event": ..., "number": 3}      what `builder.events` has, of the cell's build; steps now and then only
         {"event": "result", "number": 3, "state": "done" | "paused" | "failed" | "stopped", ...}

TensorFlow is imported with the first build and stays. Where standard input ends, whoever gave the tasks is gone: the process ends
at once with all its children, since every file is whole or absent at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, Any

from builder import start
from builder.__main__ import heed_interrupt, leave
from builder.batch.outcome import Outcome
from builder.batch.scores import best_until
from builder.batch.task import Task
from builder.config import BuildConfig
from builder.errors import EXIT_DONE, EXIT_INTERRUPTED, BuilderError, Busy, DataError, Interrupted
from builder.event_log import end_of
from builder.report import BuildReport
from builder.runs import Run

STDOUT, STDERR = 1, 2
BUSY_SECONDS = 1.0  # between two looks whether a build is free
STEP_SECONDS = 1.0  # between two `step` events that are passed on
PASSED_ON = ("stage", "epoch", "step", "queue", "warning", "technique")


class Paused(Interrupted):
    """Training has come to the epoch after which the batch compares it with others."""


class Voice:
    """Speaks to whoever gives the tasks. What libraries print goes to standard error from now on.

    Attributes:
        number: of the cell at hand.
    """

    def __init__(self) -> None:
        self.stream = os.fdopen(os.dup(STDOUT), "w", encoding="utf-8", buffering=1)
        os.dup2(STDERR, STDOUT)
        self.number = 0
        self.stepped = 0.0

    def say(self, event: str, /, **values: Any) -> None:
        """One line; nobody listens any more where the pipe is broken, and the reader of standard input ends the process."""
        with contextlib.suppress(OSError):
            self.stream.write(json.dumps({"event": event, **values}, default=str) + "\n")

    def emit(self, event: str, /, **values: Any) -> None:
        """An `Emit`."""
        if event not in PASSED_ON:
            return
        if event == "step":
            now = time.monotonic()
            if now - self.stepped < STEP_SECONDS:
                return
            self.stepped = now
        self.say(event, **{**values, "number": self.number})


class Ears:
    """Reads standard input beside the work.

    A stop is for the task before it, whether that has begun or still waits; SIGINT from elsewhere, such as `builder stop`, is for
    the build at hand. Between two tasks there is nothing to stop.
    """

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self.tasks: queue.Queue[Task | None] = queue.Queue()
        self.lock = threading.Lock()
        self.is_asked_to_stop = False
        self.is_at_work = False
        signal.signal(signal.SIGINT, self.interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        threading.Thread(target=self.listen, daemon=True, name="tasks").start()

    def interrupt(self, sign: int, frame: FrameType | None) -> None:
        """The handler of SIGINT."""
        if self.is_at_work:
            signal.default_int_handler(sign, frame)

    def listen(self) -> None:
        """Until the end of standard input, which is the end of this process."""
        with contextlib.suppress(ValueError, OSError):
            for line in self.stream:
                asked = json.loads(line)
                with self.lock:
                    if "task" in asked:
                        self.is_asked_to_stop = False
                        self.tasks.put(Task.from_json(asked["task"]))
                    elif "leave" in asked:
                        self.tasks.put(None)
                    else:
                        self.is_asked_to_stop = True
                        if self.is_at_work:
                            os.kill(os.getpid(), signal.SIGINT)
        end_at_once()

    def done(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Works so that it can be stopped. What was done when the stop came counts.

        Raises:
            KeyboardInterrupt: it was stopped before that.
        """
        result: dict[str, Any] | None = None
        try:
            with self.lock:
                self.is_at_work = True
                if self.is_asked_to_stop:
                    raise KeyboardInterrupt
            result = work()
        except KeyboardInterrupt:
            if result is None:
                raise
        finally:
            self.is_at_work = False
        assert result is not None
        return result


def end_at_once() -> None:
    """Ends this process and its children, without a last word."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(EXIT_INTERRUPTED)


def main() -> None:
    """Works until there is nothing more to do."""
    sys.unraisablehook = heed_interrupt
    voice, ears = Voice(), Ears(sys.stdin)
    voice.say("ready")
    while True:
        task = ears.tasks.get()
        if task is None:
            leave(EXIT_DONE)
        assert task is not None
        voice.number = task.number
        voice.say("result", number=task.number, **answer(task, voice, ears), memory_bytes=resident_bytes())


def answer(task: Task, voice: Voice, ears: Ears) -> dict[str, Any]:
    """Does a task and says how it ended; never raises."""
    try:
        return ears.done(lambda: made(task, voice))
    except Paused as pause:
        folder = folder_of(task)
        return {
            "state": "paused",
            "message": str(pause),
            "folder": str(folder),
            "score": best_until(Run(folder), task.pause_after or 0),
        }
    except (Interrupted, KeyboardInterrupt) as error:
        return {"state": "stopped", "message": str(error) or "Stopped; what is whole is kept."}
    except Exception as error:
        if not isinstance(error, BuilderError):
            traceback.print_exc()
        message, code = end_of(error, folder_of(task))
        return {"state": "failed", "message": message, "exit_code": code, "kind": type(error).__name__}


def made(task: Task, voice: Voice) -> dict[str, Any]:
    """The build and everything that is made of it."""
    config = BuildConfig(**task.config)
    wanted = start.prepare(config, Path(task.exports), title=task.title, emit=voice.emit)
    if wanted.run.id != task.build:
        raise DataError(
            f"The photos in {config.data} or the file that the weights start from are others than when the batch was planned. "
            "Run the same command again: it plans anew."
        )
    if task.pause_after is not None and wanted.run.status() != "done" and best_until(wanted.run, task.pause_after) is not None:
        raise Paused(pause_words(task.pause_after))
    start.check_warm_start(wanted)
    finished = start.built(wanted, force=False, emit=pausing(task, voice), capture_output=True)
    wanted.run.aim(dict(task.target or {}))
    if start.is_enforced(config, finished.report):
        when_free(lambda: start.enforced(wanted.run, config, voice.emit, capture_output=True))
    further(task, wanted.run, config, finished.report, voice)
    return {
        "state": "done",
        "folder": str(wanted.run.folder),
        "reused": finished.reused,
        "outcome": Outcome.of(finished.report, str((task.target or {}).get("variant", ""))).to_json(),
    }


def pausing(task: Task, voice: Voice) -> Any:
    """An `Emit` that ends training after the epoch that the task names; the epoch's checkpoint is on disk by then."""

    def emit(event: str, /, **values: Any) -> None:
        voice.emit(event, **values)
        if event == "epoch" and task.pause_after is not None and task.pause_after <= values["epoch"] < values["epochs"]:
            raise Paused(pause_words(task.pause_after))

    return emit


def pause_words(epochs: int) -> str:
    """What a paused build says of itself."""
    return f"Paused after epoch {epochs}: the batch compares it with the others. The same build goes on from there."


def further(task: Task, run: Run, config: BuildConfig, report: BuildReport, voice: Voice) -> None:
    """Compressed files, other resolutions and the zip; what is there already is not made again."""
    if task.techniques and report.training.history:
        from builder.lab import Request, compress_build

        request = Request(task.techniques, gate=config.gate.limits)
        when_free(lambda: compress_build(run, request, voice.emit, capture_output=True))
    if task.resolutions:
        from builder.exporting import export_at

        when_free(lambda: export_at(run, task.resolutions, emit=voice.emit, capture_output=True))
    if task.bundle:
        from builder.packing import pack

        voice.emit("stage", stage="bundle", state="start")
        pack(run)


def when_free(work: Callable[[], Any]) -> None:
    """Works on a finished build as soon as nobody else does, such as another batch or the app, which may make the very same."""
    while True:
        try:
            work()
        except Busy:
            time.sleep(BUSY_SECONDS)
        else:
            return


def folder_of(task: Task) -> Path:
    """Where a task's build lies, or the exports folder where it does not lie anywhere yet."""
    return next(iter(sorted(Path(task.exports).glob(f"*-{task.build}"))), Path(task.exports))


def resident_bytes() -> int | None:
    """The memory that this process takes now; None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


if __name__ == "__main__":
    main()
