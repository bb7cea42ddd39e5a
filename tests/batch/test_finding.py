"""Which batches there are."""

from __future__ import annotations

from pathlib import Path

from builder.batch.finding import batches
from builder.batch.record import folder_of, write_record
from tests.console.batches import batch


def test_the_batch_that_was_written_last_is_listed_first(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, name, "0a1b2c3d") for name in ("first", "second")]
    for folder in folders:
        folder.mkdir(parents=True)
        write_record(folder, batch())
    assert batches(tmp_path) == list(reversed(folders))
