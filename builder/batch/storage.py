"""Finished builds carried from a worker's disk to the place that all machines share, and back.

A build is at a place when its report.json is: that is the mark. In a folder, also on a network disk, a build is gathered under a
hidden name and then renamed, so it appears whole; in an object store its files come one by one and report.json comes last. What
was copied is read back and compared. A copy that was cut off is finished by the next call, from the files that are whole there.
"""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path

from builder.batch.arriving import into_folder
from builder.batch.copying import carried, copy, missing
from builder.batch.place import Place
from builder.errors import InvalidInput
from builder.runs import REPORT, Run


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
    if not run.folder.exists() and is_delivered(place, run.folder.name):
        return Place.open(place).at(run.folder.name)  # by another process of this machine, which has removed its copy
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
    if target.is_local:
        into_folder(source, target, name, mark)
    elif target.read(name, REPORT) == mark:
        copy(source, name, target, name, *missing(source, target, name))
    else:
        into_store(source, target, name)


def into_store(source: Place, target: Place, name: str) -> None:
    """Copies a build where nothing can be renamed; without its mark as long as it is not whole."""
    target.remove(name, REPORT)
    *files, last = carried(source, name)
    copy(source, name, target, name, *files)
    for path in target.files(name).keys() - set(itertools.chain(*files, last)):
        target.remove(name, path)
    copy(source, name, target, name, last)


def checked(name: str) -> str:
    """A folder's name that leads nowhere else.

    Raises:
        InvalidInput: it is none.
    """
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        raise InvalidInput(f'"{name}" is no name of a build\'s folder.')
    return name
