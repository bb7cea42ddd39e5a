"""What a batch would build, what each build would cost, and what is skipped and why. Nothing is trained or written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from builder.batch.cell import Cell
from builder.batch.time_needed import Seconds, in_all
from builder.errors import BuilderError
from builder.events import Emit, silent
from builder.report.plain import plain

if TYPE_CHECKING:
    from builder.batch.file import Batch
    from builder.batch.inputs import Inputs
    from builder.batch.judging import Court, Design
    from builder.batch.sections import Exports
    from builder.batch.standing import Standing
    from builder.batch.time_needed import Pace, Work

State = Literal["new", "done", "incomplete", "unfinished", "duplicate"]
STATES: dict[str, State] = {"new": "new", "done": "done", "running": "unfinished", "unfinished": "unfinished"}  # of a folder
AT_ONCE = 4096  # cells that are looked at together: few enough that what is forgotten between them does not count


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One build before it is made; figures are None where the cell could not be planned.

    Args:
        cell: its number and settings.
        build: the build's id, hex; empty where it could not be found out.
        variant: the file whose figures these are: the one that the target runs, held against the budget; without a target the one
            that the gate judges.
        flash_bytes: that file's size.
        arena_bytes: TFLite Micro's arena; None except for `int8_micro`.
        peak_ram_bytes: RAM while it runs, its typical value.
        multiply_adds: of one inference.
        parameters: weights and biases in the file.
        latency_ms: of one inference on the first device that it fits; None without a device, or where nobody knows.
        seconds: what the build takes here; None where nothing is to be done.
        epochs: that are to be trained, unless training stops early.
        fits: devices that it fits, of those that the batch names.
        skipped: why it is not built, as a sentence; empty where it is.
        state: done and unfinished ones are in the exports folder already; an incomplete one is trained, and not everything that
            the batch exports was made of it yet; a duplicate is built as another cell.
    """

    cell: Cell
    build: str = ""
    variant: str = ""
    flash_bytes: int | None = None
    arena_bytes: int | None = None
    peak_ram_bytes: int | None = None
    multiply_adds: int | None = None
    parameters: int | None = None
    latency_ms: float | None = None
    seconds: Seconds | None = None
    epochs: int | None = None
    fits: tuple[str, ...] = ()
    skipped: str = ""
    state: State = "new"

    @property
    def is_to_build(self) -> bool:
        """Whether there is anything to do."""
        return not self.skipped and self.state in ("new", "unfinished", "incomplete")

    @property
    def counted_as(self) -> str:
        """The state as people count it: `invalid` without a build at all, `skipped` where it does not fit, else its own."""
        if self.skipped and not self.build:
            return "invalid"
        return "skipped" if self.skipped and self.state != "duplicate" else self.state

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "number": self.cell.number,
            "values": plain(dict(self.cell.values)),
            "build": self.build,
            "state": self.state,
            "skipped": self.skipped,
            "variant": self.variant,
            "flash_bytes": self.flash_bytes,
            "arena_bytes": self.arena_bytes,
            "peak_ram_bytes": self.peak_ram_bytes,
            "multiply_adds": self.multiply_adds,
            "parameters": self.parameters,
            "latency_ms": self.latency_ms,
            "seconds": None if self.seconds is None else self.seconds.to_json(),
            "epochs": self.epochs,
            "fits": list(self.fits),
        }


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A batch's dry run.

    Args:
        batch: what was planned.
        exports: where builds are kept.
        cells: all, in the order of the file.
        time_basis: what the times rest on, as a sentence.
        notes: what people should know.
    """

    batch: Batch = field(repr=False)
    exports: Path
    cells: tuple[PlannedCell, ...] = field(repr=False)
    time_basis: str = ""
    notes: tuple[str, ...] = ()

    @property
    def to_build(self) -> tuple[PlannedCell, ...]:
        """Those that are to be trained, or completed."""
        return tuple(planned for planned in self.cells if planned.is_to_build)

    def counts(self) -> dict[str, int]:
        """How many there are of each state, as `PlannedCell.counted_as` has it."""
        found = Counter(each.counted_as for each in self.cells)
        return {name: found[name] for name in ("new", "unfinished", "incomplete", "done", "duplicate", "skipped", "invalid")}

    def seconds(self, workers: int = 1) -> Seconds:
        """What all that is to be built takes on so many workers."""
        return in_all((each.seconds for each in self.cells if each.seconds is not None), workers)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for `batch --dry-run --json`."""
        return {
            "name": self.batch.name,
            "exports": str(self.exports),
            "counts": self.counts(),
            "seconds": self.seconds().to_json(),
            "time_basis": self.time_basis,
            "notes": list(self.notes),
            "cells": [planned.to_json() for planned in self.cells],
        }


@dataclass(frozen=True, slots=True)
class Identified:
    """A cell whose photos and weights are there: which build it is, how it is judged, what there is to do."""

    build: str
    design: Design
    work: Work


def plan_batch(batch: Batch, exports: Path, *, emit: Emit = silent) -> BatchPlan:
    """Plans every build of a batch against its budget or devices. Photos are listed, not decoded, each set of them once.

    Args:
        batch: from `Batch.from_file`.
        exports: where builds are kept; what is done there is not done again.
        emit: told what is listed.

    Returns:
        A `BatchPlan`. What cannot be built or does not fit is in it, with the reason, and keeps nothing else from being built.

    Example:
        >>> plan = plan_batch(Batch(grid={"alpha": [0.25, 0.5]}, devices=["Raspberry Pi Pico 2"]), Path("exports"))
        >>> plan.counts()["new"]
        2
    """
    from builder.batch.expanding import unused_rules
    from builder.batch.inputs import Inputs
    from builder.batch.judging import Court
    from builder.batch.standing import Standing
    from builder.batch.time_needed import Pace

    court, standing = Court(batch.devices, batch.budget), Standing(exports, batch.exports)
    table = Table(batch, Inputs(exports, emit), court, Pace.of(exports), standing)
    cells = batch.cells()
    rows = tuple(row for begin in range(0, len(cells), AT_ONCE) for row in table.rows(cells[begin : begin + AT_ONCE]))
    return BatchPlan(batch, exports, rows, table.pace.basis, (*table.court.notes(), *unused_rules(batch)))


def identified(cell: Cell, inputs: Inputs) -> Identified | str:
    """Which build a cell is; why there is none where its settings, photos or weights cannot be used."""
    from builder.batch.judging import Design, Group

    if cell.problem:
        return cell.problem
    config = cell.config
    try:
        source = inputs.source(config)
        build = inputs.build_id(config, source)
    except BuilderError as error:
        return str(error)
    return Identified(build, Design(Group.of(config, source), config.alpha, config.resolution), inputs.work(config, source))


@dataclass(slots=True)
class Table:
    """What is known when the cells are gone through, some thousand at a time; `first` has the cell that builds each id."""

    batch: Batch
    inputs: Inputs
    court: Court
    pace: Pace
    standing: Standing
    first: dict[str, int] = field(default_factory=dict)
    times: dict[tuple[Work, int, Exports | None], Seconds] = field(default_factory=dict)

    def rows(self, cells: Sequence[Cell]) -> list[PlannedCell]:
        """The next cells; designs that they share are judged together."""
        known = [identified(cell, self.inputs) for cell in cells]
        self.court.judge(dict.fromkeys(each.design for each in known if isinstance(each, Identified)))
        self.times.clear()
        return [self.row(cell, each) for cell, each in zip(cells, known, strict=True)]

    def row(self, cell: Cell, known: Identified | str) -> PlannedCell:
        """A cell with its design's figures and verdict, and what there is of its build; a finished one stays, fitting or not."""
        if isinstance(known, str):
            return PlannedCell(cell, skipped=known)
        found, state = self.court.known[known.design], STATES[self.inputs.status(known.build)]
        lacking = self.lacking(known.build) if state == "done" else None
        skipped = "" if state == "done" else found.refused
        state = "incomplete" if lacking is not None else state
        if not skipped and self.first.setdefault(known.build, cell.number) != cell.number:
            state, skipped = "duplicate", duplicate_words(self.first[known.build])
        return PlannedCell(
            cell,
            known.build,
            found.variant,
            found.flash_bytes,
            found.arena_bytes,
            found.ram_bytes,
            found.multiply_adds,
            found.parameters,
            found.latency_ms,
            None if skipped or state == "done" else self.seconds(known.work, found.multiply_adds, lacking),
            known.work.epochs,
            found.fits,
            skipped,
            state,
        )

    def lacking(self, build: str) -> Exports | None:
        """What a finished build was not made of yet; a damaged one is for a worker to complain of."""
        try:
            return self.standing.lacking(self.inputs.folders[build])
        except BuilderError:
            return None

    def seconds(self, work: Work, multiply_adds: int, lacking: Exports | None = None) -> Seconds:
        """What a build takes, or what is missing of a trained one; the same for all seeds of a design."""
        key = (work, multiply_adds, lacking)
        if key not in self.times:
            trained = lacking is not None
            exports = lacking if trained else self.batch.exports
            self.times[key] = self.pace.seconds(work, multiply_adds, exports, is_trained=trained)
        return self.times[key]


def duplicate_words(first: int) -> str:
    """What to say of a cell that is another one's build."""
    return f"The same build as number {first}, and built once: they differ in nothing that changes what comes out of the photos."
