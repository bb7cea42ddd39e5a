"""Builds that arrive in a folder that several machines share: whole, once, and never in place of nothing."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from builder.batch import arriving
from builder.batch.arriving import ARRIVING, REPLACED, STALE_SECONDS, alone
from builder.batch.copying import copy
from builder.batch.place import Place
from builder.batch.storage import deliver, delivered, is_delivered
from builder.errors import InvalidInput, StorageError
from builder.runs import Run
from tests.batch.deliveries import CARRIED, LEFT, NAME, hidden, there, written

OLDER = CARRIED | {"report.json": b'{"format": 1, "older": true}', "int8.tflite": b"older"}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished build on a worker's disk."""
    return written(tmp_path / "worker" / NAME, CARRIED | LEFT)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The folder that machines share."""
    return tmp_path / "shared"


def at_once(count: int, act: Callable[[], object]) -> None:
    """Does it in so many threads that begin together; the first that fails fails the test."""
    start = threading.Barrier(count)

    def one(_: int) -> None:
        start.wait()
        act()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def test_hidden_copies_of_machines_that_died_are_removed_and_fresh_ones_are_not(run: Run, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    old, fresh = shared / f"{ARRIVING}-{NAME}-000000000000", shared / f"{ARRIVING}-{NAME}-111111111111"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    long_ago = time.time() - STALE_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    deliver(run, str(shared))
    assert (old.exists(), fresh.exists()) == (False, True)


def test_several_at_once_deliver_one_whole_build(run: Run, tmp_path: Path) -> None:
    for turn in range(12):
        place = str(tmp_path / f"shared-{turn}")
        at_once(4, functools.partial(deliver, run, place))
        assert there(place) == CARRIED
        assert delivered(place) == (NAME,)
        assert hidden(place) == []


def test_several_at_once_replace_an_older_build(run: Run, tmp_path: Path) -> None:
    for turn in range(12):
        shared = tmp_path / f"shared-{turn}"
        deliver(run, str(shared))
        (shared / NAME / "report.json").write_text("{}")
        at_once(4, functools.partial(deliver, run, str(shared)))
        assert (shared / NAME / "report.json").read_bytes() == run.report_path.read_bytes()
        assert there(str(shared)) == CARRIED
        assert hidden(str(shared)) == []


def test_an_older_build_stays_where_the_new_one_cannot_take_its_place(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, rename = tmp_path / "shared", Path.rename
    deliver(run, str(shared))
    (shared / NAME / "report.json").write_text("{}")

    def broken(path: Path, to: Path) -> Path:
        if path.name.startswith(ARRIVING):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(StorageError, match="Input/output error"):
        deliver(run, str(shared))
    assert (shared / NAME / "report.json").read_text() == "{}"


def test_who_waits_for_another_finds_the_build_there_and_copies_nothing(run: Run, shared: Path) -> None:
    second = written(run.folder.parent.parent / "other" / NAME, CARRIED)
    shared.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with alone(shared / NAME):
            waiting = pool.submit(deliver, second, str(shared))
            time.sleep(0.3)
            assert not waiting.done()
            assert not is_delivered(str(shared), NAME)
        assert waiting.result(10) == str(shared / NAME)
    assert there(str(shared)) == CARRIED
    assert hidden(str(shared)) == []


def test_who_waits_too_long_is_told_what_to_look_at(run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "WAIT_SECONDS", 0.2)
    shared.mkdir()
    with alone(shared / NAME), pytest.raises(StorageError, match=r"Another process has been carrying .*\.lock there is its lock"):
        deliver(run, str(shared))


def test_a_disk_without_locks_takes_a_build(run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    deliver(run, str(shared))
    assert there(str(shared)) == CARRIED
    assert hidden(str(shared)) == []


def test_a_copy_that_another_process_of_the_machine_has_delivered_and_removed_is_no_failure(run: Run, shared: Path) -> None:
    deliver(run, str(shared))
    run.delete()
    assert deliver(run, str(shared)) == str(shared / NAME)


def test_a_copy_that_is_removed_while_it_waits_is_no_failure(run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready, carry = threading.Event(), alone
    shared.mkdir()

    def told(final: Path) -> AbstractContextManager[None]:
        ready.set()
        return carry(final)

    monkeypatch.setattr(arriving, "alone", told)
    with ThreadPoolExecutor(1) as pool:
        with carry(shared / NAME):
            waiting = pool.submit(deliver, run, str(shared))
            assert ready.wait(10)
            written(shared / NAME, CARRIED)
            shutil.rmtree(run.folder)
        assert waiting.result(10) == str(shared / NAME)


@pytest.mark.parametrize("cut", [KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
def test_an_older_build_stays_where_the_new_one_does_not_come_to_take_its_place(
    cut: BaseException, run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def broken(path: Path, to: Path) -> Path:
        if path.name.startswith(ARRIVING):
            raise cut
        return rename(path, to)

    written(shared / NAME, OLDER)
    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises((KeyboardInterrupt, StorageError)):
        deliver(run, str(shared))
    assert there(str(shared)) == OLDER


def test_an_older_build_that_a_dead_machine_has_moved_aside_is_there_again(
    run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(shared / f"{REPLACED}-{NAME}-0123", OLDER)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Place, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            deliver(run, str(shared))
    assert there(str(shared)) == OLDER
    deliver(run, str(shared))
    assert there(str(shared)) == CARRIED
    assert hidden(str(shared)) == []


def test_a_build_that_begins_at_the_place_while_another_is_copied_is_not_taken_away(
    run: Run, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = contextlib.ExitStack()

    def begun(*words: Any) -> None:
        copy(*words)
        held.enter_context(Run(shared / NAME).lock())
        (shared / NAME / "training").mkdir()

    monkeypatch.setattr(arriving, "copy", begun)
    with held, pytest.raises(InvalidInput, match="at work"):
        deliver(run, str(shared))
    assert (shared / NAME / "training").is_dir()


def test_files_made_since_wait_for_who_works_on_the_build_there(run: Run, shared: Path) -> None:
    deliver(run, str(shared))
    with Run(shared / NAME).lock() as taken:
        assert taken
        deliver(run, str(shared))  # nothing is missing
        written(run.folder, {"compressed/qat.tflite": b"qat"})
        with pytest.raises(InvalidInput, match="at work"):
            deliver(run, str(shared))
    deliver(run, str(shared))
    assert there(str(shared))["compressed/qat.tflite"] == b"qat"
