"""What a bundle's files are shown when it is tried: a test photo that the build kept, or noise where it kept none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.bundle.build_files import BuildFiles
from builder.errors import DataError
from builder.outcomes import Outcomes, path_of
from builder.verify.decoding import decode_in, start_decoder

SEED = 0  # of the noise


@dataclass(frozen=True, slots=True)
class Shown:
    """Pixels uint8 (H, W, C), and the number of the test photo that they are of; None is noise."""

    pixels: NDArray[np.uint8]
    photo: int | None

    @property
    def what(self) -> str:
        """In words."""
        return "an image of noise" if self.photo is None else f"test photo {self.photo}"


def shown_to(files: BuildFiles, shape: tuple[int, int, int]) -> Shown:
    """An image of a shape (height, width, channels)."""
    photo = None if files.outcomes is None else clearest(files.outcomes, kept(files))
    if photo is not None:
        try:
            with start_decoder() as decoder:
                picture = path_of(files.folder, photo).read_bytes()
                return Shown(decode_in(decoder, picture, resolution=shape[:2], channels=shape[2]), photo)
        except (DataError, OSError):
            pass  # a damaged picture is no fault of the bundle
    return Shown(np.random.default_rng(SEED).integers(0, 256, shape, np.uint8), None)


def kept(files: BuildFiles) -> list[int]:
    """Numbers of the photos that there is a picture of."""
    pictured = () if files.outcomes is None else files.outcomes.pictured
    return [photo for photo in pictured if path_of(files.folder, photo).is_file()]


def clearest(outcomes: Outcomes, photos: Sequence[int]) -> int | None:
    """The photo whose lowest score by any file is the highest; those that all files name rightly come first.

    Another processor's kernels may differ in the last digits, which must not change a label.
    """
    said = list(outcomes.variants.values())
    if not said or not photos:
        return None

    def rank(photo: int) -> tuple[bool, float]:
        return all(each.labels[photo] == outcomes.true[photo] for each in said), min(each.scores[photo] for each in said)

    return max(photos, key=rank)
