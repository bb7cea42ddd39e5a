"""A build's folder: identity, lock, status, events, and writing whole files or none."""

from __future__ import annotations

import errno
import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from builder.config import BuildConfig
from builder.errors import ConfigError, InvalidInput, StorageError
from builder.runs import (
    FORMAT,
    Run,
    build_id,
    builds,
    check_writable,
    find,
    resolve_build,
    slug,
    write_atomically,
)

HOLD_LOCK = """
import sys
from pathlib import Path
from builder.runs import Run
with Run(Path(sys.argv[1])).lock() as taken:
    print(taken, flush=True)
    sys.stdin.read()
"""


def test_identity_follows_settings_photos_and_warm_start() -> None:
    identity = BuildConfig().identity()
    ids = {
        build_id(identity, "f1", ""),
        build_id(identity, "f2", ""),
        build_id(identity, "f1", "w1"),
        build_id(BuildConfig(seed=5).identity(), "f1", ""),
    }
    assert len(ids) == 4
    assert build_id(BuildConfig().identity(), "f1", "") in ids


@pytest.mark.parametrize(
    ("name", "safe"),
    [("Blätter & Co", "blatter-co"), ("../../etc", "etc"), ("🍎", "photos"), ("a" * 500, "a" * 40), ('x"<script>', "x-script")],
)
def test_slug_is_safe_in_a_path(name: str, safe: str) -> None:
    assert slug(name) == safe


def test_a_build_is_found_by_its_id_whatever_its_label(tmp_path: Path) -> None:
    (tmp_path / "old-label-0123456789").mkdir()
    assert find(tmp_path, "0123456789", "new-label").folder.name == "old-label-0123456789"
    assert find(tmp_path, "9999999999", "new-label").folder.name == "new-label-9999999999"


def test_status_comes_from_lock_and_files(tmp_path: Path) -> None:
    run = Run(tmp_path / "b-1")
    assert run.status() == "unfinished"
    with run.lock() as taken:
        assert taken
        assert run.status() == "running"
    assert run.status() == "unfinished"
    run.report_path.write_text("{}")
    assert run.status() == "done"


def test_a_lock_is_held_once_and_freed_by_kill_9(tmp_path: Path) -> None:
    run = Run(tmp_path / "b-1")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(run.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "True\n"
    with run.lock() as taken:
        assert not taken
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    with run.lock() as taken:
        assert taken


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    write_atomically(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(StorageError, match="--exports"):
        check_writable(blocked / "exports")


def test_a_title_outlives_a_second_start(tmp_path: Path) -> None:
    run = Run(tmp_path / "b-1")
    run.folder.mkdir()
    run.describe({"title": "mine"})
    run.describe({"title": "theirs"})
    assert run.description()["title"] == "mine"


def test_a_replaced_build_is_kept_until_the_new_one_is_done(tmp_path: Path) -> None:
    run = Run(tmp_path / "b-1")
    run.folder.mkdir()
    run.report_path.write_text("{}")
    place = run.set_aside()
    assert place is not None
    assert (place / "report.json").exists()
    assert not run.folder.exists()
    run.tidy_finished()
    assert not place.exists()


def test_a_build_is_named_by_folder_name_or_start_of_id(tmp_path: Path) -> None:
    for name in ("hands-aaaa000000", "hands-bbbb000000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "build.json").write_text(json.dumps({}))
    assert resolve_build("aaaa", tmp_path).folder.name == "hands-aaaa000000"
    assert resolve_build("hands-bbbb000000", tmp_path).id == "bbbb000000"
    assert resolve_build(str(tmp_path / "hands-aaaa000000"), tmp_path).id == "aaaa000000"
    with pytest.raises(InvalidInput, match="is no build"):
        resolve_build("cccc", tmp_path)


def test_foreign_folders_and_what_was_set_aside_are_no_builds(tmp_path: Path) -> None:
    run = Run(tmp_path / "hands-aaaa000000")
    run.folder.mkdir()
    run.describe({})
    run.set_aside()
    run.folder.mkdir()
    run.describe({})
    (tmp_path / "holiday-aaaa000000").mkdir()
    (tmp_path / "aaaa.txt").write_text("no folder")
    assert builds(tmp_path) == [run.folder]
    assert resolve_build("aaaa", tmp_path) == run
    with pytest.raises(InvalidInput, match="Builds there: hands-aaaa000000"):
        resolve_build("cccc", tmp_path)


def test_a_damaged_description_is_written_anew(tmp_path: Path) -> None:
    run = Run(tmp_path)
    (tmp_path / "build.json").write_text('{"title": "mi')
    run.describe({"title": "mine"})
    assert run.description()["title"] == "mine"


def test_half_written_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    for name in (".report.json.17.tmp", ".model.17.tmp.keras", "report.html", ".hidden"):
        (tmp_path / name).write_text("")
    Run(tmp_path).tidy()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "report.html"]


def test_who_only_asks_for_the_status_keeps_nobody_from_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path / "b-1")
    asking = run.open_lock()
    fcntl.flock(asking, fcntl.LOCK_SH)
    monkeypatch.setattr("builder.runs.time.sleep", lambda _: asking.close())
    with run.lock() as taken:
        assert taken


def test_a_folder_that_was_set_aside_while_its_lock_was_taken_is_not_the_one_that_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "b-1")
    flock = fcntl.flock

    def late(file: IO[bytes], how: int) -> None:
        if not list(tmp_path.glob(".replaced-*")):
            run.set_aside()
        flock(file, how)

    monkeypatch.setattr("builder.runs.fcntl.flock", late)
    with run.lock() as taken:
        assert taken
        monkeypatch.undo()
        assert run.is_locked()


def test_a_disk_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("builder.runs.fcntl.flock", no_locks)
    with pytest.raises(StorageError, match="no file locks"), Run(tmp_path / "b-1").lock():
        raise AssertionError


# Renaming and deleting.


def named(exports: Path, name: str = "b-1") -> Run:
    """A build with a title and a file."""
    run = Run(exports / name)
    run.folder.mkdir(parents=True)
    run.describe({"id": run.id, "title": "First", "created": 7.0})
    (run.folder / "int8.tflite").write_bytes(b"TFL3")
    return run


def test_a_new_title_changes_nothing_else(tmp_path: Path) -> None:
    run = named(tmp_path)
    run.rename("  Blätter 👨\u200d\U0001f33e  ")
    assert run.description() == {"format": FORMAT, "id": "1", "title": "Blätter 👨\u200d\U0001f33e", "created": 7.0}


def test_a_title_mends_a_damaged_description(tmp_path: Path) -> None:
    run = named(tmp_path)
    (run.folder / "build.json").write_text("{")
    run.rename("Second")
    assert run.description() == {"format": FORMAT, "id": "1", "label": "b", "title": "Second"}


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "a" * 201, "\u202eabc", "\udcff"])
def test_a_title_that_cannot_be_shown_is_refused(tmp_path: Path, title: str) -> None:
    run = named(tmp_path)
    with pytest.raises(ConfigError, match="title"):
        run.rename(title)
    assert run.description()["title"] == "First"


def test_a_deleted_build_is_gone_with_all_its_files(tmp_path: Path) -> None:
    run = named(tmp_path)
    run.delete()
    assert list(tmp_path.iterdir()) == []
    run.delete()
    assert list(tmp_path.iterdir()) == []


def test_a_running_build_is_not_deleted(tmp_path: Path) -> None:
    run = named(tmp_path)
    with run.lock(), pytest.raises(InvalidInput, match="Stop it first"):
        run.delete()
    assert (run.folder / "int8.tflite").exists()


def test_a_folder_that_may_not_be_deleted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = named(tmp_path)

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(StorageError, match=r"b-1 cannot be deleted \(Read-only"):
        run.delete()
    monkeypatch.undo()
    monkeypatch.setattr("builder.runs.shutil.rmtree", refused)
    with pytest.raises(StorageError, match="cannot be deleted"):
        run.delete()
    assert builds(tmp_path) == []
