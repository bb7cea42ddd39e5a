"""How a build stands, told from folders in every state."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.watching import DIED, LOG_TAIL_BYTES, Watch, log_tail, look
from tests.ui import folders


def test_a_held_lock_means_running(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=3)
    with lock:
        seen = look(run)
    assert (seen.state, seen.stage, seen.title) == ("running", "train", "Running")
    assert [epoch.epoch for epoch in seen.epochs] == [1, 2, 3]
    assert seen.best == (3, 1 - 0.4 / 3)
    assert seen.images_per_second == 402.0
    assert seen.share == pytest.approx((3 + 20 / 52) / 8)


def test_time_left_is_told_by_the_events_own_clock(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=0)
    with lock:
        run.events_path.unlink()
        folders.tell(run, ("stage", {"stage": "train", "state": "start"}), *(folders.epoch(each) for each in (1, 2, 3)))
        seen = look(run)
    assert seen.seconds_left == pytest.approx(5.0)  # five of eight epochs are left, a second each


def test_a_place_in_the_queue_means_waiting(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=0)
    with lock:
        folders.tell(run, ("begin", {}), ("queue", {"place": 2}))
        seen = look(run)
    assert (seen.state, seen.place, seen.stage) == ("waiting", 2, "")


def test_place_nought_means_that_it_has_its_turn(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=0)
    with lock:
        folders.tell(run, ("begin", {}), ("queue", {"place": 1}), ("queue", {"place": 0}))
        assert look(run).state == "running"


def test_a_last_word_is_the_reason(tmp_path: Path) -> None:
    seen = look(folders.failed(tmp_path, message="The disk is full."))
    assert (seen.state, seen.message) == ("failed", "The disk is full.")


def test_stopped_by_somebody_is_no_failure(tmp_path: Path) -> None:
    assert look(folders.failed(tmp_path, message="Stopped.", code=130)).state == "stopped"


def test_a_build_that_died_without_a_word_has_failed(tmp_path: Path) -> None:
    run = folders.died(tmp_path)
    assert (look(run).state, look(run).message) == ("failed", DIED)
    assert log_tail(run, 2) == "line 199\nKilled here"


def test_a_report_means_done_even_where_it_is_damaged(tmp_path: Path) -> None:
    assert look(folders.damaged(tmp_path)).state == "done"


def test_nothing_was_said_yet(tmp_path: Path) -> None:
    seen = look(folders.empty(tmp_path))
    assert (seen.state, seen.epochs, seen.stage, seen.share) == ("failed", (), "", None)


def test_a_folder_that_vanished_is_gone(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path)
    watch = Watch(run)
    with lock:
        assert watch.look().state == "running"
        folders.vanish(run)
        assert watch.look().state == "gone"


def test_a_process_that_takes_it_up_again_clears_the_last_word_and_keeps_the_epochs(tmp_path: Path) -> None:
    run = folders.failed(tmp_path, message="Stopped.", code=130)
    folders.tell(run, ("begin", {}), ("stage", {"stage": "data", "state": "start"}))
    seen = look(run)
    assert (seen.state, seen.message) == ("failed", DIED)
    assert seen.stages == {"data": "start"}
    assert [epoch.epoch for epoch in seen.epochs] == [1]


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=2)
    with lock:
        watch = Watch(run)
        watch.look()
        before = watch.offset
        folders.tell(run, folders.epoch(3))
        seen = watch.look()
    assert len(seen.epochs) == 3
    assert watch.offset > before


def test_a_build_made_anew_is_read_from_its_first_event(tmp_path: Path) -> None:
    run, lock = folders.running(tmp_path, epochs=3)
    with lock:
        watch = Watch(run)
        assert len(watch.look().epochs) == 3
        fresh = run.events_path.with_suffix(".new")
        fresh.write_bytes(run.events_path.read_bytes() + b"\n")
        fresh.replace(run.events_path)  # another file, at least as long
        run.events_path.write_text("")
        folders.tell(run, folders.epoch(1))
        assert [epoch.epoch for epoch in watch.look().epochs] == [1]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\n", b"[1]\n{}\n", b'{"event": "epoch"}\n',
     b'{"event": "step", "epoch": "x", "steps": null}\n', b'{"event": "queue"}\n',
          b'{"event": "epoch", "epoch": 1e999, "time": "x"}\n', b'{"event": "note", "message": 7}\n{"event": "progress"}\n'],
)  # fmt: skip
def test_whatever_the_events_hold_nothing_is_raised(tmp_path: Path, content: bytes) -> None:
    run = folders.empty(tmp_path)
    run.events_path.write_bytes(content)
    (run.folder / "config.yaml").write_bytes(content)
    (run.folder / "build.json").write_bytes(content)
    assert look(run).state == "failed"


def test_of_a_long_log_only_the_end_is_read(tmp_path: Path) -> None:
    run = folders.empty(tmp_path)
    run.log_path.write_text("x" * (3 * LOG_TAIL_BYTES) + "\nlast\x1b[31m\n")
    assert log_tail(run, 1) == "last\ufffd[31m"
