"""A few photos of each class, small, as files that a page can show."""

from __future__ import annotations

import contextlib
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from builder.data.decode import Unreadable, decode
from builder.data.photo import Photo

SIDE = 128  # pixels of the longest side
A_CLASS = 6
IN_ALL = 96
SUFFIX = ".webp"


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo to show: its class, its name below the data, and the file with its small copy."""

    label: str
    name: str
    file: str


def chosen(photos: Sequence[Photo], classes: Sequence[str]) -> list[Photo]:
    """Photos spread evenly over each class, by name; where there are many classes, fewer of each, then the first classes only."""
    each = max(1, min(A_CLASS, IN_ALL // len(classes)))
    by_class: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        by_class[photo.label].append(photo)
    found = []
    for label in classes[:IN_ALL]:
        own = sorted(by_class[label], key=lambda photo: photo.name)
        count = min(each, len(own))
        found += [own[number * len(own) // count] for number in range(count)]
    return found


def write_samples(photos: Sequence[Photo], classes: Sequence[str], folder: Path) -> tuple[Sample, ...]:
    """Writes the small copies as numbered files; a photo that can no longer be read is left out."""
    samples = []
    for number, photo in enumerate(chosen(photos, classes)):
        file = f"{number:03d}{SUFFIX}"
        with contextlib.suppress(Unreadable, OSError, KeyError, IndexError):
            small(photo).save(folder / file, quality=80)
            samples.append(Sample(photo.label, photo.name, file))
    return tuple(samples)


def small(photo: Photo) -> Image.Image:
    """The photo at its own proportions, at most 128 px; drawings of a few pixels are enlarged with their pixels kept sharp."""
    content = photo.origin.read(photo.key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about odd metadata and large photos; neither is news to the user
        image = decode(content) if isinstance(content, bytes) else Image.fromarray(content)
    longest = max(image.size)
    if longest < SIDE // 2:
        times = SIDE // 2 // longest
        return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    return image
