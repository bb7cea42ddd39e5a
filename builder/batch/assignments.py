"""What workers get of a batch's cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder import runs
from builder.batch.expanding import base_of
from builder.batch.file import Batch
from builder.batch.keys import with_values
from builder.batch.record import CellRecord
from builder.batch.task import Task
from builder.formats import printable
from builder.launch import absolute


@dataclass(frozen=True, slots=True)
class Tasks:
    """What a worker gets of each cell, made when it is given: a batch of many thousand cells keeps only the values of each."""

    batch: Batch
    exports: Path

    def __call__(self, cell: CellRecord) -> Task:
        """The task of a cell."""
        config = absolute(with_values(base_of(self.batch), cell.values), Path.cwd())
        asked = self.batch.exports
        return Task(
            number=cell.number,
            build=cell.build,
            config=config.model_dump(mode="json"),
            exports=str(self.exports),
            title=title_of(self.batch, cell),
            techniques=asked.techniques,
            resolutions=asked.resolutions,
            bundle=asked.bundle,
            target=target_of(self.batch, cell),
        )


def title_of(batch: Batch, cell: CellRecord) -> str | None:
    """What people see: the batch's name and what sets the cell apart; None where nothing does."""
    said = ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in cell.values.items())
    title = printable(f"{batch.name}: {said}") if said else ""
    return title[: runs.TITLE_LENGTH_MAX] or None


def target_of(batch: Batch, cell: CellRecord) -> dict[str, Any] | None:
    """What the build is made for, as build.json holds it."""
    limits = batch.budget
    if limits is None and not cell.device:
        return None
    known = {"device": cell.device, "variant": cell.variant}
    if limits is not None:
        sizes = ("flash", "ram", "reserve_flash", "reserve_ram")
        known |= {name: str(getattr(limits, name)) for name in sizes if getattr(limits, name) is not None}
    return known
