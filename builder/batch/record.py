"""The record of a batch: what became of each cell, for people, the app and the next run of the same file.

    exports/batches/<name>-<id>/
        batch.yaml          the file as it was run, every key written out
        record.json         this record, renewed while the batch runs
        events.jsonl        what happened to each cell, one event a line
        worker-<n>.log      what the libraries of a worker printed outside of builds
        lock                held by flock as long as the batch runs
        process.json        which process runs it, while it does

What counts is in the builds' own folders: the record can be lost without any build being done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from builder.batch.lines import parts, written
from builder.batch.outcome import Outcome
from builder.runs import Run, slug, storage_error
from builder.strict_json import adapter, read_strictly
from builder.whole_files import whole_file

CellState = Literal["waiting", "running", "paused", "done", "failed", "skipped", "stopped", "duplicate"]
BatchState = Literal["running", "done", "stopped", "failed"]

FORMAT = 1  # of record.json
BATCHES = "batches"  # inside the exports folder
NAME = "record.json"
ID_LENGTH = 8
BYTES_MAX = 256 * 1024**2
MEND = "Delete it: the same batch writes it anew, and no build is done again"
HEAD = (
    "format", "id", "name", "exports", "state", "message", "workers", "began", "updated", "seconds_left", "best", "rules",
    "more_warnings",
)  # fmt: skip
STOPPED = "Stopped; the same command goes on from here."
KILLED = "It ended without a word: it was killed, or the machine went down. The same command goes on from here."
TRIED_AGAIN = "Tried again after: "  # begins the message of a cell that failed once
MEETS = " meets {}."  # ends the message of a batch that a build has ended by meeting a condition
FROM_OUTSIDE = (STOPPED, KILLED)  # messages of a batch that ended by no rule of its own
OVER: tuple[CellState, ...] = ("done", "failed", "skipped", "stopped", "duplicate")


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One cell.

    Args:
        number: from 1, in the order of the file.
        values: what the grid, an `include` or `repeat` set, under dotted keys.
        build: id of its build; empty where it could not be found out.
        folder: of the build; empty before it is made.
        state: `paused` waits for a comparison, `stopped` will not go on by itself.
        message: why it failed, was skipped or was stopped, as a sentence.
        attempts: how often this run of the batch tried it: one more than it failed; pauses for a comparison do not count.
        worker: that builds it or did.
        began: seconds since 1970; 0 before.
        took: seconds, all attempts of this run together.
        epoch: whole epochs so far.
        epochs: that are planned; 0 as long as it is not known.
        stage: what is done now, such as `train`.
        val_accuracy: best share of validation photos right so far, of the network in training.
        outcome: of a finished build.
        seconds_expected: that it takes as a rule, as planned; 0 is not known.
        device: that it is made for; empty is none.
        variant: the file that is meant for the device or the budget.
    """

    number: int
    values: dict[str, Any]
    build: str = ""
    folder: str = ""
    state: CellState = "waiting"
    message: str = ""
    attempts: int = 0
    worker: int = 0
    began: float = 0.0
    took: float = 0.0
    epoch: int = 0
    epochs: int = 0
    stage: str = ""
    val_accuracy: float | None = None
    outcome: Outcome | None = None
    seconds_expected: float = 0.0
    device: str = ""
    variant: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it in this run."""
        return self.state in OVER

    def named(self) -> str:
        """For messages: `cell 3 (alpha 0.5, seed 1)`."""
        said = ", ".join(f"{key} {value}" for key, value in self.values.items())
        return f"cell {self.number}" + (f" ({said})" if said else "")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; not by `asdict`, whose copies of each value take most of the time where there are many thousand."""
        outcome = None if self.outcome is None else self.outcome.to_json()
        return {name: getattr(self, name) for name in CELL_FIELDS} | {"values": dict(self.values), "outcome": outcome}


CELL_FIELDS = tuple(each.name for each in fields(CellRecord))


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch.

    Args:
        id: hex, of the file's content.
        name: what people see.
        exports: the folder of the builds.
        state: `stopped` can go on by the same command; `done` may have failed cells.
        message: why it was stopped or failed.
        cells: all, by number.
        workers: that build at a time.
        began: seconds since 1970, of this run.
        updated: when this was written.
        seconds_left: about; None as long as nobody knows.
        best: number of the cell with the best accuracy on validation photos; 0 before the first.
        rules: `workers`, `stop_when`, `max_hours`, `halving` and their kind, as they were given.
        warnings: what was said, each once; the first ones, where there are many.
        more_warnings: that were said besides; events.jsonl has each.
    """

    id: str
    name: str
    exports: str
    state: BatchState
    cells: tuple[CellRecord, ...]
    message: str = ""
    workers: int = 0
    began: float = 0.0
    updated: float = 0.0
    seconds_left: float | None = None
    best: int = 0
    rules: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    more_warnings: int = 0
    format: int = FORMAT

    @property
    def counts(self) -> dict[str, int]:
        """Cells by state; states without any are left out."""
        return dict(Counter(cell.state for cell in self.cells))

    @property
    def met_its_goal(self) -> bool:
        """Whether a build that meets `--stop-when` ended it: there is nothing to go on for."""
        condition = str(self.rules.get("stop_when", "")).strip()
        return self.state == "stopped" and bool(condition) and self.message.endswith(MEETS.format(condition))

    def cell(self, number: int) -> CellRecord:
        """The cell of a number, from 1."""
        return self.cells[number - 1]

    def of_state(self, *states: CellState) -> list[CellRecord]:
        """Cells in some states, by number."""
        return [cell for cell in self.cells if cell.state in states]

    def lines(self) -> Iterator[str]:
        """The lines of record.json and of `batch --json`, one JSON object together; many thousand cells are never text at once."""
        head = {name: getattr(self, name) for name in HEAD} | {"warnings": list(self.warnings), "counts": self.counts}
        return written(head, (cell.to_json() for cell in self.cells))

    def cut_short(self, message: str) -> BatchRecord:
        """The record of a batch that ended before its time, while cells were being built: these are stopped for the same reason."""
        cells = tuple(stopped(cell, message) if cell.state == "running" else cell for cell in self.cells)
        return replace(self, state="stopped", message=message, cells=cells, seconds_left=None)


def stopped(cell: CellRecord, message: str) -> CellRecord:
    """A cell that was being built when its batch ended."""
    return replace(cell, state="stopped", message=message, stage="")


@dataclass(frozen=True, slots=True)
class Done:
    """What the next run needs of a finished cell."""

    build: str
    state: Literal["done"]
    outcome: Outcome


def batch_id(values: Mapping[str, Any]) -> str:
    """The identity of a batch: the content of its file, whatever it is called.

    Args:
        values: the file's settings as plain JSON values.
    """
    text = json.dumps({key: value for key, value in values.items() if key != "name"}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def folder_of(exports: Path, name: str, identity: str) -> Path:
    """Where the record of a batch lies."""
    return exports / BATCHES / f"{slug(name)}-{identity}"


def write_record(folder: Path, record: BatchRecord) -> None:
    """Writes record.json, whole or not at all; cell by cell, since there may be many thousand.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    path = folder / NAME
    try:
        with whole_file(path) as file:
            file.writelines(f"{line}\n".encode() for line in record.lines())
    except OSError as error:
        raise storage_error(path, error) from None


def read_record(folder: Path) -> BatchRecord | None:
    """The record in a batch's folder; None where there is none.

    Raises:
        InvalidInput: it is damaged, or a newer builder wrote it.
    """
    path = folder / NAME
    with contextlib.suppress(OSError, ValueError):
        record = read_lines(path)
        if record.format <= FORMAT:
            return record
    return read_strictly(path, BatchRecord, newest=FORMAT, bytes_max=BYTES_MAX, mend=MEND)  # which says what is wrong with it


def read_lines(path: Path) -> BatchRecord:
    """A record as `write_record` lays it out, checked as strictly as a whole one.

    Raises:
        ValueError: it is damaged, or laid out in another way.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        each = parts(file, BYTES_MAX)
        record: BatchRecord = adapter(BatchRecord).validate_json(next(each), strict=True)
        cell = adapter(CellRecord)
        return replace(record, cells=tuple(cell.validate_json(line, strict=True) for line in each))


def finished(folder: Path) -> Iterator[tuple[str, Outcome]]:
    """The finished builds of an earlier run and their figures, one at a time; what cannot be read is passed over.

    Args:
        folder: of the batch; without a record there are none.

    Returns:
        An iterator of ids with the figures.
    """
    with contextlib.suppress(OSError, ValueError), (folder / NAME).open("rb") as file:
        each = parts(file, BYTES_MAX)
        record: BatchRecord = adapter(BatchRecord).validate_json(next(each), strict=True)
        for line in each if record.format <= FORMAT else ():
            with contextlib.suppress(ValueError):
                done: Done = adapter(Done).validate_json(line, strict=True)
                yield done.build, done.outcome


def is_running(folder: Path) -> bool:
    """Whether a living process runs the batch."""
    return Run(folder).is_locked()
