"""Photos taken one by one, class by class."""

from __future__ import annotations

import io
import secrets
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from builder.data.decode import Unreadable
from builder.errors import ConfigError, DataError
from builder.formats import format_bytes, format_megabytes
from builder.runs import slug
from builder.uploads.names import checked_class
from builder.uploads.sets import (
    FILES_MAX,
    PhotoSet,
    bytes_max,
    checked_title,
    describe,
    guarded,
    incoming,
    read,
    settle,
    write_whole,
)

CLASSES_MAX = 100
PHOTO_BYTES_MAX = 8 * 1024**2
PHOTO_PIXELS_MAX = 4096 * 4096  # 50 MB decoded, in the server's own process
ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}  # and no other reader of Pillow's ever sees the bytes


def create(title: str) -> PhotoSet:
    """A new set without classes.

    Raises:
        ConfigError: an empty title, or one that is too long.
        StorageError: the disk is full or cannot be written.
    """
    title = checked_title(title)
    folder = incoming()
    try:
        photos = folder / slug(title)
        guarded(photos.mkdir)
        describe(folder, "webcam", title, time.time(), photos.name)
        found = read(settle(folder, secrets.token_hex(8)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if found is None:
        raise DataError("The new set was removed by somebody at the same moment. Make it again.")
    return found


def classes(photo_set: PhotoSet) -> dict[str, list[Path]]:
    """The photos of each class, the oldest first; classes in the order of their names."""
    try:
        folders = sorted(path for path in photo_set.photos.iterdir() if path.is_dir() and not path.name.startswith("."))
        return {folder.name: sorted(path for path in folder.iterdir() if not path.name.startswith(".")) for folder in folders}
    except OSError:  # deleted while it is shown
        return {}


def add_class(photo_set: PhotoSet, name: str) -> str:
    """Adds a class without photos.

    Returns:
        Its name as it is kept.

    Raises:
        ConfigError: a name that is refused or taken, or too many classes.
        StorageError: the disk is full or cannot be written.
    """
    others = classes(photo_set)
    if len(others) >= CLASSES_MAX:
        raise ConfigError(f"A set has at most {CLASSES_MAX} classes of photos from the webcam. Upload larger sets as a folder.")
    name = checked_class(name, others)
    guarded((photo_set.photos / name).mkdir)
    return name


def rename_class(photo_set: PhotoSet, old: str, new: str) -> str:
    """Renames a class.

    Raises:
        ConfigError: no such class, or a name that is refused or taken.
        StorageError: the disk cannot be written.
    """
    folder = class_folder(photo_set, old)
    name = checked_class(new, [other for other in classes(photo_set) if other != old])
    if name != old:
        guarded(lambda: folder.rename(photo_set.photos / name))
    return name


def delete_class(photo_set: PhotoSet, name: str) -> None:
    """Removes a class and its photos.

    Raises:
        ConfigError: no such class.
        StorageError: the disk cannot be written.
    """
    folder = class_folder(photo_set, name)
    doomed = photo_set.folder / f".deleted-{secrets.token_hex(4)}"
    guarded(lambda: folder.rename(doomed))
    shutil.rmtree(doomed, ignore_errors=True)


def add_photos(photo_set: PhotoSet, name: str, photos: Iterable[bytes], kinds: Collection[str] = ENDINGS) -> int:
    """Adds photos to a class; each is decoded first, so that only photos are kept.

    Args:
        kinds: the formats that they may have, of `ENDINGS`.

    Returns:
        How many were added.

    Raises:
        ConfigError: no such class.
        DataError: no photo, one that is too large, or more than a set may have; those before it are kept.
        StorageError: the disk is full or cannot be written.
    """
    folder = class_folder(photo_set, name)
    held = [path for paths in classes(photo_set).values() for path in paths]
    count, total, most = len(held), sum(path.stat().st_size for path in held if path.exists()), bytes_max()
    added = 0
    for content in photos:
        ending = checked_photo(content, kinds)
        count, total = count + 1, total + len(content)
        if count > FILES_MAX or total > most:
            raise DataError(
                f"A set has at most {FILES_MAX:,} photos and {format_megabytes(most)}. Delete some, or put the photos on the "
                "server and name their folder there."
            )
        path = folder / f"{time.time_ns():020d}{ending}"
        guarded(lambda path=path, content=content: write_whole(path, content))  # type: ignore[misc]
        added += 1
    return added


def delete_photos(photo_set: PhotoSet, name: str, last: int | None = None) -> int:
    """Removes the newest photos of a class, or all of them.

    Args:
        last: how many; None is all.

    Returns:
        How many were removed.

    Raises:
        ConfigError: no such class.
        StorageError: the disk cannot be written.
    """
    class_folder(photo_set, name)
    held = classes(photo_set).get(name, [])
    doomed = held if last is None else held[len(held) - last :] if last else []
    for path in doomed:
        guarded(lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]
    return len(doomed)


def class_folder(photo_set: PhotoSet, name: str) -> Path:
    """The folder of a class that exists: only names that the set itself lists lead anywhere.

    Raises:
        ConfigError: no such class.
    """
    if name not in classes(photo_set):
        raise ConfigError(f"There is no class {name[:80]!r} in this set. Add it first.")
    return photo_set.photos / name


def checked_photo(content: bytes, kinds: Collection[str] = ENDINGS) -> str:
    """The ending for a photo's file. Its size is read from its head before anything is decoded.

    Raises:
        DataError: no photo, one of another kind, or one that is too large.
    """
    if len(content) > PHOTO_BYTES_MAX:
        raise DataError(f"A photo has at most {format_bytes(PHOTO_BYTES_MAX)} here, not {format_bytes(len(content))}.")
    needed = f"needed is a {' or '.join(kinds)} of at most {PHOTO_PIXELS_MAX:,} pixels"
    try:
        image = Image.open(io.BytesIO(content), formats=tuple(kinds))
        if image.format is None or image.format not in kinds or image.width * image.height > PHOTO_PIXELS_MAX:
            raise Unreadable(needed)
        kind = image.format
        image.load()
        return ENDINGS[kind]
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        reason = needed
    except Exception as error:  # Pillow's readers raise nearly anything on damaged bytes
        reason = " ".join(str(error).split())[:200]
    raise DataError(f"That was no photo that can be used ({reason}). Take another.")
