"""What lies in a folder of builds, and what changes when its files do: asked of the file system, without opening a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from builder.errors import InvalidInput
from builder.ranking.reading import DESCRIPTION, SOURCES
from builder.runs import REPORT

BATCHES, RECORD = "batches", "record.json"
Stamps = Mapping[str, str]


def stamps_of_builds(exports: Path) -> tuple[dict[str, str], int]:
    """The finished builds by folder, with what changes when their files do; and how many are not finished.

    Raises:
        InvalidInput: there is no such folder, or it cannot be listed.
    """
    done, unfinished = {}, 0
    try:
        with os.scandir(exports) as listed:
            names = [entry.name for entry in listed if not entry.name.startswith(".") and is_text(entry.name)]
    except OSError as error:
        raise InvalidInput(
            f"{exports} cannot be listed ({error.strerror}). Name the folder that builds are kept in: builder leaderboard DIR."
        ) from None
    for name in sorted(names):
        stamps = [stamp(f"{exports}/{name}/{source}") for source in SOURCES]
        if not stamps[SOURCES.index(DESCRIPTION)]:
            continue  # no build
        if stamps[SOURCES.index(REPORT)]:
            done[name] = "|".join(stamps)
        else:
            unfinished += 1
    return done, unfinished


def stamps_of_batches(exports: Path) -> dict[str, str]:
    """The records of batches by folder, with their stamps; the one that was written last comes last."""
    records: list[tuple[float, str, str]] = []
    with contextlib.suppress(OSError), os.scandir(exports / BATCHES) as listed:
        for entry in listed:
            path = Path(entry.path, RECORD)
            with contextlib.suppress(OSError):
                records.append((path.stat().st_mtime, entry.name, stamp(str(path))))
    return {name: text for _, name, text in sorted(records)}


def stamp(path: str) -> str:
    """What changes when a file does or another one takes its place; empty where it is absent."""
    try:
        status = os.stat(path)  # noqa: PTH116  # a Path for each of 40,000 files takes as long again
    except OSError:
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}:{status.st_ino}"


def is_text(name: str) -> bool:
    """Whether a name can be kept and shown; builds give their folders no other."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
