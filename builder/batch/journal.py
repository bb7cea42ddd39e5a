"""Keeps the record of a running batch: in memory, in its folder, and told to whoever listens."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.batch.record import BatchRecord, CellRecord, stopped, write_record
from builder.errors import StorageError
from builder.event_log import EventLog
from builder.events import Emit

WRITE_SECONDS = 1.0  # between two writes of record.json, at least
WRITE_SHARE = 20  # writing takes at most one part in so many of the driver's time
SHOW_SECONDS = 0.5
WARNINGS_MAX = 50  # kept in the record; more are only counted, and told
RECENT_MAX = 1_000  # warnings that are known again
OVERDUE = 0.05  # of what a build was expected to take: a running one needs at least this much more, since it is not done
TELLING = ("state", "message", "outcome", "epoch")  # changes that are worth a line of events
EPOCH = ("number", "build", "epoch", "epochs", "val_accuracy")  # all that is said of an epoch: there are many of them


class Warnings:
    """The first ones, and how many more there were: a batch of many thousand cells may say something of each."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.more = 0
        self.recent: dict[str, None] = {}

    def add(self, message: str) -> bool:
        """Takes one more in; False where it was said already, not too long ago."""
        is_new = message not in self.recent and message not in self.kept
        self.recent.pop(message, None)
        self.recent[message] = None  # the latest at the end
        if len(self.recent) > RECENT_MAX:
            del self.recent[next(iter(self.recent))]
        if is_new and len(self.kept) < WARNINGS_MAX:
            self.kept.append(message)
        elif is_new:
            self.more += 1
        return is_new


class Journal:
    """What became of each cell so far.

    Args:
        folder: of the batch.
        record: to begin with.
        emit: hears a `cell` event at each change of a cell, a short `epoch` after each epoch of one, and warnings.
        watch: gets the whole record now and then.
    """

    def __init__(self, folder: Path, record: BatchRecord, emit: Emit, watch: Callable[[BatchRecord], None] | None = None) -> None:
        self.folder, self.watch = folder, watch
        self.base = replace(record, cells=())
        self.cells: list[CellRecord] = list(record.cells)
        self.warnings = Warnings()
        for message in record.warnings:
            self.warnings.add(message)
        self.from_threads: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.log = EventLog(folder / "events.jsonl")
        self.emit_to = emit
        self.best = 0
        self.seconds_left: float | None = None
        self.written = self.shown = self.cost = 0.0
        self.is_broken = False
        for cell in self.cells:
            self.compare(cell)

    def cell(self, number: int) -> CellRecord:
        """The cell of a number, from 1."""
        return self.cells[number - 1]

    def update(self, number: int, **changes: Any) -> CellRecord:
        """Changes a cell's record and tells it."""
        before = self.cell(number)
        cell = replace(before, **changes)
        self.cells[number - 1] = cell
        changed = [name for name in TELLING if getattr(before, name) != getattr(cell, name)]
        if changed == ["epoch"]:
            self.emit("epoch", **{name: getattr(cell, name) for name in EPOCH})
        elif changed:
            self.compare(cell)
            self.emit("cell", **line_of(cell))
        return cell

    def compare(self, cell: CellRecord) -> None:
        """Keeps the best cell: the most accurate on validation photos, the smallest of equal ones."""
        if (
            cell.outcome is not None
            and cell.outcome.accuracy is not None
            and better(cell, self.cell(self.best) if self.best else None)
        ):
            self.best = cell.number

    def emit(self, event: str, /, **values: Any) -> None:
        """Tells everybody, events.jsonl included."""
        self.log(event, **values)
        self.emit_to(event, **values)

    def warn(self, message: str) -> None:
        """A sentence that people should see, each once."""
        if self.warnings.add(message):
            self.emit("warning", message=message)

    def warn_later(self, message: str) -> None:
        """As `warn`, from any thread: told with the next beat."""
        self.from_threads.put(message)

    def tell_threads(self) -> None:
        """Tells what other threads have warned of."""
        while not self.from_threads.empty():
            self.warn(self.from_threads.get())

    def record(self, **changes: Any) -> BatchRecord:
        """The record as it stands."""
        return replace(
            self.base,
            cells=tuple(self.cells),
            best=self.best,
            seconds_left=self.seconds_left,
            warnings=tuple(self.warnings.kept),
            more_warnings=self.warnings.more,
            updated=time.time(),
            **changes,
        )

    def beat(self) -> None:
        """Shows and writes the record where it is time to; call it often."""
        self.tell_threads()
        now = time.monotonic()
        if self.watch is not None and now - self.shown >= SHOW_SECONDS:
            self.shown = now
            self.estimate()
            self.watch(self.record())
        if now - self.written >= max(WRITE_SECONDS, WRITE_SHARE * self.cost):
            self.estimate()
            self.save(self.record())

    def estimate(self) -> None:
        """Finds out anew how long it will still take."""
        self.seconds_left = time_left(self.cells, self.base.workers, time.time())

    def save(self, record: BatchRecord) -> None:
        """Writes the record; a disk that is full spoils no build, and is told once."""
        began = time.monotonic()
        try:
            write_record(self.folder, record)
        except StorageError as error:
            self.warn(f"The batch's record is not up to date: {error}")
        self.written = time.monotonic()
        self.cost = self.written - began

    def close(self, **changes: Any) -> BatchRecord:
        """The last word."""
        self.tell_threads()
        self.seconds_left = None
        self.base = replace(self.base, **changes)
        for cell in self.cells:
            if cell.state == "running":  # nobody builds it any more
                self.cells[cell.number - 1] = stopped(cell, self.base.message)
        record = self.record()
        self.emit(
            "end", state=record.state, message=record.message, **{f"cells_{state}": count for state, count in record.counts.items()}
        )
        if self.watch is not None:
            self.watch(record)
        self.save(record)
        self.log.close()
        return record


def better(cell: CellRecord, than: CellRecord | None) -> bool:
    """Whether a finished cell beats another one."""
    if than is None or than.outcome is None or than.number == cell.number:
        return True
    mine, other = cell.outcome, than.outcome
    assert mine is not None
    return (mine.accuracy or 0.0, -(mine.flash_bytes or 0)) > (other.accuracy or 0.0, -(other.flash_bytes or 0))


def line_of(cell: CellRecord) -> dict[str, Any]:
    """A cell as one event: what is known of it, without empty fields."""
    values = {name: value for name, value in cell.to_json().items() if value not in (None, "", 0, 0.0)}
    return {"number": cell.number, "state": cell.state} | values


def time_left(cells: Sequence[CellRecord], workers: int, now: float) -> float | None:
    """About how many seconds a batch still takes.

    What was expected of each cell is corrected by what finished ones of this run took against what was expected of them.

    Args:
        cells: all of them.
        workers: that build at a time.
        now: seconds since 1970.

    Returns:
        None as long as neither an expectation nor a finished cell says anything.
    """
    built = [cell for cell in cells if cell.state == "done" and cell.attempts]
    known = [cell for cell in built if cell.seconds_expected]
    expected = sum(cell.seconds_expected for cell in known)
    pace = sum(cell.took for cell in known) / expected if expected else 1.0
    mean = sum(cell.took for cell in built) / len(built) if built else None
    left = []
    for cell in cells:
        if cell.state not in ("waiting", "paused", "running"):
            continue
        whole = cell.seconds_expected * pace or mean
        if whole is None:
            return None
        left.append(max(whole * OVERDUE, whole - (now - cell.began)) if cell.state == "running" else whole)
    return max(sum(left) / max(1, workers), max(left)) if left else 0.0
