"""Finished builds carried from a worker's disk to the place that all machines share, and back.

A build is at a place when its report.json is: that is the mark. In a folder, also on a network disk, a build is gathered under a
hidden name and then renamed, so it appears whole; in an object store its files come one by one and report.json comes last. What
was copied is read back and compared. A copy that was cut off is finished by the next call, from the files that are whole there.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import itertools
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from builder.batch.place import Place
from builder.errors import InvalidInput, StorageError
from builder.matrix.json_file import matrix_path
from builder.processes import FILE as PROCESS
from builder.resolutions.json_file import resolutions_path
from builder.runs import LOCK, REPORT, Run

# What another machine has no use for.
LEFT_OUT = (LOCK, PROCESS)
LEFT_OUT_FOLDERS = ("training",)
# What may differ where the build is the same: a title, and what was said since.
MAY_DIFFER = ("build.json", "events.jsonl", "log.txt")
ARRIVING, REPLACED = ".arriving", ".replaced"
STALE_SECONDS = 3600.0  # a hidden copy of the same build that nobody has touched for so long was left by a machine that died
WRITES_MAX = 2  # of one file, when it is not read back as it was written
TURNS_MAX = 8  # to gather a build, when others who gather the same one are always a moment faster
DISTURBED = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)  # what such a moment looks like


def deliver(run: Run, place: str) -> str:
    """Carries a finished build to a place, report.json last. Where the same build is there already, only what is missing is copied.

    Another finished build of the same name there is replaced.

    Args:
        run: the build's folder.
        place: a folder that all machines see, or a URL that fsspec knows.

    Returns:
        Where the build lies, as the place's filesystem names it.

    Raises:
        InvalidInput: the build is not finished, or somebody builds it at that very place.
        ConfigError: the place's protocol is unknown, or its package is missing.
        StorageError: the place cannot be written or is full; what arrived is taken up again by the next call.

    Example:
        >>> deliver(Run(Path("/tmp/builds/digits-a0.25-r96-0123456789")), "s3://bucket/builds")
        'bucket/builds/digits-a0.25-r96-0123456789'
    """
    if run.status() != "done":
        raise InvalidInput(f"{run.folder} is not finished, and only a finished build is delivered.")
    target, name = Place.open(place), checked(run.folder.name)
    with target.told(name):
        carry(Place.open(str(run.folder.parent.absolute())), target, name)
    return target.at(name)


def is_delivered(place: str, name: str) -> bool:
    """Whether a finished build lies at a place, by its folder's name.

    Raises:
        ConfigError: the place's protocol is unknown, or its package is missing.
        StorageError: the place does not answer.
    """
    there = Place.open(place)
    with there.told(f"looking for {name}"):
        there.filesystem.invalidate_cache()
        return bool(there.filesystem.exists(there.at(checked(name), REPORT)))


def delivered(place: str) -> tuple[str, ...]:
    """The folders' names of all finished builds at a place, sorted; raises as `is_delivered`."""
    there = Place.open(place)
    with there.told("listing builds"):
        if there.is_local:  # without looking into the folders
            marks = [path.as_posix() for path in Path(there.root).glob(f"*/{REPORT}")]
        else:
            there.filesystem.invalidate_cache()
            marks = there.filesystem.glob(there.at("*", REPORT))
    names = (mark.split("/")[-2] for mark in marks)
    return tuple(sorted(name for name in names if not name.startswith(".")))


def fetch(place: str, name: str, exports: Path) -> Run:
    """Carries a delivered build back into a folder of builds, where it appears whole.

    Args:
        place: where it was delivered to.
        name: of its folder.
        exports: the folder to put it into.

    Raises:
        InvalidInput: no such build is there, or somebody builds it in `exports`.
        ConfigError: the place's protocol is unknown, or its package is missing.
        StorageError: the place does not answer, or `exports` cannot be written.
    """
    source = Place.open(place)
    if not is_delivered(place, name):
        known = ", ".join(delivered(place)[:5]) or "none"
        raise InvalidInput(f'There is no finished build "{name}" at {source.shown}. Builds there: {known}.')
    target = Place.open(str(exports.absolute()))
    with target.told(name):
        carry(source, target, name)
    return Run(exports / name)


@contextlib.contextmanager
def probe(place: str) -> Iterator[str]:
    """A hidden file in a place for the body, by which other machines see that theirs is the same; yields its name.

    A place that is out of reach is found out by it before anything is built.

    Raises:
        ConfigError, StorageError: as `deliver`.
    """
    there, name = Place.open(place), f".probe-{uuid.uuid4().hex}"
    with there.told("builds"):
        there.filesystem.makedirs(there.root, exist_ok=True)
        there.filesystem.pipe_file(there.at(name), b"probe")
    try:
        yield name
    finally:
        with contextlib.suppress(Exception):  # whatever a protocol's own package raises: it is a file of a few bytes
            there.remove(name)


def carry(source: Place, target: Place, name: str) -> None:
    """Makes a build that is finished at one place be so at another."""
    mark = source.read(name, REPORT)
    if mark is None:
        raise InvalidInput(f"{source.at(name)} has no {REPORT}: it is not finished, or was removed.")
    if source.is_local and target.is_local:
        here, there = Path(source.at(name)), Path(target.at(name))
        if there.exists() and here.samefile(there):
            return
    if target.is_local and Run(Path(target.at(name))).is_locked():
        if target.read(name, REPORT) == mark:
            return  # somebody works on the finished build there
        raise InvalidInput(f"{target.at(name)} is being built by somebody else. Wait for it, or stop it first.")
    if target.read(name, REPORT) == mark:
        complete(source, target, name)
    elif target.is_local:
        into_folder(source, target, name, mark)
    else:
        into_store(source, target, name)


def into_folder(source: Place, target: Place, name: str, mark: bytes) -> None:
    """Gathers a build under a hidden name, which is that of this very report, and renames it.

    Several machines may gather the same build there at once, into the same hidden folder, which one of them renames while the
    others still write: they find their folder gone, and begin again unless the build is there.
    """
    final, hidden = Path(target.at(name)), f"{ARRIVING}-{name}-{hashlib.sha256(mark).hexdigest()[:12]}"
    gathered = Path(target.at(hidden))
    for turn in range(1, TURNS_MAX + 1):
        try:
            copy(source, name, target, hidden, *carried(source, name))
            put(gathered, final, mark)
        except OSError as error:
            if target.read(name, REPORT) == mark:  # another process has delivered the same build in this moment
                break
            if turn == TURNS_MAX or error.errno not in DISTURBED:
                raise
        else:
            break
    for left in (gathered, *final.parent.glob(f"{REPLACED}-{glob.escape(name)}-*"), *stale(final)):
        shutil.rmtree(left, ignore_errors=True)


def put(gathered: Path, final: Path, mark: bytes) -> None:
    """Gives a gathered build its name; what lay there is moved aside, and put back where it does not come to that."""
    for rest in gathered.rglob(".*"):  # of a copy that was cut off
        rest.unlink(missing_ok=True)
    old = final.with_name(f"{REPLACED}-{final.name}-{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        if (final / REPORT).read_bytes() == mark:
            return
    with contextlib.suppress(FileNotFoundError):
        final.rename(old)
    try:
        gathered.rename(final)
    except OSError:
        with contextlib.suppress(OSError):  # nothing was there, or another's has come
            old.rename(final)
        raise


def into_store(source: Place, target: Place, name: str) -> None:
    """Copies a build where nothing can be renamed; without its mark as long as it is not whole."""
    target.remove(name, REPORT)
    *files, last = carried(source, name)
    copy(source, name, target, name, *files)
    for path in target.files(name).keys() - set(itertools.chain(*files, last)):
        target.remove(name, path)
    copy(source, name, target, name, last)


def complete(source: Place, target: Place, name: str) -> None:
    """Copies what is not yet there of a build that is: files that were made of it since."""
    here, there = source.files(name), target.files(name)
    copy(source, name, target, name, *([path for path in group if differs(path, here, there)] for group in carried(source, name)))


def differs(path: str, here: dict[str, int], there: dict[str, int]) -> bool:
    """Whether a file is to be copied although the build is there."""
    return path not in there or (path not in MAY_DIFFER and here[path] != there[path])


def copy(source: Place, name: str, target: Place, into: str, *groups: list[str]) -> None:
    """Copies one group of files after the other, each file read back; those that are there already are left as they are."""
    sizes = target.files(into)
    for folder in {str(PurePosixPath(into, path).parent) for group in groups for path in group}:
        target.filesystem.makedirs(target.at(folder), exist_ok=True)

    def one(path: str) -> None:
        content = source.read(name, path)
        if content is None:
            raise StorageError(f"{path} of {name} vanished while it was copied from {source.shown}. Run the same command again.")
        there = target.read(into, path) if sizes.get(path) == len(content) else None
        writes = 0
        while there != content:
            if writes == WRITES_MAX:
                raise StorageError(f"{path} of {name} arrives at {target.shown} otherwise than it was sent. Is that disk sound?")
            target.write(f"{into}/{path}", content)
            there, writes = target.read(into, path), writes + 1
            if there is None and target.is_local:  # not another content, but no file: its folder was moved
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), target.at(into, path))

    for group in groups:
        pool = ThreadPoolExecutor(min(source.calls_at_once, target.calls_at_once))
        try:
            for _ in pool.map(one, group):
                pass
        finally:
            pool.shutdown(cancel_futures=True)


def carried(source: Place, name: str) -> tuple[list[str], list[str], list[str]]:
    """A build's files that are worth carrying: most of them, then the records that name some of these, then the mark."""
    records = {path(Path()).as_posix() for path in (matrix_path, resolutions_path)}
    found = {path for path in source.files(name) if path not in LEFT_OUT and path.split("/")[0] not in LEFT_OUT_FOLDERS}
    return sorted(found - records - {REPORT}), sorted(found & records), [REPORT]


def stale(final: Path) -> list[Path]:
    """Hidden copies of a build that were left by machines that died."""
    found = []
    for folder in final.parent.glob(f"{ARRIVING}-{glob.escape(final.name)}-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                found.append(folder)
    return found


def checked(name: str) -> str:
    """A folder's name that leads nowhere else.

    Raises:
        InvalidInput: it is none.
    """
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        raise InvalidInput(f'"{name}" is no name of a build\'s folder.')
    return name
