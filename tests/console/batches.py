"""Records of batches for tests of what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from builder.batch.outcome import Outcome
from builder.batch.record import BatchRecord, CellRecord

BEGAN = 1_000.0
INT8 = Outcome(
    "int8",
    accuracy=0.984,
    test_accuracy=0.979,
    flash_bytes=251 * 1024,
    arena_bytes=90 * 1024,
    epochs=20,
    seconds=40.0,
    is_judged=True,
    judged="int8",
)


def cell(number: int, state: Any = "waiting", **changes: Any) -> CellRecord:
    """A cell of a grid over alpha and seed, whose resolution is always the same."""
    values = {"alpha": 0.25 if number % 2 else 0.5, "resolution": 96, "training.epochs": number}
    return replace(CellRecord(number, values, build=f"{number:010x}", state=state, epochs=20), **changes)


def done(number: int, accuracy: float = 0.984, **changes: Any) -> CellRecord:
    """A finished cell."""
    folder = f"/home/me/exports/digits-{number}"
    return cell(number, "done", outcome=replace(INT8, accuracy=accuracy), attempts=1, took=41.0, folder=folder, **changes)


def batch(*cells: CellRecord, **changes: Any) -> BatchRecord:
    """A batch of these cells; the first finished one is the best."""
    best = next((each.number for each in cells if each.outcome is not None), 0)
    record = BatchRecord("0a1b2c3d", "hands", "exports", "running", cells, workers=2, began=BEGAN, updated=BEGAN + 320, best=best)
    return replace(record, **changes)


def twelve() -> BatchRecord:
    """5 done, 2 running, 1 failed, 4 waiting."""
    running = (
        cell(6, "running", stage="train", epoch=3, val_accuracy=0.917, began=BEGAN, attempts=1),
        cell(7, "running", began=BEGAN + 10, attempts=1),
    )
    failed = cell(8, "failed", message="The loss became nan in epoch 2.", attempts=2)
    return batch(*map(done, range(1, 6)), *running, failed, *map(cell, range(9, 13)), seconds_left=180.0)
