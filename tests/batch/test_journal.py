"""The record of a running batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.batch import journal as journals
from builder.batch.journal import RECENT_MAX, WARNINGS_MAX, Journal, time_left
from builder.batch.record import BatchRecord, CellRecord, read_record
from builder.errors import StorageError
from builder.events import silent


@pytest.fixture
def told() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def journal(tmp_path: Path, told: list[tuple[str, dict[str, Any]]]) -> Iterator[Journal]:
    cells = (CellRecord(1, {"seed": 0}), CellRecord(2, {"seed": 1}))
    kept = Journal(
        tmp_path, BatchRecord("1", "hands", "exports", "running", cells), lambda event, /, **values: told.append((event, values))
    )
    yield kept
    kept.log.close()


def test_a_change_is_told_and_logged(journal: Journal, told: list[tuple[str, dict[str, Any]]], tmp_path: Path) -> None:
    journal.update(2, state="running", worker=1)
    assert told == [("cell", {"number": 2, "state": "running", "values": {"seed": 1}, "worker": 1})]
    line = json.loads((tmp_path / "events.jsonl").read_text(encoding="utf-8"))
    assert (line["event"], line["number"], line["state"]) == ("cell", 2, "running")


def test_what_people_need_not_know_is_kept_and_not_told(journal: Journal, told: list[tuple[str, dict[str, Any]]]) -> None:
    journal.update(1, stage="export")
    assert told == []
    assert journal.record().cell(1).stage == "export"


def test_a_warning_is_told_once(journal: Journal, told: list[tuple[str, dict[str, Any]]]) -> None:
    journal.warn("few photos")
    journal.warn("few photos")
    assert told == [("warning", {"message": "few photos"})]
    assert journal.record().warnings == ("few photos",)


def test_an_epoch_is_told_in_a_short_line(journal: Journal, told: list[tuple[str, dict[str, Any]]], tmp_path: Path) -> None:
    journal.update(1, build="b1", epoch=0, epochs=20, folder="exports/digits-b1", stage="train")
    journal.update(1, epoch=1, epochs=20, val_accuracy=0.5)
    assert told == [("epoch", {"number": 1, "build": "b1", "epoch": 1, "epochs": 20, "val_accuracy": 0.5})]
    line = json.loads((tmp_path / "events.jsonl").read_text(encoding="utf-8"))
    assert set(line) == {"time", "event", "number", "build", "epoch", "epochs", "val_accuracy"}


def test_of_many_warnings_the_record_keeps_the_first_and_counts_the_others(
    journal: Journal, told: list[tuple[str, dict[str, Any]]]
) -> None:
    for number in range(1, WARNINGS_MAX + 31):
        journal.warn(f"cell {number}: few photos")
    record = journal.record()
    assert record.warnings == tuple(f"cell {number}: few photos" for number in range(1, WARNINGS_MAX + 1))
    assert record.more_warnings == 30
    assert len(told) == WARNINGS_MAX + 30


def test_a_warning_that_comes_again_and_again_is_known_among_very_many(
    journal: Journal, told: list[tuple[str, dict[str, Any]]]
) -> None:
    for number in range(WARNINGS_MAX + 3 * RECENT_MAX):
        journal.warn(f"cell {number}: few photos")
        if number > WARNINGS_MAX:
            journal.warn("The disk is full.")
    assert [values["message"] for _, values in told].count("The disk is full.") == 1
    assert len(journal.warnings.recent) == RECENT_MAX


def test_what_was_being_built_when_a_batch_ended_is_stopped_for_the_same_reason(journal: Journal) -> None:
    journal.update(1, state="running", stage="train")
    ended = journal.close(state="failed", message="No worker can be started.")
    assert (ended.cell(1).state, ended.cell(1).message, ended.cell(1).stage) == ("stopped", "No worker can be started.", "")
    assert ended.counts == {"stopped": 1, "waiting": 1}


def test_what_was_said_when_it_was_planned_stays_in_the_record(tmp_path: Path) -> None:
    planned = Journal(tmp_path, BatchRecord("1", "hands", "exports", "running", (), warnings=("a rule matches nothing",)), silent)
    planned.warn("few photos")
    assert planned.close(state="done").warnings == ("a rule matches nothing", "few photos")


def test_who_reads_the_record_from_the_disk_sees_the_time_left(tmp_path: Path) -> None:
    cells = (CellRecord(1, {}, seconds_expected=30.0),)
    kept = Journal(tmp_path, BatchRecord("1", "hands", "exports", "running", cells, workers=1), silent)
    kept.beat()
    kept.log.close()
    read = read_record(tmp_path)
    assert read is not None
    assert read.seconds_left == 30.0


def test_the_last_word_is_on_disk(journal: Journal, tmp_path: Path) -> None:
    journal.update(1, state="done")
    ended = journal.close(state="stopped", message="enough")
    read = read_record(tmp_path)
    assert read is not None
    assert (read.state, read.message, read.counts) == ("stopped", "enough", {"done": 1, "waiting": 1})
    assert ended.counts == read.counts


def test_a_full_disk_spoils_no_batch_and_is_said_once(
    journal: Journal, told: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, record: BatchRecord) -> None:  # noqa: ARG001
        raise StorageError("The disk is full.")

    monkeypatch.setattr(journals, "write_record", full)
    journal.save(journal.record())
    journal.save(journal.record())
    assert told == [("warning", {"message": "The batch's record is not up to date: The disk is full."})]


def test_writing_takes_a_small_part_of_the_time(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[float] = []
    now = [100.0]

    def slow(folder: Path, record: BatchRecord) -> None:  # noqa: ARG001
        writes.append(now[0])
        now[0] += 0.5

    monkeypatch.setattr(journals, "write_record", slow)
    monkeypatch.setattr("builder.batch.journal.time.monotonic", lambda: now[0])
    for _ in range(400):
        journal.beat()
        now[0] += 0.1
    assert len(writes) == pytest.approx((now[0] - 100) / (0.5 + 20 * 0.5), abs=1)  # half a second of work, ten of rest


def cell(number: int, **values: Any) -> CellRecord:
    return CellRecord(number, {}, **values)


def test_the_time_left_is_what_was_expected_shared_by_the_workers() -> None:
    cells = [cell(number, seconds_expected=30.0) for number in range(1, 5)]
    assert time_left(cells, workers=2, now=0.0) == 4 * 30.0 / 2


def test_it_is_corrected_by_what_finished_ones_took() -> None:
    cells = [cell(1, state="done", attempts=1, took=60.0, seconds_expected=30.0), cell(2, seconds_expected=20.0)]
    assert time_left(cells, workers=1, now=0.0) == 20.0 * 60.0 / 30.0


def test_it_is_at_least_that_of_the_longest_build() -> None:
    cells = [cell(1, seconds_expected=100.0), cell(2, seconds_expected=1.0)]
    assert time_left(cells, workers=8, now=0.0) == 100.0


def test_what_a_running_build_has_done_already_counts() -> None:
    assert time_left([cell(1, state="running", began=50.0, seconds_expected=30.0)], workers=1, now=60.0) == 30.0 - 10.0


def test_nobody_knows_it_without_expectation_or_experience() -> None:
    assert time_left([cell(1)], workers=1, now=0.0) is None
