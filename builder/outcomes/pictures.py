"""The photos of a build that are worth showing, as small pictures named by number: no name that a user gave becomes a path."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from pathlib import Path

from numpy.typing import NDArray

from builder.data import Rows
from builder.outcomes.model import INTEGER, Outcomes
from builder.runs import storage_error

FOLDER = "photos"
FAULTS_MAX = 120  # mistakes and changes of a label
SAMPLES_MAX = 12  # rightly named photos, to try the files on
PIXELS_BYTES_MAX = 64 * 1024**2  # of all pictures before they are compressed: a build at 2048 px keeps 5 of them


def chosen(outcomes: Outcomes, hero: str | None, most: int = FAULTS_MAX + SAMPLES_MAX) -> tuple[int, ...]:
    """Photos to keep a picture of: always the same ones for the same outcomes.

    Photos whose label an integer file changed and mistakes of the network and of the file to show take turns, the most confident
    first; then a few photos that were named rightly, of as many classes as there are.

    Args:
        outcomes: of all test photos.
        hero: the variant that is shown first.
        most: pictures in all.

    Returns:
        Numbers in ascending order.
    """
    mistakes = turns(outcomes.wrong(who) for who in ("network", hero) if who)
    changes = turns(outcomes.changed(variant) for variant in INTEGER)
    faults = turns((changes, mistakes))[: min(most, FAULTS_MAX)]
    return tuple(sorted({*faults, *right_ones(outcomes, min(SAMPLES_MAX, most - len(faults)))}))


def turns(lists: Iterable[Sequence[int]]) -> list[int]:
    """One of each list in turn, each number once."""
    mixed = chain.from_iterable(zip_longest(*lists))
    return list(dict.fromkeys(number for number in mixed if number is not None))


def right_ones(outcomes: Outcomes, most: int) -> list[int]:
    """Photos that the network and every file named rightly: the first of each class, then the second, and so on."""
    columns = [outcomes.network, *outcomes.variants.values()]
    by_class: dict[int, list[int]] = {}
    for photo, true in enumerate(outcomes.true):
        if len(by_class.get(true, ())) < most and all(said.labels[photo] == true for said in columns):
            by_class.setdefault(true, []).append(photo)
    return turns(by_class[number] for number in sorted(by_class))[:most]


def most_of(images: Rows) -> int:
    """How many pictures of such photos a folder keeps: fewer where they are large."""
    _, height, width, channels = images.shape
    return max(1, PIXELS_BYTES_MAX // (height * width * channels))


def save(folder: Path, photos: Sequence[int], images: Rows) -> None:
    """Writes photos into a build's folder as PNG, in place of those that are there.

    Args:
        folder: the build's.
        photos: numbers of rows of `images`.
        images: uint8 (N, H, W, C).

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    place = folder / FOLDER
    try:
        if place.exists():
            shutil.rmtree(place)
        place.mkdir()
        for photo in photos:
            path_of(folder, photo).write_bytes(png(images[photo]))
    except OSError as error:
        raise storage_error(place, error) from None


def path_of(folder: Path, photo: int) -> Path:
    """Where the picture of a photo lies."""
    return folder / FOLDER / f"{photo}.png"


def png(pixels: NDArray) -> bytes:
    """Pixels uint8 (H, W, 1 or 3) as PNG."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(content, "PNG")
    return content.getvalue()
