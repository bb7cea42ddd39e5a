"""From what a browser sent to a set on disk: copied in chunks to a temporary place, checked, renamed. All of it or nothing."""

from __future__ import annotations

import hashlib
import shutil
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from builder.data.layout import is_junk
from builder.errors import DataError
from builder.formats import format_megabytes, printable
from builder.runs import slug
from builder.uploads.checking import check_archive
from builder.uploads.sets import (
    FILES_MAX,
    TITLE_LENGTH_MAX,
    Kind,
    PhotoSet,
    bytes_max,
    describe,
    guarded,
    incoming,
    read,
    settle,
)

CHUNK_BYTES = 1024**2
ID_LENGTH = 16  # hex digits of the content's sha256
EARLIEST = (1980, 1, 1, 0, 0, 0)  # one time for all, so that the same photos make the same archive


def take_archive(name: str, file: IO[bytes]) -> PhotoSet:
    """Keeps a .zip that somebody uploaded.

    Args:
        name: of the file, for the title; it becomes no path.
        file: its content, read from where it stands.

    Returns:
        The set; the one that is there already, where the same archive was taken before.

    Raises:
        DataError: it is too large, or not an archive of photos that is safe to read.
        StorageError: the disk is full or cannot be written.
    """
    folder = incoming()
    try:
        title = title_of(name)
        path = folder / f"{slug(title)}.zip"
        guarded(lambda: copy(file, path, name))
        return whole(folder, path, "zip", title, shown=printable(name, TITLE_LENGTH_MAX))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_files(files: Iterable[tuple[str, IO[bytes]]]) -> PhotoSet:
    """Keeps a folder that somebody uploaded, as an archive: names inside it stay names.

    Args:
        files: of each file its path below the folder, the folder's own name included, and its content.

    Raises:
        DataError: too many files or bytes, or names that are not safe.
        StorageError: the disk is full or cannot be written.
    """
    named = [(name.replace("\\", "/"), file) for name, file in files]
    wanted = sorted((pair for pair in named if not is_passed_over(pair[0])), key=lambda pair: pair[0])
    if not wanted:
        raise DataError("The folder holds no photos. Needed: one sub-folder a class with photos inside.")
    if len(wanted) > FILES_MAX:
        raise DataError(
            f"The folder has {len(wanted):,} files; at most {FILES_MAX:,} can be uploaded. Put the photos on the server and name "
            "their folder there."
        )
    folder = incoming()
    try:
        title = title_of(wanted[0][0].strip("/").partition("/")[0])
        path = folder / f"{slug(title)}.zip"
        guarded(lambda: pack(wanted, path, title))
        return whole(folder, path, "folder", title, shown=printable(title, TITLE_LENGTH_MAX))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_passed_over(name: str) -> bool:
    """Whether a file is hidden or an operating system's; names that climb out are kept, to be refused."""
    return any(is_junk(part) for part in name.split("/") if part not in ("", ".", ".."))


def whole(folder: Path, path: Path, kind: Kind, title: str, shown: str) -> PhotoSet:
    """Checks an archive that lies in a temporary place, and settles it."""
    check_archive(path, shown)
    with path.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()[:ID_LENGTH]
    describe(folder, kind, title, time.time(), path.name)
    found = read(settle(folder, name))
    if found is None:
        raise DataError(f"{shown} was taken, and somebody removed it at the same moment. Upload it again.")
    return found


def copy(file: IO[bytes], path: Path, name: str) -> None:
    """Copies in chunks, so that an upload is in memory once."""
    most, count = bytes_max(), 0
    with path.open("wb") as target:
        while chunk := file.read(CHUNK_BYTES):
            count += len(chunk)
            check_bytes(count, most, name)
            target.write(chunk)


def pack(files: list[tuple[str, IO[bytes]]], path: Path, title: str) -> None:
    """Writes files into an archive as they are; photos hardly shrink."""
    most, count = bytes_max(), 0
    seen: set[str] = set()
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files:
            if name in seen:
                raise DataError(f"The folder {title} has two files called {printable(name, TITLE_LENGTH_MAX)}. Rename one.")
            seen.add(name)
            try:
                name.encode()
            except UnicodeEncodeError:
                raise DataError(f"The file {printable(name, TITLE_LENGTH_MAX)} has a name that is not valid UTF-8.") from None
            with archive.open(zipfile.ZipInfo(name, EARLIEST), "w") as member:
                while chunk := file.read(CHUNK_BYTES):
                    count += len(chunk)
                    check_bytes(count, most, title)
                    member.write(chunk)


def check_bytes(count: int, most: int, name: str) -> None:
    """Stops an upload that is too large.

    Raises:
        DataError: more bytes than a set may have.
    """
    if count > most:
        raise DataError(
            f"{printable(name, TITLE_LENGTH_MAX)} is larger than the {format_megabytes(most)} that one upload may have. Put the "
            "photos on the server and name their folder there, or start the app with a larger BUILDER_UPLOAD_MAX."
        )


def title_of(name: str) -> str:
    """A title from the name of a file or a folder."""
    plain = printable(name.replace("\\", "/").rstrip("/").rpartition("/")[2], TITLE_LENGTH_MAX)
    return (plain[:-4] if plain.lower().endswith(".zip") else plain).strip() or "Photos"
