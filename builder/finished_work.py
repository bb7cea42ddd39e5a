"""Work on a finished build seen from its folder alone: files compressed anew, or the same weights at other resolutions.

The build stays done meanwhile. Such work keeps a log of events of its own, in the folder of what it makes; whether it goes on is
told by the build's lock, and which of the two goes on by the log that has not come to an end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from builder.console.told import Count, Course, number, title_of
from builder.errors import EXIT_INTERRUPTED
from builder.event_log import STOPPED, EventLog, read_events
from builder.formats import format_count, format_loss, printable
from builder.matrix.model import FOLDER as COMPRESSED
from builder.resolutions.model import FOLDER as RESOLUTIONS
from builder.runs import Run
from builder.watching import NO_LAST_WORD, Reader, tail

Kind = Literal["compress", "export"]
State = Literal["none", "waiting", "running", "done", "failed", "stopped"]

FOLDERS: dict[Kind, str] = {"compress": COMPRESSED, "export": RESOLUTIONS}  # inside the build's
EVENTS, LOG = "events.jsonl", "log.txt"
ENDS = ("done", "failed")
TAIL_BYTES = 64 * 1024  # of events, to see the last one
TUNING_SHARE = 0.9  # of a technique's time that its fine-tune takes; measuring takes the rest
AT_RESOLUTION = re.compile(r"(\w+) at (\d{1,5}) px")
ALREADY = re.compile(r"\d{1,5} px is done already")


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to see of some work on a finished build.

    Args:
        kind: what is made.
        state: `none` where nothing of the kind was ever begun.
        place: in the queue for a slot, from 1; 0 has its slot.
        number: of the technique or resolution that is made, from 1; 0 before the first.
        total: how many there are; 0 as long as it is not known.
        what: the technique's title, or the resolution.
        words: what is done for it now, such as `epoch 3 of 8, step 20 of 52, loss 0.41`.
        progress: how far all of it is, from 0 to 1; None before the first.
        seconds_left: of what `words` tells.
        notes: what was said, the oldest first.
        warnings: see `notes`.
        message: why it failed, or what was said when it was stopped.
        log_tail: the end of what the libraries printed.
        asked: what was asked for, as plain values; empty where a terminal asked.
        ended: when the last word was said, seconds since 1970.
    """

    kind: Kind
    state: State
    place: int = 0
    number: int = 0
    total: int = 0
    what: str = ""
    words: str = ""
    progress: float | None = None
    seconds_left: float | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    message: str = ""
    log_tail: str = ""
    asked: Mapping[str, Any] | None = None
    ended: float = 0.0

    @property
    def is_live(self) -> bool:
        """Whether a process is at it."""
        return self.state in ("waiting", "running")


class WorkWatch(Reader):
    """Looks at work on a finished build again and again; each look reads only what was written since the last one.

    Args:
        run: the build's folder.
        kind: of the work.
        clock: seconds since 1970.
    """

    def __init__(self, run: Run, kind: Kind, *, clock: Callable[[], float] = time.time) -> None:
        self.run, self.kind = run, kind
        super().__init__(events_path(run, kind), clock)

    def forget(self) -> None:
        """Begins anew, as for another file of events."""
        super().forget()
        self.asked: dict[str, Any] = {}
        self.begin()

    def begin(self) -> None:
        """What was said of earlier work does not count for this one."""
        self.place = self.number = self.total = 0
        self.what = ""
        self.seen: list[int] = []  # resolutions that were begun
        self.sentences = {"note": [], "warning": []}
        self.turn()

    def turn(self) -> None:
        """Another technique, or another stage of a resolution."""
        self.doing = ""
        self.step: dict[str, float | None] = {}
        self.count, self.course = Count(lambda: self.now), Course(lambda: self.now)

    def look(self) -> Work:
        """What there is to see now."""
        locked = self.run.is_locked()  # before reading, so that the last words of who has just ended are not missed
        self.read()
        state = self.state(locked)
        live = state in ("waiting", "running")
        message = NO_LAST_WORD if state == "failed" else ""
        if self.last.get("event") == "failed" and state in ("failed", "stopped"):
            message = str(self.last.get("message") or message)
        left = self.course.seconds_left if self.step else self.count.pace.seconds_left(self.count.done, self.count.total)
        return Work(
            kind=self.kind,
            state=state,
            place=self.place if state == "waiting" else 0,
            number=self.number,
            total=self.total,
            what=self.what,
            words=self.words() if live else "",
            progress=self.progress() if live else None,
            seconds_left=self.due(left) if state == "running" else None,
            notes=tuple(self.sentences["note"]),
            warnings=tuple(self.sentences["warning"]),
            message=message,
            log_tail=tail(self.run.folder / FOLDERS[self.kind] / LOG) if state == "failed" else "",
            asked=dict(self.asked),
            ended=self.now,
        )

    def state(self, locked: bool) -> State:
        """By the last word, then by the lock."""
        if not self.last:
            return "none"
        if self.last.get("event") == "failed":
            return "stopped" if self.last.get("exit_code") == EXIT_INTERRUPTED else "failed"
        if self.last.get("event") == "done":
            return "done"
        if locked and live_kind(self.run) == self.kind:
            return "waiting" if self.place else "running"
        return "done" if has_ended(self.kind, self.last) else "failed"

    def progress(self) -> float | None:
        """How far all of it is."""
        if not self.number or not self.total:
            return None
        counted = self.count.done / self.count.total if self.count.total else 0.0
        tuned = self.course.done / self.course.total if self.course.values else 0.0
        share = TUNING_SHARE * tuned + (1 - TUNING_SHARE) * counted if self.course.values else counted
        return min(max((self.number - 1 + min(max(share, 0.0), 1.0)) / self.total, 0.0), 1.0)

    def words(self) -> str:
        """What is done now."""
        epoch, step = self.step.get("epoch"), self.step.get("step")
        if epoch is not None:
            said = f"epoch {epoch:.0f} of {format_count(self.step.get('epochs'))}"
            if step is not None:
                said += f", step {step:.0f} of {format_count(self.step.get('steps'))}"
            return f"{said}, loss {format_loss(self.step.get('loss'))}"
        counted = self.count.so_far if self.count.what else ""
        return ": ".join(filter(None, (self.doing, counted)))

    def take(self, event: dict[str, Any]) -> None:
        """Takes in one event."""
        name = event.get("event")
        if name == "begin":
            asked = event.get("request")
            if isinstance(asked, dict):
                self.asked = asked
            elif self.last.get("event") != "begin":  # else it is the same work, which says so twice
                self.asked = {}
            self.begin()
            resolutions = self.asked.get("resolutions")
            self.total = len(resolutions) if isinstance(resolutions, list) else 0
        super().take(event)
        if name == "queue":
            self.place = int(number(event.get("place")) or 0)
        elif name == "technique":
            self.technique(event)
        elif name == "stage":
            self.stage(event)
        elif name == "progress":
            self.doing, self.step = title_of(printable(str(event.get("stage") or ""), 60).partition(" at ")[0]).lower(), {}
            self.count.take(event)
        elif name in ("step", "epoch"):
            self.step = {key: number(event.get(key)) for key in ("epoch", "epochs", "step", "steps", "loss")}
            self.place = 0
            (self.course.step if name == "step" else self.course.epoch)(event)
        elif name == "note" and self.kind == "export" and ALREADY.match(str(event.get("message"))):
            self.number += 1

    def technique(self, event: dict[str, Any]) -> None:
        """Another technique."""
        self.place = 0
        self.number, self.total = int(number(event.get("number")) or 0), int(number(event.get("total")) or 0)
        self.what = printable(str(event.get("technique") or ""), 80)
        self.turn()

    def stage(self, event: dict[str, Any]) -> None:
        """The beginning or the end of a stage: it goes by a technique's title, or by what is done at which resolution."""
        if event.get("state") != "start":
            return
        self.place = 0
        said = printable(str(event.get("stage") or ""), 80)
        found = AT_RESOLUTION.fullmatch(said)
        self.turn()
        if found is None:
            self.what = said
            return
        self.doing, resolution = found.group(1).lower(), int(found.group(2))
        self.what = f"{resolution} px"
        if resolution not in self.seen:
            self.seen.append(resolution)
            self.number += 1
            self.total = max(self.total, self.number)


def look(run: Run, kind: Kind) -> Work:
    """What there is to see of some work now."""
    return WorkWatch(run, kind).look()


def live(run: Run) -> Work | None:
    """The work that goes on in a finished build; None where there is none, or nobody knows which."""
    kind = live_kind(run) if run.is_locked() else None
    found = None if kind is None else look(run, kind)
    return found if found is not None and found.is_live else None


def live_kind(run: Run) -> Kind | None:
    """The work whose log has not come to an end, the latest where a kill left more than one; for a folder that is locked."""
    lasts = {kind: last_event(run, kind) for kind in FOLDERS}
    running = {kind: number(last.get("time")) or 0.0 for kind, last in lasts.items() if last and last["event"] not in ENDS}
    return max(running, key=lambda kind: running[kind], default=None)


def has_ended(kind: Kind, last: Mapping[str, Any]) -> bool:
    """Whether work whose lock is gone came to its end, by its last event: an export of a terminal says no last word."""
    whole = last.get("event") == "stage" and last.get("state") == "done" and str(last.get("stage")).startswith("Verification")
    told = last.get("event") == "note" and ALREADY.match(str(last.get("message"))) is not None
    return kind == "export" and (whole or told)


def last_event(run: Run, kind: Kind) -> dict[str, Any]:
    """The last thing that was said; empty where nothing was."""
    path = events_path(run, kind)
    try:
        size = path.stat().st_size
    except OSError:
        return {}
    return (read_events(path, max(0, size - TAIL_BYTES))[0] or [{}])[-1]


def events_path(run: Run, kind: Kind) -> Path:
    """Where some work says what happens."""
    return run.folder / FOLDERS[kind] / EVENTS


def say_last_word(run: Run) -> None:
    """Writes that work on a finished build was stopped, where its process could not; for who holds the lock."""
    kind = live_kind(run)
    if kind is not None and not has_ended(kind, last_event(run, kind)):
        log = EventLog(events_path(run, kind))
        log("failed", message=STOPPED, exit_code=EXIT_INTERRUPTED)
        log.close()
