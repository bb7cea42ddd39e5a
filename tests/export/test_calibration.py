"""Calibration takes few training photos, of all classes, and always sees the full range of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.errors import DataError
from builder.export.calibration import choose, representative

LABELS = np.repeat(np.arange(4, dtype=np.int32), [500, 300, 3, 100])


def stacked(photos: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.concatenate(list(representative(photos)))


def test_rare_classes_are_taken_whole_and_the_others_share_the_rest() -> None:
    counts = np.bincount(LABELS[choose(LABELS)], minlength=4)

    assert counts.sum() == 200
    assert counts[2] == 3
    assert sorted(counts[[0, 1, 3]]) == [65, 66, 66]


def test_the_same_seed_takes_the_same_photos_and_another_seed_others() -> None:
    assert np.array_equal(choose(LABELS, seed=3), choose(LABELS, seed=3))
    assert not np.array_equal(choose(LABELS, seed=3), choose(LABELS, seed=4))


def test_no_photo_is_taken_twice() -> None:
    chosen = choose(LABELS)

    assert np.array_equal(chosen, np.unique(chosen))


def test_few_photos_are_all_taken() -> None:
    assert np.array_equal(choose(LABELS[:7]), np.arange(7))


def test_more_classes_than_photos_wanted() -> None:
    labels = np.arange(1000, dtype=np.int32)

    assert len(set(labels[choose(labels, photos_max=50)])) == 50


def test_the_range_is_pinned_by_two_values() -> None:
    photos = np.random.default_rng(0).integers(20, 200, (3, 4, 4, 3), dtype=np.uint8)
    before = photos.copy()

    values = stacked(photos)

    assert (values.min(), values.max()) == (-1.0, 1.0)
    assert np.count_nonzero(~np.isclose(values, (photos - 127.5) / 127.5, atol=1e-6)) == 2
    assert np.array_equal(photos, before)


def test_photos_of_full_range_are_left_alone() -> None:
    photos = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)

    assert np.allclose(stacked(photos), (photos - 127.5) / 127.5, atol=1e-6)


def test_a_photo_of_one_value_gets_the_full_range_too() -> None:
    values = stacked(np.full((1, 2, 2, 1), 7, np.uint8))

    assert (values.min(), values.max()) == (-1.0, 1.0)


def test_no_photos_are_refused() -> None:
    with pytest.raises(DataError, match="training photos"):
        stacked(np.zeros((0, 8, 8, 3), np.uint8))
