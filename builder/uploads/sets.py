"""The photo sets that are kept."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from builder.errors import ConfigError, StorageError
from builder.places import uploads_dir
from builder.sizes import parse_size
from builder.whole_files import whole_file

T = TypeVar("T")
Kind = Literal["zip", "folder", "webcam"]

FORMAT = 1
DESCRIPTION = "set.json"
BYTES_MAX_DEFAULT = "300MB"  # what .streamlit/config.toml lets through, and what the server can hold in memory for a moment
FILES_MAX = 20_000
TITLE_LENGTH_MAX = 80
LEFTOVER_SECONDS = 24 * 3600  # what a killed server left half-taken is removed after this


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """One set.

    Args:
        folder: that of the set.
        kind: how it came.
        title: what people see; it can be changed.
        created: seconds since 1970.
        photos: what `BuildConfig.data` names: an archive, or the folder with the classes.
    """

    folder: Path
    kind: Kind
    title: str
    created: float
    photos: Path

    @property
    def data(self) -> str:
        """The photos as a build's settings name them."""
        return str(self.photos)

    def total_bytes(self) -> int:
        """Of all its photos; what somebody deletes at this moment counts nothing."""
        if self.kind != "webcam":
            return bytes_at(self.photos)
        paths: list[Path] = []
        with contextlib.suppress(OSError):
            paths.extend(self.photos.glob("*/*"))
        return sum(bytes_at(path) for path in paths)

    def rename(self, title: str) -> PhotoSet:
        """Gives it another title; its place stays.

        Raises:
            ConfigError: an empty title, or one that is too long.
            StorageError: the folder cannot be written.
        """
        return describe(self.folder, self.kind, checked_title(title), self.created, self.photos.name)

    def delete(self) -> None:
        """Removes the set and its photos. Builds that were made from it stay; one that still needs the photos cannot go on.

        Raises:
            StorageError: the folder cannot be removed.
        """
        doomed = self.folder.with_name(f".deleted-{secrets.token_hex(4)}")
        guarded(lambda: self.folder.rename(doomed))  # at once, so that nobody meets half a set
        shutil.rmtree(doomed, ignore_errors=True)


def photo_sets() -> list[PhotoSet]:
    """All sets, the newest first; folders that are no sets, or damaged, are passed over.

    Raises:
        StorageError: there is no place for sets.
    """
    base = uploads_dir()
    tidy(base)
    found = [each for folder in guarded(lambda: list(base.iterdir())) if (each := read(folder)) is not None]
    return sorted(found, key=lambda each: (-each.created, each.folder.name))


def set_of(data: str) -> PhotoSet | None:
    """The set that a build's settings name; None where they name something else."""
    path = Path(data)
    if path.parent.parent != uploads_dir():
        return None
    found = read(path.parent)
    return found if found is not None and found.photos == path else None


def read(folder: Path) -> PhotoSet | None:
    """The set in a folder, or None."""
    if folder.name.startswith("."):
        return None
    try:
        values = json.loads((folder / DESCRIPTION).read_bytes())
        name, kind = str(values["photos"]), values["kind"]
        photos = folder / name
        if kind not in get_args(Kind) or Path(name).name != name or not photos.exists():
            return None
        return PhotoSet(folder, kind, str(values["title"])[:TITLE_LENGTH_MAX], float(values["created"]), photos)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def bytes_at(path: Path) -> int:
    """The size of a file; nothing for one that has vanished."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def describe(folder: Path, kind: Kind, title: str, created: float, photos: str) -> PhotoSet:
    """Writes set.json."""
    values: dict[str, Any] = {"format": FORMAT, "kind": kind, "title": title, "created": created, "photos": photos}
    guarded(lambda: write_whole(folder / DESCRIPTION, (json.dumps(values, indent=2) + "\n").encode()))
    return PhotoSet(folder, kind, title, created, folder / photos)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all; call it inside `guarded`."""
    with whole_file(path) as file:
        file.write(content)


def incoming() -> Path:
    """A new folder for a set that is not whole yet."""
    folder = uploads_dir() / f".incoming-{secrets.token_hex(8)}"
    guarded(folder.mkdir)
    return folder


def settle(folder: Path, name: str) -> Path:
    """Renames a whole set to its place; where the same set is there already, that one stays and this one goes."""
    place = folder.with_name(name)
    if read(place) is None:
        shutil.rmtree(place, ignore_errors=True)  # damaged: it would be passed over for ever
        guarded(lambda: folder.rename(place))
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return place


def tidy(base: Path) -> None:
    """Removes what a server that was killed left half-taken or half-deleted."""
    for folder in base.glob(".*-*"):
        with contextlib.suppress(OSError):
            if folder.is_dir() and time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def checked_title(title: str) -> str:
    """A title without blanks around it.

    Raises:
        ConfigError: an empty one, or one that is too long.
    """
    title = " ".join(title.split())
    if not title:
        raise ConfigError("A photo set needs a title: write a few letters.")
    if len(title) > TITLE_LENGTH_MAX:
        raise ConfigError(f"A photo set's title has at most {TITLE_LENGTH_MAX} characters, not {len(title)}. Shorten it.")
    return title


def bytes_max() -> int:
    """Bytes that a set may have: BUILDER_UPLOAD_MAX.

    Raises:
        ConfigError: BUILDER_UPLOAD_MAX is no size.
    """
    return parse_size(os.environ.get("BUILDER_UPLOAD_MAX") or BYTES_MAX_DEFAULT, "BUILDER_UPLOAD_MAX")


def guarded(action: Callable[[], T]) -> T:
    """Runs what reads or writes sets; an error of the disk becomes one for the user."""
    try:
        return action()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(f"The disk of {uploads_dir()} is full; nothing was kept. {what_to_do()}") from None
        raise StorageError(f"{uploads_dir()} cannot be written ({error.strerror or error}). {what_to_do()}") from None


def what_to_do() -> str:
    """The way out of a disk that takes no more."""
    return "Free some space there, or start the app with BUILDER_UPLOADS_DIR set to another folder."
