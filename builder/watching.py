"""How a build stands, read from its folder: for whoever shows it while another process works on it.

A folder may hold anything: it was begun by an older builder, cut off in mid-line, or is being deleted. What cannot be read is left
out, and nothing here raises.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from builder.config import BuildConfig
from builder.console.told import Count, Course, number
from builder.errors import EXIT_INTERRUPTED, BuilderError
from builder.event_log import read_events
from builder.formats import printable
from builder.report.model import EpochRecord
from builder.runs import Run

State = Literal["waiting", "running", "done", "failed", "stopped", "gone"]

DIED = "It ended without a last word: killed, out of memory, or the machine went down."
LOG_TAIL_BYTES = 16_384
LOG_TAIL_LINES = 40
SENTENCES_MAX = 200  # notes and warnings that are kept; a build says some ten


@dataclass(frozen=True, slots=True)
class Watched:
    """A build at one moment.

    Args:
        run: its folder.
        state: `waiting` for its turn, `running`, `done`, `stopped` by somebody, `failed` (also where it died without saying
            so), or `gone` with its folder.
        title: what people see.
        created: seconds since 1970; None where nobody says.
        config: its settings; None where they cannot be read.
        place: in the machine's queue: 1 is next; 0 where it does not wait.
        stage: the stage that began last: data, train, export, verify or report; empty before the first.
        stages: `start`, `done` or `reused` by stage, of the process that works on it now, or did last.
        count: how far countable work is, in words; empty where nothing is counted.
        share: of the stage's work that is done, 0 to 1; None where it is not known.
        epochs: one record for each epoch that ended, in order.
        epochs_planned: how many there will be; None before the first.
        course: where training is, in words.
        images_per_second: photos a second while training; None before.
        seconds_left: of the stage; None where it is not known.
        best: (epoch, accuracy on the validation photos) of the weights that would be kept; None before the first.
        notes: what was said, each sentence once.
        warnings: as `notes`.
        message: why it ended, where it did not end well.
    """

    run: Run
    state: State
    title: str
    created: float | None = None
    config: BuildConfig | None = None
    place: int = 0
    stage: str = ""
    stages: Mapping[str, str] = field(default_factory=dict)
    count: str = ""
    share: float | None = None
    epochs: tuple[EpochRecord, ...] = ()
    epochs_planned: int | None = None
    course: str = ""
    images_per_second: float | None = None
    seconds_left: float | None = None
    best: tuple[int, float] | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether a process is at work on it, or waits to be."""
        return self.state in ("running", "waiting")


class Watch:
    """Looks at a build again and again, and reads only what is new.

    Args:
        run: the build's folder; it need not exist.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.forget()

    def forget(self) -> None:
        """Starts from the first event."""
        self.file: int | None = None  # its inode: a build with --force has a new one
        self.offset = 0
        self.now = 0.0  # time of the event that is read: what is left is told by the events' clock
        self.epochs: dict[int, EpochRecord] = {}
        self.best: tuple[int, float] | None = None
        self.notes: dict[str, None] = {}
        self.warnings: dict[str, None] = {}
        self.begin()

    def begin(self) -> None:
        """A process takes the build on: what an earlier one was doing counts no more, what it reached does."""
        self.stage = ""
        self.stages: dict[str, str] = {}
        self.place = 0
        self.count: Count | None = None
        self.course = Course(self.clock)
        self.images_per_second: float | None = None
        self.failure: Mapping[str, Any] | None = None

    def clock(self) -> float:
        """Seconds since 1970, as the events have it."""
        return self.now

    def look(self) -> Watched:
        """The build at this moment."""
        locked = self.run.is_locked()  # before reading, so that a last word is not missed
        self.read()
        state = self.state(locked)
        described = self.run.description()
        training = self.stage == "train"
        counted = self.count if self.count is not None and not training else None
        return Watched(
            run=self.run,
            state=state,
            title=str(described.get("title") or described.get("label") or self.run.folder.name),
            created=number(described.get("created")),
            config=settings_of(self.run),
            place=self.place if state == "waiting" else 0,
            stage=self.stage,
            stages=dict(self.stages),
            count="" if counted is None else counted.so_far,
            share=self.share(),
            epochs=tuple(self.epochs[epoch] for epoch in sorted(self.epochs)),
            epochs_planned=int(self.course.total) if self.course.values else None,
            course=self.course.text if self.course.values else "",
            images_per_second=self.images_per_second,
            seconds_left=self.seconds_left() if state == "running" else None,
            best=self.best,
            notes=tuple(self.notes),
            warnings=tuple(self.warnings),
            message=self.message(state),
        )

    def read(self) -> None:
        """Takes in the events that have come since."""
        try:
            file = self.run.events_path.stat().st_ino
        except OSError:
            return
        if file != self.file:
            self.forget()
            self.file = file
        events, self.offset = read_events(self.run.events_path, self.offset)
        for event in events:
            self.now = number(event.get("time")) or self.now
            self.take(str(event["event"]), event)

    def take(self, event: str, values: dict[str, Any]) -> None:
        """Takes in one event; unknown ones are passed over."""
        if event == "begin" or (self.failure is not None and event != "failed"):
            self.begin()
        if event == "queue":
            self.place = int(number(values.get("place")) or 0)
        elif event == "stage":
            self.place = 0
            self.stage = str(values.get("stage"))
            self.stages[self.stage] = str(values.get("state"))
            self.count = None
        elif event == "progress":
            self.count = self.count or Count(self.clock)
            self.count.take(values)
        elif event in ("step", "epoch"):
            self.train(event, values)
        elif event in ("note", "warning"):
            self.remember(event, values.get("message"))
        elif event == "failed":
            self.failure = values

    def train(self, event: str, values: dict[str, Any]) -> None:
        """Takes in where training is."""
        (self.course.step if event == "step" else self.course.epoch)(values)
        self.images_per_second = number(values.get("images_per_second")) or self.images_per_second
        epoch = number(values.get("epoch"))
        if event == "epoch" and epoch is not None:
            self.epochs[int(epoch)] = record(int(epoch), values)
            if self.course.best is not None:
                accuracy, at = self.course.best
                self.best = (at, accuracy)

    def remember(self, kind: str, message: object) -> None:
        """Keeps a note or a warning."""
        said = self.notes if kind == "note" else self.warnings
        if isinstance(message, str) and len(said) < SENTENCES_MAX:
            said[message] = None

    def state(self, locked: bool) -> State:
        """How it stands."""
        if self.run.report_path.exists():
            return "done"
        if not self.run.folder.is_dir():
            return "gone"
        if locked:
            return "waiting" if self.place else "running"
        stopped = self.failure is not None and self.failure.get("exit_code") == EXIT_INTERRUPTED
        return "stopped" if stopped else "failed"

    def message(self, state: State) -> str:
        """Why it ended."""
        if state not in ("failed", "stopped"):
            return ""
        return DIED if self.failure is None else str(self.failure.get("message") or DIED)

    def share(self) -> float | None:
        """Of the stage's work that is done."""
        if self.stage == "train":
            return min(1.0, self.course.done / self.course.total) if self.course.values and self.course.total else None
        if self.count is None or not self.count.total:
            return None
        return min(1.0, self.count.done / self.count.total)

    def seconds_left(self) -> float | None:
        """Of the stage's work."""
        if self.stage == "train":
            return self.course.seconds_left
        return None if self.count is None else self.count.pace.seconds_left(self.count.done, self.count.total)


def look(run: Run) -> Watched:
    """A build at this moment; whoever looks again and again keeps a `Watch`."""
    return Watch(run).look()


def record(epoch: int, values: Mapping[str, Any]) -> EpochRecord:
    """An epoch's figures; what is no number is unknown."""
    names = [name for name in EpochRecord.__slots__ if name != "epoch"]
    return EpochRecord(epoch=epoch, **{name: number(values.get(name)) for name in names})


def settings_of(run: Run) -> BuildConfig | None:
    """The settings in config.yaml; None where it is absent or damaged."""
    try:
        return BuildConfig.from_file(run.folder / "config.yaml")
    except BuilderError:
        return None


def log_tail(run: Run, lines: int = LOG_TAIL_LINES) -> str:
    """The end of what the libraries printed; empty where nothing was, or the folder is gone."""
    return tail(run.log_path, lines)


def tail(path: Path, lines: int) -> str:
    """The last lines of a text file, safe to show; no more of it is read than they may hold."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(printable(line, 300) for line in text.splitlines()[-lines:])
