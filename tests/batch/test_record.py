"""The record of a batch on disk."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from builder.batch.outcome import Outcome
from builder.batch.record import (
    BatchRecord,
    CellRecord,
    batch_id,
    finished,
    is_running,
    read_record,
    write_record,
)
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


def test_a_record_that_is_laid_out_in_another_way_is_read_all_the_same(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    path = tmp_path / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=2))
    assert read_record(tmp_path) == RECORD


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"state": "failed"', '"state": "odd"', r"record\.json is damaged: cells\.1\.state: "),
        ('"number": 2', '"number": "2"', r"record\.json is damaged: cells\.1\.number: "),
        ('"name": "hands"', '"name": 7', r"record\.json is damaged: name: "),
        ("},\n{", "}\n{", r"record\.json is damaged: Invalid JSON"),
        ("}\n]}", "},\n]}", r"record\.json is damaged: Invalid JSON"),
        ("]}\n", "", r"record\.json is damaged: Invalid JSON"),
        ("]}\n", "]}\n{}", r"record\.json is damaged: Invalid JSON"),
        ('"format": 1', '"format": 2', r"is in format 2, and this builder reads up to format 1"),
    ],
)
def test_what_is_wrong_with_a_record_is_told(old: str, new: str, said: str, tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    path = tmp_path / "record.json"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(InvalidInput, match=said):
        read_record(tmp_path)


def test_the_text_of_a_record_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    said = "The photos vanished. " * 200
    record = replace(RECORD, cells=tuple(CellRecord(number, {}, state="failed", message=said) for number in range(1, 2001)))
    write_record(tmp_path, record)
    text_bytes = (tmp_path / "record.json").stat().st_size
    peaks = []
    for work in (lambda: list(finished(tmp_path)), lambda: sum(len(line) for line in record.lines())):
        tracemalloc.start()
        work()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < text_bytes / 10


def test_what_is_printed_is_one_object_with_the_counts_and_every_cell() -> None:
    printed = json.loads("\n".join(RECORD.lines()))
    assert printed["counts"] == {"done": 1, "failed": 1}
    assert printed["format"] == 1
    assert [each["number"] for each in printed["cells"]] == [1, 2]
    assert printed["cells"][0]["outcome"]["flash_bytes"] == 256_986


def test_the_finished_builds_of_an_earlier_run_are_read_past_what_is_damaged(tmp_path: Path) -> None:
    more = CellRecord(3, {}, "b3", state="done", outcome=Outcome("float32", 0.5))
    write_record(tmp_path, replace(RECORD, cells=(*RECORD.cells, more)))
    path = tmp_path / "record.json"
    path.write_text(path.read_text().replace('{"number": 2, ', '{"number" '))
    assert list(finished(tmp_path)) == [("b1", RECORD.cell(1).outcome), ("b3", more.outcome)]


@pytest.mark.parametrize(
    "text", ["", "nonsense", '{"format": 2, "cells": [\n{"build": "b1", "state": "done", "outcome": {}}\n]}\n']
)
def test_a_record_that_cannot_be_read_has_no_finished_builds(text: str, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(text)
    assert list(finished(tmp_path)) == []
    assert list(finished(tmp_path / "none")) == []


def test_the_identity_of_a_batch_is_its_content_not_its_name() -> None:
    values = {"name": "hands", "grid": {"alpha": [0.25]}}
    assert batch_id(values) == batch_id({**values, "name": "more hands"})
    assert batch_id(values) != batch_id({**values, "grid": {"alpha": [0.5]}})


def test_a_cell_is_named_by_what_sets_it_apart() -> None:
    assert RECORD.cell(1).named() == "cell 1 (alpha 0.25, seed 0)"


def test_a_batch_runs_as_long_as_its_folder_is_held(tmp_path: Path) -> None:
    with Run(tmp_path).lock():
        assert is_running(tmp_path)
    assert not is_running(tmp_path)
