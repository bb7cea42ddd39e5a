"""The photos that set the value ranges of a fully integer model: a sample of the training photos, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from builder.errors import DataError
from builder.preprocessing import normalize

if TYPE_CHECKING:
    from builder.data import Split

# Ranges hardly move after some hundred photos, and conversion time grows with each one.
PHOTOS_MAX = 200


def sample(train: Split, *, seed: int = 0, photos_max: int = PHOTOS_MAX) -> NDArray[np.uint8]:
    """Chooses training photos to calibrate on.

    Args:
        train: the training split; photos of the validation and test splits must not be calibrated on.
        seed: decides which photos are taken.
        photos_max: at most so many.

    Returns:
        uint8 (n, height, width, channels) with n = min(photos_max, photos in the split).
    """
    return np.asarray(train.images[choose(train.labels, seed=seed, photos_max=photos_max)])


def choose(labels: NDArray[np.int32], *, seed: int = 0, photos_max: int = PHOTOS_MAX) -> NDArray[np.int64]:
    """Stratified: one photo of each class in turn, until enough are taken or none is left.

    Equal shares rather than proportional ones, because a rare class must not meet ranges that were set without it.

    Args:
        labels: int32 (N,), the class of each training photo.

    Returns:
        int64 (n,), positions in `labels`, ascending, each at most once.
    """
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(labels))
    round_of = np.empty(len(labels), np.int64)  # a photo's place among the shuffled photos of its class
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        round_of[members] = np.arange(len(members))
    by_round = shuffled[np.argsort(round_of[shuffled], kind="stable")]
    return np.sort(by_round[:photos_max])


def representative(photos: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """Photos as the network takes them, with the full range of pixel values pinned.

    A converter takes the input's range from the values it meets. Photos without a black and a white pixel would give a range
    inside [-1, 1] and an input that clips. So the darkest value of the sample is set to 0 and the brightest to 255: two
    numbers among millions, none when the sample holds both. The int8 input then has a scale of exactly 2/255, and the raw
    pixel p is the quantized value (p as uint8, p - 128 as int8) up to the half step that an integer zero point leaves.

    Args:
        photos: uint8 (n, height, width, channels), n >= 1.

    Yields:
        float32 (1, height, width, channels) in [-1, 1].

    Raises:
        DataError: no photos.
    """
    if photos.size == 0:
        raise DataError(
            "The int8 variants need training photos to calibrate on, and there are none. Leave int8 and int8_micro out."
        )
    darkest, brightest = int(photos.argmin()), int(photos.argmax())
    if darkest == brightest:  # all values are equal
        brightest = photos.size - 1
    pins = {np.unravel_index(darkest, photos.shape): 0, np.unravel_index(brightest, photos.shape): 255}
    for number, photo in enumerate(photos):
        pinned = np.array(photo)
        for (pinned_number, *place), value in pins.items():
            if pinned_number == number:
                pinned[tuple(place)] = value
        yield normalize(pinned)[np.newaxis]
