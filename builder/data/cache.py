"""The cache on disk: decoded photos and the hashes of files. Safe to delete at any time, bounded in size, shared by processes.

    <cache>/photos/<key>/        one decoded set: pixels.bin and index.json; whole, since it is renamed into place
    <cache>/photos/<key>.lock    held exclusively while it is built, shared while somebody reads it
    <cache>/hashes/<key>.json    sha256 of the files of one folder
    <cache>/examined/<key>/      what photos were like when somebody looked
    <cache>/known/<key>.json     classes and count of photos, by the words that named them

Locks are `flock`: the system frees them when a process dies, however it dies. What a killed process left is a folder ending in
.partial, which the next holder of the lock removes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from builder.errors import ConfigError, StorageError
from builder.events import Emit, silent
from builder.formats import format_bytes
from builder.places import cache_dir

T = TypeVar("T")

MAX_BYTES_DEFAULT = 20 * 1000**3
UNITS = {"": 1, "B": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("KMGT", start=1)
    for suffix, base in (("B", 1000), ("IB", 1024), ("", 1024))
}


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds."""

    path: str
    bytes: int
    max_bytes: int
    entries: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


class Lease:
    """A lock on one cache entry; as long as it is open, no process removes the entry."""

    def __init__(self, path: Path) -> None:
        self.descriptor = guarded(lambda: os.open(path, os.O_RDWR | os.O_CREAT, 0o644))

    def lock(self, how: int) -> bool:
        """Takes or changes the lock; False when another process is in the way and `how` has LOCK_NB."""
        try:
            fcntl.flock(self.descriptor, how)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StorageError(
                f"The cache folder {cache_dir()} has no file locks ({error.strerror}). Set BUILDER_CACHE_DIR to a local disk."
            ) from None
        return True

    def close(self) -> None:
        """Gives the lock back."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def max_bytes() -> int:
    """How big the cache may grow: BUILDER_CACHE_MAX, such as 20GB or 512MiB.

    Raises:
        ConfigError: BUILDER_CACHE_MAX is no size.
    """
    text = os.environ.get("BUILDER_CACHE_MAX", "").strip()
    if not text:
        return MAX_BYTES_DEFAULT
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if match is None or match[2].upper() not in UNITS:
        raise ConfigError(f"BUILDER_CACHE_MAX must be a size such as 20GB, not {text!r}.")
    return int(float(match[1]) * UNITS[match[2].upper()])


def obtain(key: str, fill: Callable[[Path], None], needed_bytes: int, emit: Emit = silent) -> tuple[Path, Lease]:
    """The folder of a decoded set; made by `fill` when it is not there yet, by one process at a time.

    Args:
        key: hex name of the entry; equal keys mean equal content.
        fill: writes the entry into the empty folder that it is given.
        needed_bytes: about how much `fill` will write, to make room first.

    Returns:
        The folder, whole, and the lease that keeps it from being removed; keep it as long as the folder is read.

    Raises:
        StorageError: the cache cannot be written, or the disk is full.
    """
    photos = guarded(lambda: subfolder("photos"))
    folder = photos / key
    lease = Lease(photos / f"{key}.lock")
    try:
        while True:
            if not lease.lock(fcntl.LOCK_SH | fcntl.LOCK_NB):
                emit("note", message="Another process is decoding the same photos; waiting for it.")
                lease.lock(fcntl.LOCK_SH)
            if folder.is_dir():
                with contextlib.suppress(OSError):  # a read-only cache still serves; the time only says what to remove first
                    os.utime(folder)
                return folder, lease
            lease.lock(fcntl.LOCK_EX)  # turning a shared lock into this one lets it go for a moment, hence the second look
            if not folder.is_dir():
                make_room(needed_bytes, emit)
                guarded(lambda: write_entry(photos / f"{key}.partial", folder, fill))
    except BaseException:
        lease.close()
        raise


def discard(folder: Path, lease: Lease) -> None:
    """Removes a damaged entry that this process has leased, and gives the lease back."""
    try:
        lease.lock(fcntl.LOCK_EX)
        guarded(lambda: shutil.rmtree(folder))
    finally:
        lease.close()


def write_entry(partial: Path, folder: Path, fill: Callable[[Path], None]) -> None:
    """Fills a temporary folder and renames it; leaves nothing behind when that fails."""
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        fill(partial)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def make_room(needed_bytes: int, emit: Emit = silent) -> None:
    """Removes the sets that were used longest ago, never one in use, until `needed_bytes` more fit the bound and the disk.

    A set that is larger than the bound is kept all the same, since a build needs its photos, and said.

    Raises:
        StorageError: the disk has too little space even then.
    """
    base = cache_dir()
    allowed = max_bytes()
    for folder in sorted(entries(), key=lambda folder: folder.stat().st_mtime):
        if size_of(base) + needed_bytes <= allowed and free_bytes(base) > needed_bytes:
            return
        remove_unused(folder)
    if free_bytes(base) <= needed_bytes:
        raise StorageError(
            f"Decoded photos need {format_bytes(needed_bytes)} in {base}, where {format_bytes(free_bytes(base))} are free. "
            "Free some space, or set BUILDER_CACHE_DIR to another disk."
        )
    if size_of(base) + needed_bytes > allowed:
        emit(
            "note",
            message=f"The cache grows to {(size_of(base) + needed_bytes) / 1e6:,.0f} MB, more than BUILDER_CACHE_MAX allows "
            f"({allowed / 1e6:,.0f} MB): these photos need {needed_bytes / 1e6:,.0f} MB, and what else is there is in use.",
        )


def remove_unused(folder: Path) -> bool:
    """Removes one set unless a process holds its lock."""
    lease = Lease(folder.with_suffix(".lock"))
    try:
        if not lease.lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        lease.close()


def cache_info() -> CacheInfo:
    """Where the cache is, how much it holds and how big it may grow."""
    base = cache_dir()
    return CacheInfo(path=str(base), bytes=size_of(base), max_bytes=max_bytes(), entries=len(list(entries())))


def clear_cache() -> int:
    """Removes everything that no process is using.

    Returns:
        Bytes freed.
    """
    base = cache_dir()
    before = size_of(base)
    for folder in entries():
        remove_unused(folder)
    for name in ("hashes", "examined", "known"):
        shutil.rmtree(base / name, ignore_errors=True)
    return max(0, before - size_of(base))


def entries() -> Iterator[Path]:
    """Every decoded set, also what a killed process left half-written."""
    photos = cache_dir() / "photos"
    if photos.is_dir():
        yield from (folder for folder in list(photos.iterdir()) if folder.is_dir())


def subfolder(name: str) -> Path:
    """A folder below the cache, made when absent."""
    folder = cache_dir() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def size_of(folder: Path) -> int:
    """Bytes in all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk of a folder."""
    return shutil.disk_usage(folder).free


def write_json(path: Path, content: object) -> None:
    """Writes a small file of the cache whole or not at all; names that are no valid UTF-8 are kept as escapes."""

    def write() -> None:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            temporary.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    guarded(write)


def guarded(action: Callable[[], T]) -> T:
    """Runs what writes to the cache; an error of the disk becomes one for the user."""
    try:
        return action()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk of the cache folder {cache_dir()} is full. Free some space, or set BUILDER_CACHE_DIR to another disk, "
                "and run the same command again."
            ) from None
        raise StorageError(
            f"The cache folder {cache_dir()} cannot be written ({error.strerror or error}). Set BUILDER_CACHE_DIR to a folder "
            "you can write to."
        ) from None
