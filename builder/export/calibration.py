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
    """Photos as the network takes them, one at a time.

    Args:
        photos: uint8 (n, height, width, channels), n >= 1.

    Yields:
        float32 (1, height, width, channels) in [-1, 1].

    Raises:
        DataError: no photos.
    """
    if len(photos) == 0:
        raise DataError(
            "The int8 variants need training photos to calibrate on, and there are none. Leave int8 and int8_micro out."
        )
    for photo in photos:
        yield normalize(photo)[np.newaxis]
