"""Test photos whose label a technique changed: which, what was said, and pictures of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from builder.matrix.measuring import Said
from builder.matrix.model import FOLDER, Flip
from builder.outcomes.pictures import most_of, png
from builder.runs import storage_error, write_atomically

if TYPE_CHECKING:
    from builder.data import Dataset

PICTURES = "photos"
FLIPS_MAX = 120


def flips(network: Said, said: Mapping[str, Said], dataset: Dataset) -> tuple[Flip, ...]:
    """The photos whose label some technique changed, those first that most of them changed.

    Args:
        network: the trained network's labels.
        said: each technique's, by its name.
        dataset: the photos.
    """
    found = []
    for photo, (label, true) in enumerate(zip(network.test, dataset.test.labels, strict=True)):
        others = {name: dataset.classes[each.test[photo]] for name, each in said.items() if each.test[photo] != label}
        if others:
            found.append(Flip(photo, dataset.test.names[photo], dataset.classes[int(true)], dataset.classes[label], others))
    found.sort(key=lambda flip: (-len(flip.said), flip.photo))
    return tuple(found[: min(FLIPS_MAX, most_of(dataset.test.images))])


def save_pictures(folder: Path, found: Sequence[Flip], dataset: Dataset) -> None:
    """Writes the photos into the build's `compressed/photos` as PNG named by number; those that are needed no more go.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    place = folder / FOLDER / PICTURES
    wanted = {f"{flip.photo}.png" for flip in found}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path in place.iterdir():
            if path.name not in wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for flip in found:
            path = place / f"{flip.photo}.png"
            if not path.exists():
                write_atomically(path, png(dataset.test.images[flip.photo]))
    except OSError as error:
        raise storage_error(place, error) from None
