"""A build's files copied from place to place: which ones, in which order, each read back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from builder.batch.place import Place
from builder.errors import StorageError
from builder.matrix.json_file import matrix_path
from builder.processes import FILE as PROCESS
from builder.resolutions.json_file import resolutions_path
from builder.runs import LOCK, REPORT

# What another machine has no use for.
LEFT_OUT = (LOCK, PROCESS)
LEFT_OUT_FOLDERS = ("training",)
# What may differ where the build is the same: a title, and what was said since.
MAY_DIFFER = ("build.json", "events.jsonl", "log.txt")
WRITES_MAX = 2  # of one file, when it is not read back as it was written


def carried(source: Place, name: str) -> tuple[list[str], list[str], list[str]]:
    """A build's files that are worth carrying: most of them, then the records that name some of these, then the mark."""
    records = {path(Path()).as_posix() for path in (matrix_path, resolutions_path)}
    found = {path for path in source.files(name) if path not in LEFT_OUT and path.split("/")[0] not in LEFT_OUT_FOLDERS}
    return sorted(found - records - {REPORT}), sorted(found & records), [REPORT]


def missing(source: Place, target: Place, name: str) -> list[list[str]]:
    """What is not yet there of a build that is, in the order of `carried`: files that were made of it since."""
    here, there = source.files(name), target.files(name)
    return [[path for path in group if differs(path, here, there)] for group in carried(source, name)]


def differs(path: str, here: dict[str, int], there: dict[str, int]) -> bool:
    """Whether a file is to be copied although the build is there."""
    return path not in there or (path not in MAY_DIFFER and here.get(path) != there[path])


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

    for group in groups:
        pool = ThreadPoolExecutor(min(source.calls_at_once, target.calls_at_once))
        try:
            for _ in pool.map(one, group):
                pass
        finally:
            pool.shutdown(cancel_futures=True)
