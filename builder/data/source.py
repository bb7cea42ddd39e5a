"""Where photos come from: a folder, an archive or a built-in set, listed and fingerprinted. Nothing is decoded here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.data import archive, builtin, folder
from builder.data.layout import Given
from builder.data.photo import Listing, Photo, quoted
from builder.errors import DataError, nearest
from builder.events import Emit, silent


@dataclass(frozen=True, slots=True)
class Source:
    """Photos with their classes and given splits.

    Args:
        data: what the user asked for.
        classes: names in training order: sorted for folders, the set's own order for built-in ones.
        fingerprint: sha256 in hex over (given split, class, sha256 of the content) of all photos; the same photos in another
            place, under other file names, have the same fingerprint.
        photos: how many there are, test photos included.
        builtin: "digits" or "keras:cifar10" and its kind, `None` for the user's own photos.
        given: the splits that the data itself states: of "train", "validation", "test".
    """

    data: str
    classes: tuple[str, ...]
    fingerprint: str
    photos: int
    builtin: str | None
    given: frozenset[Given]
    items: tuple[Photo, ...] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)


def open_source(data: str, test_data: str | None = None, *, emit: Emit = silent) -> Source:
    """Lists and fingerprints photos; decodes none.

    Args:
        data: a folder with one sub-folder a class, the same inside `train/`, `val/` and `test/`, a .zip of either, `digits`, or
            `keras:cifar10`, `keras:cifar100`, `keras:mnist`, `keras:fashion_mnist`. A built-in name wins over a folder of that
            name: write `./digits` for the folder.
        test_data: photos to test on, in the same forms; `data` is then split in two only, and its own test photos are left out.
        emit: told how many files were read.

    Returns:
        The source, every class of which has at least two photos.

    Raises:
        DataError: nothing there, no classes, one class, a class with one photo, an unsafe archive, or test photos whose classes
            differ.
        StorageError: the cache cannot be written.
    """
    listing = list_photos(data, emit)
    items, notes = listing.items, list(listing.notes)
    if len(listing.classes) < 2:
        raise DataError(
            f"{data} has one class, {listing.classes[0]!r}; a classifier needs at least two. Add a folder with other photos."
        )
    if test_data is not None:
        test = list_photos(test_data, emit)
        check_classes(listing.classes, {item.label for item in test.items}, test_data)
        own = [item for item in test.items if item.given == "test"] or test.items
        if any(item.given == "test" for item in items):
            notes.append(f"The test photos inside {data} are left out: {test_data} takes their place.")
        items = tuple(item for item in items if item.given != "test") + tuple(replace(item, given="test") for item in own)
        notes.extend(test.notes)
    check_classes_of_splits(listing.classes, items, data)
    return Source(
        data=data,
        classes=listing.classes,
        fingerprint=fingerprint(items),
        photos=len(items),
        builtin=data if is_builtin(data) else None,
        given=frozenset(item.given for item in items if item.given),
        items=items,
        notes=tuple(notes),
    )


def is_builtin(data: str) -> bool:
    """Whether a name means a built-in set rather than a path."""
    return data == "digits" or data.startswith(builtin.KERAS_PREFIX)


def list_photos(data: str, emit: Emit) -> Listing:
    """Finds out what kind of place a name means, and lists it."""
    if is_builtin(data):
        listing = builtin.list_builtin(data, emit)
        if Path(data).is_dir():
            note = f"{data!r} is the built-in set; for the folder of that name write ./{data}."
            return replace(listing, notes=(*listing.notes, note))
        return listing
    if not data.strip():
        raise DataError(
            f"No data is named. Give a folder with one sub-folder a class, a .zip of one, or one of {', '.join(builtin.NAMES)}."
        )
    try:
        path = Path(data).expanduser().absolute()  # the working folder may change before photos are read
        is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{data[:200]!r} cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
    if is_folder:
        return folder.list_folder(path, data, emit)
    if is_file:
        return archive.list_archive(path, data, emit)
    if exists:
        raise DataError(f"{data} is neither a folder nor a .zip file.")
    raise DataError(
        f"There are no photos at {data!r}. Needed: a folder with one sub-folder a class, a .zip of one, or one of "
        f"{', '.join(builtin.NAMES)}.{nearest(data, [*builtin.NAMES, *neighbours(path)])}"
    )


def neighbours(path: Path) -> list[str]:
    """What lies where the user looked, to find a misspelt name."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_dir() or entry.suffix.lower() == ".zip"]
    except OSError:
        return []
    return [name for near in names for name in (near, str(path.parent / near))]


def check_classes(classes: tuple[str, ...], found: Iterable[str], place: str) -> None:
    """Test photos must have the classes of the training photos, no more and no fewer."""
    found = set(found)
    unknown = sorted(found - set(classes))
    missing = [name for name in classes if name not in found]
    if unknown:
        raise DataError(
            f"The test photos in {place} have {quoted(unknown)}, which the training photos do not have."
            f"{nearest(unknown[0], classes)} Known: {quoted(classes)}."
        )
    if missing:
        raise DataError(
            f"The test photos in {place} have none of {quoted(missing)}. Add some, or leave that class out of the data."
        )


def check_classes_of_splits(classes: tuple[str, ...], items: tuple[Photo, ...], data: str) -> None:
    """Every class has at least two photos to train on and to choose with; given splits have the same classes."""
    training = Counter(item.label for item in items if item.given in ("", "train"))
    for name in classes:
        if training[name] < 2:
            raise DataError(
                f"The class {quoted([name])} in {data} has {training[name]} photo(s) to train on; at least 3 different ones are "
                "needed, better 100. Add photos or remove the class."
            )
    tested = {item.label for item in items if item.given == "test"}
    if tested:
        check_classes(classes, tested, data)
    unknown = sorted({item.label for item in items} - set(classes))
    if unknown:
        raise DataError(f"The validation photos in {data} have {quoted(unknown)}, which the training photos do not have.")


def fingerprint(items: Iterable[Photo]) -> str:
    """sha256 over the sorted (given split, class, sha256 of the content) of all photos, in hex."""
    lines = sorted(f"{item.given}\0{item.label}\0{item.digest}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
