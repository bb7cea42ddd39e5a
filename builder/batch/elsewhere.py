"""What an earlier run of a batch left on other machines: builds in a cluster's storage, and how far those on its nodes had come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.batch.record import BatchRecord, CellRecord, read_record
from builder.batch.storage import delivered
from builder.errors import InvalidInput

OUT: tuple[str, ...] = ("skipped", "duplicate")  # states of cells that take no part


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Cells of an earlier run by their build.

    Args:
        finished: those whose builds lie in the storage.
        trained: those that came as far as a comparison, and what they scored.
    """

    finished: dict[str, CellRecord] = field(default_factory=dict)
    trained: dict[str, CellRecord] = field(default_factory=dict)

    def completed(self, cell: CellRecord) -> CellRecord:
        """A cell of which nothing is here, with what is known of it elsewhere."""
        if cell.state != "waiting" or cell.folder:
            return cell
        done, came = self.finished.get(cell.build), self.trained.get(cell.build)
        if done is not None:
            return replace(cell, state="done", outcome=done.outcome, folder=done.folder, val_accuracy=done.val_accuracy)
        return cell if came is None else replace(cell, epoch=came.epoch, val_accuracy=came.val_accuracy)


def left_elsewhere(folder: Path, cells: Sequence[CellRecord], storage: str | None, halving: int | None) -> Elsewhere:
    """What the record in a batch's folder and the storage tell of builds that are not on this machine.

    Args:
        folder: of the batch.
        cells: as they are known from the exports folder.
        storage: where workers leave finished builds; asked once. None is the exports folder.
        halving: eta. Scores of an earlier run count where it compared the same cells by the same rule.

    Raises:
        ConfigError, MissingTool, StorageError: as `builder.batch.storage.delivered`.
    """
    try:
        known = read_record(folder)
    except InvalidInput:  # it is damaged, and made anew
        known = None
    if known is None:
        return Elsewhere()
    return Elsewhere(finished_in(storage, known.cells), trained_by(known, cells, halving))


def finished_in(storage: str | None, cells: Iterable[CellRecord]) -> dict[str, CellRecord]:
    """Finished cells whose builds are in the storage still."""
    done = {cell.build: cell for cell in cells if cell.state == "done" and cell.outcome is not None}
    if storage is None or not done:
        return {}
    there = {name.rpartition("-")[2] for name in delivered(storage)}
    return {build: cell for build, cell in done.items() if build in there}


def trained_by(known: BatchRecord, cells: Sequence[CellRecord], halving: int | None) -> dict[str, CellRecord]:
    """Cells that an earlier run has scores of, where these can be compared with those of this run."""
    if halving is None or known.rules.get("halving") != halving or racing(known.cells) != racing(cells):
        return {}
    return {cell.build: cell for cell in known.cells if cell.epoch and cell.val_accuracy is not None}


def racing(cells: Iterable[CellRecord]) -> set[str]:
    """Builds that are compared with each other."""
    return {cell.build for cell in cells if cell.build and cell.state not in OUT}
