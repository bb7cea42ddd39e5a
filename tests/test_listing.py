"""Rows of builds in every state, read from hand-written folders."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from builder import event_log, listing, watching
from builder.report import read_report, report_text
from builder.runs import Run
from builder.watching import NO_LAST_WORD, tail
from tests.ui import folders


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test profits from what another one has read."""
    listing.kept.clear()
    listing.watches.clear()
    yield
    listing.kept.clear()
    listing.watches.clear()


def the_row(exports: Path) -> listing.Row:
    (row,) = listing.rows(exports)
    return row


def test_a_folder_that_is_not_there_has_no_builds(tmp_path: Path) -> None:
    assert listing.rows(tmp_path / "absent") == []


def test_the_newest_comes_first(tmp_path: Path) -> None:
    folders.failed(tmp_path, 1)
    folders.done(tmp_path, 3)
    folders.died(tmp_path, 2)
    assert [row.id[-1] for row in listing.rows(tmp_path)] == ["3", "2", "1"]


def test_a_finished_build_has_its_figures(tmp_path: Path) -> None:
    run = folders.done(tmp_path)
    row, report = the_row(tmp_path), read_report(run.report_path)
    assert (row.state, row.title, row.data, row.alpha, row.resolution, row.classes) == (
        "done",
        "Hands",
        "photos/hands",
        0.25,
        128,
        10,
    )
    assert (row.accuracy, row.int8_accuracy, row.arena_bytes) == (0.9927, 0.9903, 160_992)
    assert row.hero == "int8"
    assert row.best is not None
    assert row.best.flash_bytes == report.measured.variants["int8"].flash_bytes
    assert row.took == report.build.took


def test_a_running_build_tells_its_epoch(tmp_path: Path) -> None:
    _, lock = folders.running(tmp_path, epochs=3)
    with lock:
        row = the_row(tmp_path)
    assert (row.state, row.live, row.epoch) == ("running", True, (3, 8))
    assert row.val_accuracy == pytest.approx(1 - 0.4 / 3)


def test_a_build_in_the_queue_tells_its_place(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path)
    folders.tell(run, ("queue", {"place": 2}))
    with lock:
        assert (the_row(tmp_path).state, the_row(tmp_path).place) == ("waiting", 2)


def test_a_build_that_had_its_turn_runs(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path)
    folders.tell(run, ("queue", {"place": 2}), ("queue", {"place": 0}))
    with lock:
        assert the_row(tmp_path).state == "running"


def test_a_failed_build_tells_why(tmp_path: Path) -> None:
    folders.failed(tmp_path, message="The disk is full.")
    assert (the_row(tmp_path).state, the_row(tmp_path).message) == ("failed", "The disk is full.")


def test_a_build_that_somebody_stopped_did_not_fail(tmp_path: Path) -> None:
    folders.failed(tmp_path, code=130)
    assert the_row(tmp_path).state == "stopped"


def test_a_build_that_died_without_saying_so_failed_with_the_end_of_its_log(tmp_path: Path) -> None:
    run = folders.died(tmp_path)
    row = the_row(tmp_path)
    assert (row.state, row.message) == ("failed", NO_LAST_WORD)
    assert tail(run.log_path).endswith("line 199\nKilled here")


def test_a_build_that_failed_and_was_taken_up_again_and_died_did_not_fail_for_the_old_reason(tmp_path: Path) -> None:
    run = folders.failed(tmp_path)
    folders.tell(run, ("begin", {}), folders.epoch(2))
    assert the_row(tmp_path).message == NO_LAST_WORD


def test_a_build_without_an_event_is_a_row(tmp_path: Path) -> None:
    folders.empty(tmp_path)
    assert (the_row(tmp_path).state, the_row(tmp_path).epoch, the_row(tmp_path).title) == ("failed", None, "Empty")


def test_a_damaged_report_is_a_row_with_the_reason(tmp_path: Path) -> None:
    folders.damaged(tmp_path)
    row = the_row(tmp_path)
    assert (row.state, row.alpha, row.title) == ("damaged", 0.25, "Damaged")
    assert "report.json is damaged" in row.message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[1, 2]", b'{"title": ["x"], "created": "soon"}', b'{"created": NaN}'])
def test_damaged_files_beside_the_report_leave_a_row(content: bytes, tmp_path: Path) -> None:
    run = folders.died(tmp_path)
    for name in ("build.json", "config.yaml", "events.jsonl"):
        (run.folder / name).write_bytes(content)
    assert (the_row(tmp_path).state, the_row(tmp_path).created) == ("failed", None)


def test_a_new_title_is_seen_at_once(tmp_path: Path) -> None:
    run = folders.done(tmp_path)
    assert the_row(tmp_path).title == "Hands"
    run.rename("Second try")
    assert the_row(tmp_path).title == "Second try"


def test_a_build_that_ends_is_seen_at_once(tmp_path: Path) -> None:
    _, lock = folders.running(tmp_path)
    with lock:
        assert the_row(tmp_path).state == "running"
    assert the_row(tmp_path).state == "failed"


def test_a_folder_that_vanishes_is_left_out(tmp_path: Path) -> None:
    run = folders.done(tmp_path)
    assert listing.row_of(run) is not None
    folders.vanish(run)
    assert listing.row_of(run) is None
    assert listing.rows(tmp_path) == []
    assert listing.bytes_on_disk(run) == 0


def test_a_build_is_found_by_its_id(tmp_path: Path) -> None:
    run = folders.done(tmp_path)
    found = listing.find(tmp_path, run.id)
    assert found is not None
    assert found.run == run
    assert listing.find(tmp_path, "") is None
    assert listing.find(tmp_path, "../../etc") is None


def test_the_front_holds_what_no_other_one_beats() -> None:
    assert listing.pareto([(300, 0.9), (100, 0.7), (200, 0.6), (300, 0.8), (400, 0.9)]) == [(100, 0.7), (300, 0.9)]


def test_three_hundred_builds_are_listed_at_once_the_second_time(tmp_path: Path) -> None:
    first = folders.done(tmp_path, 0)
    report = read_report(first.report_path)
    for number in range(1, 300):
        run = folders.folder(tmp_path, number, f"Build {number}") if number % 2 else folders.died(tmp_path, number)
        if number % 2:
            run.report_path.write_text(report_text(report))
    assert len(listing.rows(tmp_path)) == 300
    best = float("inf")
    for _ in range(5):  # other work on the machine only ever adds
        began = time.process_time()
        assert len(listing.rows(tmp_path)) == 300
        best = min(best, time.process_time() - began)
    assert best < 0.5


def test_what_is_kept_in_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "KEPT_MAX", 3)
    for number in range(6):
        folders.empty(tmp_path, number)
    assert len(listing.rows(tmp_path)) == 6
    assert len(listing.kept) == 3


def test_a_build_json_without_a_title_goes_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "hands-0000000001"
    folder.mkdir()
    (folder / "build.json").write_text(json.dumps({"format": 1}))
    assert the_row(tmp_path).title == Run(folder).folder.name


def test_of_a_build_at_work_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[int] = []

    def read_events(path: Path, offset: int, limit: int) -> Any:
        starts.append(offset)
        return event_log.read_events(path, offset, limit)

    monkeypatch.setattr(watching, "read_events", read_events)
    run, lock = folders.running(tmp_path)
    with lock:
        the_row(tmp_path)
        starts.clear()
        before = run.events_path.stat().st_size
        folders.tell(run, folders.epoch(4))
        assert the_row(tmp_path).epoch == (4, 8)
        assert min(starts) == before


def test_a_build_that_ended_is_watched_no_more(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path)
    with lock:
        the_row(tmp_path)
        assert list(listing.watches) == [run.folder]
    assert the_row(tmp_path).state == "failed"
    assert listing.watches == {}


def test_visitors_may_list_at_the_same_moment(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=1)
    with lock, ThreadPoolExecutor(8) as visitors:
        for number in range(2, 7):
            folders.tell(run, folders.epoch(number))
            listed = [visitors.submit(listing.rows, tmp_path) for _ in range(16)]
            assert {each.result()[0].epoch for each in listed} == {(number, 8)}


def test_builds_at_work_are_watched_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WATCHES_MAX", 1)
    with folders.running(tmp_path, 1)[1], folders.running(tmp_path, 2)[1]:
        assert [row.state for row in listing.rows(tmp_path)] == ["running", "running"]
        assert len(listing.watches) == 1
