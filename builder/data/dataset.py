"""From a source to three splits of decoded photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from builder.data.cache import Lease
from builder.data.health import BadPhoto, DataReport, check_bad_share, report
from builder.data.photo import Photo
from builder.data.pixels import Pixels, decoded
from builder.data.source import Source
from builder.data.split import SPLITS, Assignment, Item, assign
from builder.errors import DataError
from builder.events import Emit, silent


class Rows:
    """Some rows of a memory map, read when asked for: `rows[indices]` is uint8 (len(indices), H, W, C).

    Args:
        pixels: uint8 (all photos, H, W, C).
        numbers: the rows of `pixels` that this is made of, in order.
        lease: kept open, so that the cache does not remove the map while it is read.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, pixels: NDArray[np.uint8], numbers: NDArray[np.int64], lease: Lease | None = None) -> None:
        self._pixels, self._numbers, self._lease = pixels, numbers, lease

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(photos, H, W, C)."""
        _, height, width, channels = self._pixels.shape
        return len(self._numbers), height, width, channels

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int | slice | NDArray[np.integer] | Sequence[int]) -> NDArray[np.uint8]:
        return np.asarray(self._pixels[self._numbers[index]])

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> NDArray:
        """All rows in memory."""
        return self[:].astype(dtype or np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class Split:
    """Photos of one split, in an order that depends on their contents only.

    Args:
        images: uint8 (N, H, W, C) rows, read from disk when indexed.
        labels: int32 (N,), numbers of classes.
        names: the path of each photo below the data.
    """

    images: Rows
    labels: NDArray[np.int32]
    names: tuple[str, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Decoded photos in three splits. Test photos are for reporting only: nothing is chosen on them."""

    classes: tuple[str, ...]
    fingerprint: str
    train: Split
    validation: Split
    test: Split
    report: DataReport


def prepare(
    source: Source, *, resolution: int, channels: int, split_seed: int, bad_share_max: float, emit: Emit = silent
) -> Dataset:
    """Decodes, checks and splits the photos of a source; decoded ones are kept in the cache for the next time.

    Args:
        source: from `open_source`.
        resolution: height and width in pixels.
        channels: 3 (RGB) or 1 (gray).
        split_seed: seeds the split, apart from the training seed.
        bad_share_max: the share of unreadable photos, 0..1, above which nothing is built.
        emit: told how many photos are decoded.

    Returns:
        The splits and the findings. Splits depend on the photos and `split_seed` only, not on the resolution.

    Raises:
        DataError: too many bad photos, or a class with too few different ones.
        StorageError: the cache cannot be written, or the disk is full.
    """
    pixels = decoded(source.items, resolution, channels, emit)
    bad = [BadPhoto(photo.name, reason) for photo in source.items if (reason := problem(photo, pixels))]
    check_bad_share(bad, source.photos, bad_share_max, source.data)
    good = [photo for photo in source.items if photo.digest in pixels.row]
    items = [Item(photo.label, photo.given, pixels.hashes[photo.digest]) for photo in good]
    assignment = assign(items, source.classes, source.given, split_seed)
    train, validation, test = (split_of(name, good, assignment, pixels, source.classes) for name in SPLITS)
    per_class: dict[str, dict[str, int]] = {
        name: {
            split: int(np.count_nonzero(part.labels == number))
            for split, part in zip(SPLITS, (train, validation, test), strict=True)
        }
        for number, name in enumerate(source.classes)
    }
    findings = report(
        photos=source.photos,
        bad=bad,
        duplicates=assignment.duplicates,
        conflicts=assignment.conflicts,
        per_class=per_class,
        notes=(*source.notes, *assignment.notes),
    )
    for name, part in (("validation", validation), ("test", test)):
        if not len(part):
            raise DataError(f"None of the {name} photos in {source.data} can be used. Repair them, or leave the {name} folder out.")
    return Dataset(source.classes, source.fingerprint, train, validation, test, findings)


def problem(photo: Photo, pixels: Pixels) -> str:
    """Why a photo cannot be used, or an empty string."""
    return photo.problem or pixels.bad.get(photo.digest, "")


def split_of(name: str, photos: Sequence[Photo], assignment: Assignment, pixels: Pixels, classes: tuple[str, ...]) -> Split:
    """One split's photos."""
    number = {label: index for index, label in enumerate(classes)}
    chosen = [photo for photo, split in zip(photos, assignment.splits, strict=True) if split == name]
    chosen.sort(key=lambda photo: (photo.digest, photo.name))  # by content: files that were renamed are the same build
    rows = np.array([pixels.row[photo.digest] for photo in chosen], np.int64)
    labels = np.array([number[photo.label] for photo in chosen], np.int32)
    return Split(Rows(pixels.rows, rows, pixels.lease), labels, tuple(photo.name for photo in chosen))
