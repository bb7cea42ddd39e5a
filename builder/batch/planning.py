"""What a batch would build, what each build would cost, and what is skipped and why. Nothing is trained or written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from builder.batch.cell import Cell
from builder.batch.time_needed import Seconds

if TYPE_CHECKING:
    from builder.batch.file import Batch

State = Literal["new", "done", "unfinished", "duplicate"]


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One build before it is made; figures are None where the cell could not be planned.

    Args:
        cell: its number and settings.
        build: the build's id, hex; empty where it could not be found out.
        variant: the file that is held against the budget: the one that the target runs.
        flash_bytes: that file's size.
        arena_bytes: TFLite Micro's arena; None except for `int8_micro`.
        peak_ram_bytes: RAM while it runs, its typical value.
        multiply_adds: of one inference.
        parameters: weights and biases in the file.
        latency_ms: of one inference on the first device that it fits; None without a device, or where nobody knows.
        seconds: what the build takes here; None where nothing is to be done.
        fits: devices that it fits, of those that the batch names.
        skipped: why it is not built, as a sentence; empty where it is.
        state: done and unfinished ones are in the exports folder already; a duplicate is built as another cell.
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
    fits: tuple[str, ...] = ()
    skipped: str = ""
    state: State = "new"

    @property
    def is_to_build(self) -> bool:
        """Whether there is anything to train."""
        return not self.skipped and self.state in ("new", "unfinished")


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
        """Those that are to be trained."""
        return tuple(planned for planned in self.cells if planned.is_to_build)

    def counts(self) -> dict[str, int]:
        """How many there are of each state; those that are skipped count as `skipped` alone, whatever their state."""
        found = Counter(
            "duplicate" if each.state == "duplicate" else "skipped" if each.skipped else each.state for each in self.cells
        )
        return {name: found[name] for name in ("new", "unfinished", "done", "duplicate", "skipped")}
