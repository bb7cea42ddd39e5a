"""Everything of a finished build as one zip: made when it is asked for, and again only when something in it is another now."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import zipfile
import zlib
from pathlib import Path

from builder.errors import InvalidInput, StorageError
from builder.places import cache_dir
from builder.report import BuildReport, read_report
from builder.runs import Run, storage_error
from builder.whole_files import whole_file

ALWAYS = ("labels.txt", "report.html", "report.json", "config.yaml")
STORED = (".tflite",)  # weights hardly shrink, and a stored file can be compared byte for byte inside the zip
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same files are the same zip
READ_BYTES = 1024**2
READABLE = 0o100644 << 16  # a plain file, read by all
ELSEWHERE_SECONDS = 24 * 3600  # how long a zip stays that could not be kept in its build's folder


def members(run: Run, report: BuildReport | None = None) -> list[Path]:
    """The files that a build's zip holds, in its order: models first.

    Args:
        run: the build.
        report: its report, where it was read already.

    Raises:
        InvalidInput: the build is not done, its report is damaged, or one of the files is missing.
    """
    report = report or read_report(run.report_path)
    paths = [run.folder / name for name in (*(made.file for made in report.measured.variants.values()), *ALWAYS)]
    for path in paths:
        if path.parent != run.folder or not path.is_file():
            raise InvalidInput(f"{path} is missing, so the build cannot be packed. Build it again with --force.")
    return paths


def pack(run: Run) -> Path:
    """The zip of a finished build: the one in its folder when that is right, else a new one.

    Args:
        run: the build; its .tflite files, labels, report and settings are packed.

    Returns:
        `<folder's name>.zip` in the folder, or in the cache where the folder cannot be written; inside it the files lie below a
        folder of that name.

    Raises:
        InvalidInput: the build is not done, its report is damaged, or one of the files is missing.
        StorageError: neither place can be written, or the disks are full.
    """
    paths = members(run)
    path = run.folder / f"{run.folder.name}.zip"
    if is_packed(path, paths):
        return path
    try:
        write(path, paths)
    except StorageError:
        path = elsewhere(run)
        if not is_packed(path, paths):
            write(path, paths)
    return path


def elsewhere(run: Run) -> Path:
    """The zip's place in the cache; zips that were left there are removed after a day."""
    folder = cache_dir() / "packed"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > ELSEWHERE_SECONDS:
                path.unlink()
    place = hashlib.sha256(os.fsencode(run.folder.absolute())).hexdigest()[:8]  # builds of one name in two exports folders
    return folder / f"{run.folder.name}-{place}.zip"


def is_packed(path: Path, paths: list[Path]) -> bool:
    """Whether a zip holds just these files, by size and checksum."""
    try:
        with zipfile.ZipFile(path) as packed:
            held = {entry.filename: (entry.file_size, entry.CRC) for entry in packed.infolist()}
        return held == {inside(each): checksum(each) for each in paths}
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        return False


def inside(path: Path) -> str:
    """A file's name in the zip."""
    return f"{path.parent.name}/{path.name}"


def checksum(path: Path) -> tuple[int, int]:
    """A file's bytes and their CRC-32."""
    size = crc = 0
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            size, crc = size + len(block), zlib.crc32(block, crc)
    return size, crc


def write(path: Path, paths: list[Path]) -> None:
    """Writes the zip whole or not at all; little of it is in memory at any time."""
    try:
        with whole_file(path) as file, zipfile.ZipFile(file, "w") as packed:
            for each in paths:
                entry = zipfile.ZipInfo(inside(each), EPOCH)
                entry.compress_type = zipfile.ZIP_STORED if each.suffix in STORED else zipfile.ZIP_DEFLATED
                entry.external_attr = READABLE
                entry.file_size = each.stat().st_size
                with each.open("rb") as source, packed.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, READ_BYTES)
    except OSError as error:
        raise storage_error(path, error) from None
