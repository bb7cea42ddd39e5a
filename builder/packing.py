"""Everything of a finished build as one zip: made when it is asked for, and again only when something in it is another now."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import zipfile
import zlib
from pathlib import Path

from builder.errors import InvalidInput
from builder.report import read_report
from builder.runs import Run, storage_error

ALWAYS = ("labels.txt", "report.html", "report.json", "config.yaml")
STORED = (".tflite",)  # weights hardly shrink, and a stored file can be compared byte for byte inside the zip
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same files are the same zip
READ_BYTES = 1024**2
READABLE = 0o100644 << 16  # a plain file, read by all


def members(run: Run) -> list[Path]:
    """The files that a build's zip holds, in its order: models first.

    Raises:
        InvalidInput: the build is not done, its report is damaged, or one of the files is missing.
    """
    report = read_report(run.report_path)
    paths = [run.folder / name for name in (*(made.file for made in report.measured.variants.values()), *ALWAYS)]
    for path in paths:
        if path.parent != run.folder or not path.is_file():
            raise InvalidInput(f"{path} is missing, so the build cannot be packed. Build it again with --force.")
    return paths


def pack(run: Run) -> Path:
    """The zip of a finished build, in its folder: the one that is there when it is right, else a new one.

    Args:
        run: the build; its .tflite files, labels, report and settings are packed.

    Returns:
        `<folder's name>.zip` in the folder; inside it the files lie below a folder of that name.

    Raises:
        InvalidInput: the build is not done, its report is damaged, or one of the files is missing.
        StorageError: the folder cannot be written, or the disk is full.
    """
    paths = members(run)
    path = run.folder / f"{run.folder.name}.zip"
    if not is_packed(path, paths):
        write(path, paths)
    return path


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
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")  # several visitors are one process
    try:
        with temporary.open("wb") as file:
            with zipfile.ZipFile(file, "w") as packed:
                for each in paths:
                    entry = zipfile.ZipInfo(inside(each), EPOCH)
                    entry.compress_type = zipfile.ZIP_STORED if each.suffix in STORED else zipfile.ZIP_DEFLATED
                    entry.external_attr = READABLE
                    entry.file_size = each.stat().st_size
                    with each.open("rb") as source, packed.open(entry, "w") as target:
                        shutil.copyfileobj(source, target, READ_BYTES)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from None
