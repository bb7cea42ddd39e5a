"""Calibration takes few training photos, of all classes, prepared as in training."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from builder.errors import DataError
from builder.export.calibration import choose, representative, sample
from builder.preprocessing import normalize

LABELS = np.repeat(np.arange(4, dtype=np.int32), [500, 300, 3, 100])


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


def test_photos_are_fed_one_by_one_as_in_training() -> None:
    photos = np.arange(256, dtype=np.uint8).reshape(2, 8, 16, 1)

    fed = list(representative(photos))

    assert [photo.shape for photo in fed] == [(1, 8, 16, 1)] * 2
    assert np.array_equal(np.concatenate(fed), normalize(photos))


def test_no_photos_are_refused() -> None:
    with pytest.raises(DataError, match="training photos"):
        next(representative(np.zeros((0, 8, 8, 3), np.uint8)))


def test_a_sample_is_the_chosen_photos_of_the_training_split() -> None:
    images = np.arange(6, dtype=np.uint8).repeat(12).reshape(6, 2, 2, 3)
    labels = np.array([0, 0, 0, 0, 0, 1], np.int32)
    train = SimpleNamespace(images=images, labels=labels)

    photos = sample(train, photos_max=2)  # type: ignore[arg-type]

    assert np.array_equal(photos, images[choose(labels, photos_max=2)])
    assert photos[-1, 0, 0, 0] == 5  # the only photo of class 1
