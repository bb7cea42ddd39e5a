"""Photos in a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from builder.data.fingerprints import digest_files
from builder.data.layout import SIDECARS, arrange, is_junk, is_sidecar
from builder.data.photo import Listing, Photo, class_order
from builder.errors import DataError
from builder.events import Emit

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FolderOrigin:
    """Reads files below a folder; the key is the path below it."""

    root: Path

    def read(self, key: str) -> bytes:
        """The bytes of one file."""
        return (self.root / key).read_bytes()


def list_folder(root: Path, data: str, emit: Emit) -> Listing:
    """Lists the photos below a folder and hashes those that changed since last time.

    Raises:
        DataError: no photos, or folders that are no classes.
    """
    files, empty, sidecars = walk(root)
    if not files:
        raise DataError(f"The folder {data} holds no photos. Needed: one sub-folder a class with photos inside.")
    layout = arrange(files, empty, data)
    places = sorted(layout.places, key=lambda place: place.parts)
    if not places:
        raise DataError(
            f"The folder {data} holds photos but no class folders. Put the photos of each class into a sub-folder of its own."
        )
    names = ["/".join(place.parts) for place in places]
    digests = digest_files(root, names, emit)
    origin = FolderOrigin(root)
    items = tuple(
        Photo(name, place.label, place.given, digest.sha256, origin, name, digest.problem)
        for name, place, digest in zip(names, places, digests, strict=True)
    )
    notes = layout.notes + ((f"Passed over {sidecars:,} text or table file(s) beside the photos.",) if sidecars else ())
    return Listing(class_order(items), items, notes)


def walk(root: Path) -> tuple[list[Parts], list[Parts], int]:
    """Every file that may be a photo, the folders without any, and how many texts and tables were passed over.

    Links are followed, each folder entered once, so that a link to a parent ends.
    """
    files: list[Parts] = []
    empty: list[Parts] = []
    sidecars = 0
    seen: set[tuple[int, int]] = set()

    def enter(folder: Path, parts: Parts) -> int:
        nonlocal sidecars
        state = folder.stat()
        if (state.st_dev, state.st_ino) in seen:
            return 0
        seen.add((state.st_dev, state.st_ino))
        count = 0
        with os.scandir(folder) as entries:
            inside = sorted((entry for entry in entries if not is_junk(entry.name)), key=lambda entry: entry.name)
        for entry in inside:
            if entry.is_dir():
                count += enter(folder / entry.name, (*parts, entry.name))
            elif has_sidecar_name(entry.name) and is_sidecar(entry.name, first_bytes(folder / entry.name)):
                sidecars += 1
            elif entry.is_file() or entry.is_symlink():  # a link that leads nowhere is a bad photo, not a silent loss
                files.append((*parts, entry.name))
                count += 1
        if not count and parts:
            empty.append(parts)
        return count

    try:
        enter(root, ())
    except OSError as error:
        raise DataError(f"The folder {error.filename or root} cannot be read ({error.strerror}).") from None
    except RecursionError:
        raise DataError(f"The folders in {root} are nested too deep.") from None
    return files, empty, sidecars


def has_sidecar_name(name: str) -> bool:
    """Whether the name ends like a text or a table: only then its first bytes are worth a look."""
    return Path(name).suffix.lower() in SIDECARS


def first_bytes(path: Path) -> bytes:
    """Enough of a file to tell a photo from a text."""
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:
        return b""
