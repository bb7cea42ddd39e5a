"""What is seen of a build from its folder alone, whatever lies there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder.runs import Run
from builder.watching import LOG_BYTES, LOG_LINE_LENGTH, LOG_LINES, SENTENCES_MAX, Watch, look
from tests.ui import folders

STARTED = folders.CREATED


def test_a_running_build(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=3)
    with lock:
        seen = look(run)
    assert (seen.state, seen.stage, seen.place, seen.title) == ("running", "train", 0, "Running")
    assert [record.epoch for record in seen.epochs] == [1, 2, 3]
    assert seen.stages == {"data": "done", "train": "start"}
    assert seen.best == (3, 1 - 0.4 / 3)
    assert (seen.epochs_planned, seen.images_per_second) == (8, 402.0)
    assert seen.step["step"] == 20
    assert seen.progress == pytest.approx((3 + 20 / 52) / 8)
    assert seen.notes == ("Training starts from ImageNet weights.",)
    assert seen.config is not None
    assert seen.config.resolution == 128


def test_time_left_follows_the_pace_of_the_events_and_the_clock(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=3)  # an epoch a second, told from the sixth event on
    last = STARTED + 7  # when the third epoch ended
    with lock:
        now = Watch(run, clock=lambda: last).look().seconds_left
        later = Watch(run, clock=lambda: last + 3).look().seconds_left
        late = Watch(run, clock=lambda: last + 500).look().seconds_left
    assert now is not None
    assert 3 < now < 7
    assert later == pytest.approx(now - 3)
    assert late == 0


def test_a_build_that_waits_says_its_place(tmp_path: Path) -> None:
    run = folders.folder(tmp_path, 9, "Waits")
    folders.tell(run, ("begin", {}), ("queue", {"place": 3}), ("queue", {"place": 2}))
    with run.lock():
        assert (look(run).state, look(run).place) == ("waiting", 2)
        folders.tell(run, ("queue", {"place": 0}))
        assert (look(run).state, look(run).place) == ("running", 0)


def test_every_way_to_end(tmp_path: Path) -> None:
    failed = look(folders.failed(tmp_path, 1))
    assert (failed.state, failed.message) == ("failed", "The disk is full.")
    stopped = look(folders.failed(tmp_path, 2, message="Stopped.", code=130))
    assert (stopped.state, stopped.message) == ("stopped", "Stopped.")
    died = look(folders.died(tmp_path, 3))
    assert died.state == "failed"
    assert "without a word" in died.message
    assert died.log_tail.splitlines()[-1] == "Killed here"
    assert len(died.log_tail.splitlines()) == LOG_LINES
    empty = look(folders.empty(tmp_path, 4))
    assert (empty.state, empty.stage, empty.epochs, empty.progress) == ("failed", "", (), None)
    assert look(folders.done(tmp_path, 5)).state == "done"
    assert look(folders.damaged(tmp_path, 6)).state == "done"


def test_what_an_earlier_process_said_last_does_not_count_for_the_next(tmp_path: Path) -> None:
    run = folders.failed(tmp_path)
    folders.tell(run, ("begin", {}), ("stage", {"stage": "data", "state": "start"}))
    seen = look(run)
    assert (seen.state, seen.stage) == ("failed", "data")
    assert "without a word" in seen.message
    with run.lock():
        assert (look(run).state, look(run).message) == ("running", "")


def test_an_epoch_that_is_trained_again_replaces_itself_and_what_followed(tmp_path: Path) -> None:
    run = folders.folder(tmp_path, 1, "Again")
    folders.tell(run, *(folders.epoch(number) for number in (1, 2, 3)), ("begin", {}), folders.epoch(2, of=5))
    seen = look(run)
    assert [record.epoch for record in seen.epochs] == [1, 2]
    assert seen.epochs_planned == 5


def test_a_watch_reads_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lock = folders.running(tmp_path, epochs=2)
    with lock:
        watch = Watch(run)
        assert len(watch.look().epochs) == 2
        taken: list[str] = []
        monkeypatch.setattr(watch, "take", lambda event: taken.append(event["event"]))
        watch.look()
        assert taken == []
        folders.tell(run, folders.epoch(3))
        watch.look()
        assert taken == ["epoch"]


def test_a_watch_begins_anew_when_the_build_is_made_anew(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=4)
    watch = Watch(run)
    assert len(watch.look().epochs) == 4
    lock.close()
    folders.vanish(run)
    gone = watch.look()
    assert (gone.state, gone.epochs) == ("failed", ())
    again, lock = folders.running(tmp_path, epochs=5)
    with lock:
        assert again == run
        assert len(watch.look().epochs) == 5


def test_what_is_kept_does_not_grow_with_what_is_said(tmp_path: Path) -> None:
    run = folders.folder(tmp_path, 1, "Talks")
    step = {"epoch": 1, "epochs": 2, "step": 1, "steps": 9, "images_per_second": 10.0}
    folders.tell(run, *(("step", step) for _ in range(20_000)), *(("note", {"message": str(each)}) for each in range(300)))
    assert run.events_path.stat().st_size > 2 << 20  # more than is read at a time
    seen = look(run)
    assert len(seen.notes) == SENTENCES_MAX
    assert seen.step["steps"] == 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{",
        b'{"event": 5}\n[]\n{"event": null, "time": "now"}\nnull\n',
        b'{"event": "epoch"}\n{"event": "epoch", "epoch": "one"}\n{"event": "epoch", "epoch": -3}\n',
        b'{"event": "epoch", "epoch": 1e400, "time": "x"}\n{"event": "epoch", "epoch": 1, "best_epoch": []}\n',
        b'{"event": "progress", "done": [], "total": {}, "unit": {}}\n{"event": "progress", "unit": [], "total": 0}\n',
        b'{"event": "step", "epoch": null, "steps": 0, "time": NaN}\n{"event": "step", "epochs": Infinity, "steps": -1}\n',
        b'{"event": "queue", "place": "first"}\n{"event": "queue", "place": NaN}\n{"event": "queue"}\n',
        b'{"event": "stage", "stage": [], "state": {}}\n{"event": "note", "message": {}}\n{"event": "failed", "message": 3}\n',
        b'{"event": "step"' + b"x" * (3 << 20) + b'}\n{"event": "note", "message": "after"}\n',
    ],
)
def test_no_content_is_too_strange(tmp_path: Path, content: bytes) -> None:
    run = folders.folder(tmp_path, 1, "Strange")
    run.events_path.write_bytes(content)
    with run.lock():
        assert look(run).state in ("running", "waiting")
    assert look(run).state == "failed"


def test_damaged_neighbours_are_no_trouble(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path)
    lock.close()
    values: list[Any] = [{"title": 5, "created": "long ago"}, []]
    for value in values:
        (run.folder / "build.json").write_text(json.dumps(value))
        (run.folder / "config.yaml").write_bytes(b"\xff: [")
        seen = look(run)
        assert seen.config is None
        assert seen.created is None
        assert seen.title in ("5", run.folder.name)
    assert look(Run(tmp_path / "never-there")).state == "failed"


def test_of_a_long_log_only_the_end_is_read_and_nothing_in_it_moves_a_terminal(tmp_path: Path) -> None:
    run = folders.empty(tmp_path)
    run.log_path.write_text("x" * (3 * LOG_BYTES) + "\nlast\x1b[31m\n")
    lines = look(run).log_tail.splitlines()
    assert lines[-1] == "last\ufffd[31m"
    assert len(lines) == 2
    assert len(lines[0]) == LOG_LINE_LENGTH
