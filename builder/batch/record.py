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

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from builder.batch.outcome import Outcome
from builder.runs import Run, slug, storage_error
from builder.strict_json import read_strictly
from builder.whole_files import whole_file

CellState = Literal["waiting", "running", "paused", "done", "failed", "skipped", "stopped", "duplicate"]
BatchState = Literal["running", "done", "stopped", "failed"]

FORMAT = 1  # of record.json
BATCHES = "batches"  # inside the exports folder
NAME = "record.json"
ID_LENGTH = 8
BYTES_MAX = 256 * 1024**2
MEND = "Delete it: the same batch writes it anew, and no build is done again"
HEAD = ("format", "id", "name", "exports", "state", "message", "workers", "began", "updated", "seconds_left", "best", "rules")
STOPPED = "Stopped; the same command goes on from here."
KILLED = "It ended without a word: it was killed, or the machine went down. The same command goes on from here."
TRIED_AGAIN = "Tried again after: "  # begins the message of a cell that failed once
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
        warnings: what was said, each once.
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
    format: int = FORMAT

    @property
    def counts(self) -> dict[str, int]:
        """Cells by state; states without any are left out."""
        return dict(Counter(cell.state for cell in self.cells))

    def cell(self, number: int) -> CellRecord:
        """The cell of a number, from 1."""
        return self.cells[number - 1]

    def of_state(self, *states: CellState) -> list[CellRecord]:
        """Cells in some states, by number."""
        return [cell for cell in self.cells if cell.state in states]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what record.json and `batch --json` hold."""
        return asdict(self) | {"counts": self.counts}


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
    head = json.dumps({name: getattr(record, name) for name in HEAD} | {"warnings": list(record.warnings)})
    try:
        with whole_file(path) as file:
            file.write(f'{head[:-1]}, "cells": [\n'.encode())
            for cell in record.cells:
                end = "" if cell.number == len(record.cells) else ","
                file.write(f"{json.dumps(cell.to_json())}{end}\n".encode())
            file.write(b"]}\n")
    except OSError as error:
        raise storage_error(path, error) from None


def read_record(folder: Path) -> BatchRecord | None:
    """The record in a batch's folder; None where there is none.

    Raises:
        InvalidInput: it is damaged, or a newer builder wrote it.
    """
    return read_strictly(folder / NAME, BatchRecord, newest=FORMAT, bytes_max=BYTES_MAX, mend=MEND)


def is_running(folder: Path) -> bool:
    """Whether a living process runs the batch."""
    return Run(folder).is_locked()


def find_batch(text: str, exports: Path) -> Path | None:
    """The folder of a batch that somebody names: by its path, its folder's name, or its id; None where there is none."""
    named = Path(text)
    if named.is_dir() and named.absolute().parent.name == BATCHES:
        return named
    kept = exports / BATCHES
    folders = [path for path in kept.iterdir() if path.is_dir()] if kept.is_dir() else []
    matches = [path for path in folders if text in (path.name, path.name.rpartition("-")[2])]
    return matches[0] if len(matches) == 1 else None


def batches(exports: Path) -> list[Path]:
    """The folders of all batches, the one that was written last first."""
    found = list((exports / BATCHES).glob(f"*/{NAME}"))
    return [path.parent for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]
