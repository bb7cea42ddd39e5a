"""Hand-written batches, as their folders look in every state: for tests of pages that only read folders."""

from __future__ import annotations

import fcntl
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from builder.batch.file import Batch
from builder.batch.outcome import Outcome
from builder.batch.record import BatchRecord, BatchState, CellRecord, batch_id, folder_of, write_record
from builder.runs import LOCK
from tests.ui.folders import CREATED

GRID = Batch(name="Widths", grid={"alpha": [0.1, 0.25], "resolution": [32, 48]})

RUNNING = (
    CellRecord(
        1, {"alpha": 0.1, "resolution": 32}, "aa", "", "done", took=61.0,
        outcome=Outcome("int8", 0.81, 0.79, 55_034, 20_784, 161_779, 50_000, 0.4, 8, 61.0),
    ),
    CellRecord(2, {"alpha": 0.1, "resolution": 48}, "bb", "", "running", epoch=3, epochs=8, stage="train", val_accuracy=0.875),
    CellRecord(3, {"alpha": 0.25, "resolution": 32}, "cc", "", "failed", "The photos vanished.", attempts=2),
    CellRecord(4, {"alpha": 0.25, "resolution": 48}, "dd", "", "waiting", epochs=8),
)  # fmt: skip


def write(
    exports: Path,
    cells: Sequence[CellRecord] = RUNNING,
    state: BatchState = "running",
    batch: Batch = GRID,
    **values: Any,
) -> Path:
    """A batch's folder with its file and its record; nobody runs it."""
    identity = batch_id(batch.model_dump(mode="json"))
    folder = folder_of(exports, batch.name, identity)
    folder.mkdir(parents=True)
    (folder / LOCK).touch()
    (folder / "batch.yaml").write_text(batch.to_yaml())
    given: dict[str, Any] = {"workers": 1, "began": CREATED, "rules": {"workers": 1}} | values
    write_record(folder, BatchRecord(identity, batch.name, str(exports), state, tuple(cells), **given))
    return folder


def held(folder: Path) -> IO[bytes]:
    """A process runs the batch as long as the returned file is open."""
    lock = (folder / LOCK).open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock
