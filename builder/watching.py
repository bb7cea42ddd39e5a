"""A build seen from outside, from its folder alone: what it does, how far it is, how it ended. Any folder will do."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from builder.config import BuildConfig
from builder.console.told import Count, Course, number
from builder.errors import EXIT_INTERRUPTED, BuilderError
from builder.event_log import read_events
from builder.formats import printable
from builder.report import EpochRecord
from builder.runs import Run

State = Literal["waiting", "running", "done", "failed", "stopped"]

STAGES = ("data", "train", "export", "verify", "report")
CHUNK_BYTES = 1 << 20  # of events read at a time: a build of a day says 50 MB
SENTENCES_MAX = 100  # of notes, and of warnings
EPOCHS_MAX = 10_000
LOG_LINES, LOG_LINE_LENGTH, LOG_BYTES = 40, 300, 16_384
NO_LAST_WORD = "It ended without a word: it was killed, ran out of memory, or the machine went down."


@dataclass(frozen=True, slots=True)
class Watched:
    """What there is to see of a build.

    Args:
        state: waiting for a slot, running, done, failed, or stopped by somebody.
        stage: that runs or ran last; empty before the first.
        stages: the state of each stage that the last process came to: `start`, `done` or `reused`.
        place: in the queue, from 1; 0 has its slot.
        epochs: every epoch that was trained, in order.
        epochs_planned: None as long as it is not known.
        step: the values of the last `step` event of the epoch that runs; empty between epochs.
        progress: how far the stage is, from 0 to 1; None where it does not count.
        progress_words: such as `1,031 of 2,062 photos`.
        best: the epoch that would be kept, and its share of validation photos right.
        images_per_second: training photos, as last told.
        seconds_left: of the stage.
        message: why it failed, or what was said when it was stopped.
        log_tail: the end of log.txt.
        created: seconds since 1970.
        config: None where config.yaml cannot be read.
    """

    state: State
    stage: str
    stages: dict[str, str]
    place: int
    epochs: tuple[EpochRecord, ...]
    epochs_planned: int | None
    step: dict[str, float | None]
    progress: float | None
    progress_words: str
    best: tuple[int, float] | None
    images_per_second: float | None
    seconds_left: float | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    message: str
    log_tail: str
    title: str
    created: float | None
    config: BuildConfig | None

    @property
    def is_live(self) -> bool:
        """Whether a process is at it."""
        return self.state in ("waiting", "running")


class Reader:
    """Reads a file of events again and again; each time only what was written since.

    Args:
        path: events.jsonl.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self.path, self.clock = path, clock
        self.forget()

    def forget(self) -> None:
        """Begins anew, as for another file of events."""
        self.offset, self.file = 0, (0, 0)
        self.now = 0.0  # of the last event, seconds since 1970
        self.sentences: dict[str, list[str]] = {"note": [], "warning": []}
        self.last: dict[str, Any] = {}

    def read(self) -> None:
        """Takes in what was written since the last look."""
        try:
            found = self.path.stat()
        except OSError:
            if self.offset:
                self.forget()
            return
        if (found.st_dev, found.st_ino) != self.file or found.st_size < self.offset:  # it was made anew
            self.forget()
            self.file = (found.st_dev, found.st_ino)
        while True:
            events, offset = read_events(self.path, self.offset, CHUNK_BYTES)
            if offset == self.offset:
                return
            self.offset = offset
            for event in events:
                self.now = max(self.now, number(event.get("time")) or 0.0)
                self.take(event)
                self.last = event

    def take(self, event: dict[str, Any]) -> None:
        """Takes in one event, while `last` is the one before; values that are not what they should be are passed over."""
        said, message = self.sentences.get(str(event.get("event"))), event.get("message")
        if said is not None and isinstance(message, str) and message not in said:
            said.append(message)
            del said[:-SENTENCES_MAX]

    def due(self, seconds_left: float | None) -> float | None:
        """Seconds that are left now, of those that were left at the last event."""
        return None if seconds_left is None else max(0.0, seconds_left - max(0.0, self.clock() - self.now))


class Watch(Reader):
    """Looks at a build again and again; each look reads only what was written since the last one.

    Args:
        run: the build's folder.
        clock: seconds since 1970.
    """

    def __init__(self, run: Run, *, clock: Callable[[], float] = time.time) -> None:
        self.run = run
        super().__init__(run.events_path, clock)

    def forget(self) -> None:
        """Begins anew, as for another file of events."""
        super().forget()
        self.epochs: dict[int, EpochRecord] = {}
        self.best: tuple[int, float] | None = None
        self.epochs_planned: int | None = None
        self.images_per_second: float | None = None
        self.begin()

    def begin(self) -> None:
        """What an earlier process said of itself does not count for the next one."""
        self.stage, self.stages, self.place = "", dict[str, str](), 0
        self.step: dict[str, float | None] = {}
        self.count, self.course = Count(lambda: self.now), Course(lambda: self.now)

    def look(self) -> Watched:
        """What there is to see now."""
        locked = self.run.is_locked()  # before reading, so that the last words of who has just ended are not missed
        self.read()
        state = self.state(locked)
        message = NO_LAST_WORD if state == "failed" else ""
        if self.last.get("event") == "failed" and state in ("failed", "stopped"):
            message = str(self.last.get("message") or message)
        done, total, left, words = self.progress()
        description = self.run.description()
        created = number(description.get("created"))
        return Watched(
            state=state,
            stage=self.stage,
            stages=dict(self.stages),
            place=self.place if state == "waiting" else 0,
            epochs=tuple(self.epochs[epoch] for epoch in sorted(self.epochs)),
            epochs_planned=self.epochs_planned,
            step=dict(self.step),
            progress=min(max(done / total, 0.0), 1.0) if total else None,
            progress_words=words,
            best=self.best,
            images_per_second=self.images_per_second,
            seconds_left=self.due(left) if state == "running" else None,
            notes=tuple(self.sentences["note"]),
            warnings=tuple(self.sentences["warning"]),
            message=message,
            log_tail=tail(self.run.log_path),
            title=str(description.get("title") or self.run.folder.name),
            created=created,
            config=config_of(self.run),
        )

    def state(self, locked: bool) -> State:
        """By the report, then by the lock, then by the last word."""
        if self.run.report_path.exists():
            return "done"
        if locked:
            return "waiting" if self.place else "running"
        if self.last.get("event") == "failed" and self.last.get("exit_code") == EXIT_INTERRUPTED:
            return "stopped"
        return "failed"

    def progress(self) -> tuple[float, float | None, float | None, str]:
        """Of the stage that runs: how much is done, of how much, seconds left, and in words."""
        if self.stage == "train":
            return self.course.done, self.course.total if self.course.values else None, self.course.seconds_left, ""
        left = self.count.pace.seconds_left(self.count.done, self.count.total) if self.count.what else None
        return self.count.done, self.count.total, left, self.count.so_far if self.count.what else ""

    def take(self, event: dict[str, Any]) -> None:
        """Takes in one event."""
        super().take(event)
        name = event.get("event")
        if name == "begin":
            self.begin()
        elif name == "queue":
            self.place = int(number(event.get("place")) or 0)
        elif name == "stage":
            self.turn(str(event.get("stage")), str(event.get("state")))
        elif name == "progress":
            with contextlib.suppress(TypeError):
                self.count.take(event)
        elif name == "step":
            self.step = {key: number(event.get(key)) for key in ("epoch", "epochs", "step", "steps", "loss", "accuracy")}
            self.course.step(event)
            self.figures(event)
        elif name == "epoch":
            self.step = {}
            self.course.epoch(event)
            self.figures(event)
            self.epoch(event)

    def turn(self, stage: str, state: str) -> None:
        """The beginning or the end of a stage."""
        self.place = 0
        if stage in STAGES:
            self.stage = stage
            self.stages[stage] = state
            if state == "start":
                self.count = Count(lambda: self.now)
                self.course = Course(lambda: self.now)

    def figures(self, event: dict[str, Any]) -> None:
        """What steps and epochs tell alike."""
        planned = number(event.get("epochs"))
        self.epochs_planned = self.epochs_planned if planned is None else int(planned)
        rate = number(event.get("images_per_second"))
        self.images_per_second = self.images_per_second if rate is None else rate

    def epoch(self, event: dict[str, Any]) -> None:
        """An epoch's end; one that is trained again takes the place of the one before, and what followed that is void."""
        epoch = number(event.get("epoch"))
        if epoch is None or not 1 <= epoch <= EPOCHS_MAX:
            return
        values = {name: number(event.get(name)) for name in EpochRecord.__slots__ if name != "epoch"}
        self.epochs = {each: record for each, record in self.epochs.items() if each < epoch}
        self.epochs[int(epoch)] = EpochRecord(int(epoch), **values)
        best, accuracy = number(event.get("best_epoch")), number(event.get("best_val_accuracy"))
        self.best = self.best if best is None or accuracy is None else (int(best), accuracy)


def look(run: Run) -> Watched:
    """What there is to see of a build now."""
    return Watch(run).look()


def tail(path: Path) -> str:
    """The last lines of a log, safe to show; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LOG_BYTES))
            text = file.read(LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(printable(line, LOG_LINE_LENGTH) for line in text.splitlines()[-LOG_LINES:])


def config_of(run: Run) -> BuildConfig | None:
    """A build's settings; None where they cannot be read."""
    try:
        return BuildConfig.from_file(run.folder / "config.yaml")
    except BuilderError:
        return None
