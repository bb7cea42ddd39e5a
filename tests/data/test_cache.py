"""The cache is shared, bounded, and never half-written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.data.cache import cache_info, clear_cache, make_room, max_bytes, obtain
from builder.errors import ConfigError, StorageError

pytestmark = pytest.mark.usefixtures("own_cache")


def write(folder: Path, size: int = 1000) -> None:
    (folder / "content").write_bytes(bytes(size))


def fail(error: BaseException) -> None:
    raise error


def test_an_entry_is_made_once() -> None:
    made: list[Path] = []

    def fill(folder: Path) -> None:
        made.append(folder)
        write(folder)

    first, _ = obtain("a", fill, 0)
    second, _ = obtain("a", fill, 0)
    assert first == second
    assert len(made) == 1
    assert (first / "content").stat().st_size == 1000


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("boom")])
def test_a_failed_fill_leaves_nothing(own_cache: Path, error: BaseException) -> None:
    def fill(folder: Path) -> None:
        write(folder)
        raise error

    with pytest.raises(type(error)):
        obtain("a", fill, 0)
    assert [path.name for path in (own_cache / "photos").iterdir()] == ["a.lock"]
    obtain("a", write, 0)


def test_what_a_killed_process_left_is_not_taken_for_done(own_cache: Path) -> None:
    partial = own_cache / "photos" / "a.partial"
    partial.mkdir(parents=True)
    (partial / "half").write_bytes(b"half")
    folder, _ = obtain("a", write, 0)
    assert [path.name for path in folder.iterdir()] == ["content"]
    assert not partial.exists()


def test_a_full_disk_is_said(own_cache: Path) -> None:
    with pytest.raises(StorageError, match="is full"):
        obtain("a", lambda _: fail(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))), 0)
    assert not list((own_cache / "photos").glob("a.partial"))


def test_too_little_space_is_said_before_anything_is_written() -> None:
    with pytest.raises(StorageError, match="BUILDER_CACHE_DIR"):
        obtain("a", lambda _: fail(AssertionError("not reached")), 10**18)


def test_a_cache_that_cannot_be_written_is_said(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="BUILDER_CACHE_DIR"):
        obtain("a", write, 0)
    own_cache.unlink()
    monkeypatch.setattr(Path, "rename", lambda *_: fail(PermissionError(errno.EACCES, "Permission denied")))
    with pytest.raises(StorageError, match="Permission denied"):
        obtain("a", write, 0)


def test_the_least_recently_used_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate("abc"):
        folder, lease = obtain(name, write, 0)
        lease.close()
        os.utime(folder, (number + 1, number + 1))
    _, lease = obtain("a", write, 0)  # used again: now b is the oldest
    lease.close()
    monkeypatch.setenv("BUILDER_CACHE_MAX", "3500")
    folder, _ = obtain("d", write, 1000)
    assert sorted(path.name for path in folder.parent.iterdir() if path.is_dir()) == ["a", "c", "d"]


def test_one_in_use_is_never_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_MAX", "1")
    used, lease = obtain("used", write, 0)
    obtain("other", write, 1000)
    assert used.is_dir()
    assert clear_cache() > 0
    assert used.is_dir()
    lease.close()
    make_room(1000)
    assert not used.exists()


def test_a_set_larger_than_the_bound_is_kept_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_MAX", "500")
    said: list[str] = []
    folder, _ = obtain("large", write, 1000, emit=lambda _, /, **values: said.append(values["message"]))
    assert folder.is_dir()
    assert ["BUILDER_CACHE_MAX" in message for message in said] == [True]
    obtain("large", write, 1000, emit=lambda _, /, **values: said.append(values["message"]))
    assert len(said) == 1  # it is there already: nothing grows


def test_clearing_tells_what_was_freed(own_cache: Path) -> None:
    _, lease = obtain("a", write, 0)
    lease.close()
    (own_cache / "hashes").mkdir()
    (own_cache / "hashes" / "x.json").write_bytes(bytes(500))
    info = cache_info()
    assert (info.bytes, info.entries, info.path) == (1500, 1, str(own_cache))
    assert clear_cache() == 1500
    assert cache_info().to_json() == {"path": str(own_cache), "bytes": 0, "max_bytes": 20 * 10**9, "entries": 0}


@pytest.mark.parametrize(
    ("text", "expected"), [("20GB", 20 * 10**9), ("512MiB", 512 * 2**20), ("1.5 gb", 1_500_000_000), ("100", 100)]
)
def test_sizes_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch, text: str, expected: int) -> None:
    monkeypatch.setenv("BUILDER_CACHE_MAX", text)
    assert max_bytes() == expected


@pytest.mark.parametrize("text", ["much", "-1GB", "20XB", "nan"])
def test_what_is_no_size_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BUILDER_CACHE_MAX", text)
    with pytest.raises(ConfigError, match="BUILDER_CACHE_MAX"):
        max_bytes()


WORKER = """
import sys
from pathlib import Path
from builder.data.cache import obtain

def fill(folder):
    print("filling", flush=True)
    sys.stdin.readline()
    (folder / "content").write_text("whole")

folder, lease = obtain("shared", fill, 0, emit=lambda event, /, **values: print("waiting", flush=True))
print((folder / "content").read_text(), flush=True)
"""


def worker() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_one_entry_together() -> None:
    with worker() as first, worker() as second:
        assert first.stdout is not None
        assert second.stdout is not None
        said = {first: first.stdout.readline(), second: second.stdout.readline()}
        assert sorted(said.values()) == ["filling\n", "waiting\n"]
        for process in (first, second):
            if said[process] == "filling\n":
                process.communicate("\n")
        for process in (first, second):
            if said[process] == "waiting\n":
                assert process.communicate()[0] == "whole\n"


def test_a_killed_process_frees_its_lock_and_leaves_nothing() -> None:
    with worker() as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "filling\n"
        first.kill()
    folder, _ = obtain("shared", write, 0)
    assert [path.name for path in folder.iterdir()] == ["content"]
