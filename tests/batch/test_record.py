"""The record of a batch on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.batch.outcome import Outcome
from builder.batch.record import BatchRecord, CellRecord, batch_id, batches, folder_of, is_running, read_record, write_record
from builder.errors import InvalidInput
from builder.runs import Run

RECORD = BatchRecord(
    id="0a1b2c3d",
    name="hands",
    exports="exports",
    state="running",
    cells=(
        CellRecord(1, {"alpha": 0.25, "seed": 0}, "b1", state="done", outcome=Outcome("int8", 0.98, 0.97, 256_986, 80_000)),
        CellRecord(2, {"alpha": "wide"}, state="failed", message="alpha must be a number, not 'wide'."),
    ),
    workers=2,
    best=1,
    warnings=("cell 1: few photos",),
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert read_record(tmp_path) == RECORD


def test_a_record_without_cells_is_read_as_it_was_written(tmp_path: Path) -> None:
    empty = BatchRecord("1", "none", "exports", "done", ())
    write_record(tmp_path, empty)
    assert read_record(tmp_path) == empty


def test_there_is_no_record_of_a_batch_that_was_never_run(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None


def test_a_damaged_record_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"id": ', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"record\.json.*no build is done again"):
        read_record(tmp_path)


def test_the_identity_of_a_batch_is_its_content_not_its_name() -> None:
    values = {"name": "hands", "grid": {"alpha": [0.25]}}
    assert batch_id(values) == batch_id({**values, "name": "more hands"})
    assert batch_id(values) != batch_id({**values, "grid": {"alpha": [0.5]}})


def test_a_cell_is_named_by_what_sets_it_apart() -> None:
    assert RECORD.cell(1).named() == "cell 1 (alpha 0.25, seed 0)"


def test_the_batch_that_was_written_last_is_listed_first(tmp_path: Path) -> None:
    folders = [folder_of(tmp_path, name, "0a1b2c3d") for name in ("first", "second")]
    for folder in folders:
        folder.mkdir(parents=True)
        write_record(folder, RECORD)
    assert batches(tmp_path) == list(reversed(folders))


def test_a_batch_runs_as_long_as_its_folder_is_held(tmp_path: Path) -> None:
    with Run(tmp_path).lock():
        assert is_running(tmp_path)
    assert not is_running(tmp_path)
