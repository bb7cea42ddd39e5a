"""Batches: every photo, the same again for the same seed and epoch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.train.batches import Feed, ahead, class_weights

from .stripes import Split, stripes

NUMBERED = Split(
    np.arange(10, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 2, 2, 3), np.uint8), np.arange(10, dtype=np.int32) % 3
)


def shown(feed: Feed, epoch: int) -> list[int]:
    """The numbers of the photos of an epoch, in order."""
    return [int(image[0, 0, 0]) for batch in feed.training(epoch) for image in batch[0]]


def test_an_epoch_shows_every_photo_and_fills_up_from_its_beginning() -> None:
    order = shown(Feed(NUMBERED, 3, 4), 1)
    assert sorted(order[:10]) == list(range(10))
    assert order[10:] == order[:2]


def test_order_depends_on_seed_and_epoch_only() -> None:
    feed = Feed(NUMBERED, 3, 4, seed=7)
    assert shown(feed, 2) == shown(replace(feed), 2)
    assert shown(feed, 2) != shown(feed, 3)
    assert shown(feed, 2) != shown(replace(feed, seed=8), 2)


def test_in_order_shows_every_photo_once_unchanged() -> None:
    images, targets = (np.concatenate(parts) for parts in zip(*Feed(NUMBERED, 3, 4).in_order(), strict=True))
    np.testing.assert_array_equal(images, NUMBERED.images)
    np.testing.assert_array_equal(targets.argmax(axis=1), NUMBERED.labels)
    np.testing.assert_array_equal(targets.sum(axis=1), 1)


def test_photos_keep_their_labels_and_numbers_through_augmentation() -> None:
    def tell(images: NDArray[np.uint8], indices: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]:
        np.testing.assert_array_equal(images[:, 0, 0, 0], indices)
        return images + np.uint8(epoch * 10)

    for images, targets in Feed(NUMBERED, 3, 4, augment=tell).training(5):
        np.testing.assert_array_equal(NUMBERED.labels[images[:, 0, 0, 0] - 50], targets.argmax(axis=1))


def test_rare_classes_weigh_more() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), (60, 30, 10))
    weights = class_weights(labels, 3)
    assert weights is not None
    np.testing.assert_allclose(weights / weights[0], [1, 2, 6], rtol=1e-6)
    assert weights[labels].mean() == pytest.approx(1)


def test_nearly_even_classes_are_not_weighed() -> None:
    assert class_weights(np.repeat(np.arange(2, dtype=np.int32), (60, 45)), 2) is None


def test_weights_are_at_most_tenfold() -> None:
    weights = class_weights(np.repeat(np.arange(2, dtype=np.int32), (1000, 1)), 2)
    assert weights is not None
    assert weights[1] / weights[0] == pytest.approx(10)


def test_batches_carry_weights_where_classes_are_weighed() -> None:
    weights = np.array([1, 2, 3], np.float32)
    for _, targets, given in Feed(NUMBERED, 3, 4, weights=weights).training(1):
        np.testing.assert_array_equal(given, targets @ weights)


def test_results_come_in_order_and_errors_where_they_belong() -> None:
    first_may_end = threading.Event()

    def slow() -> tuple[NDArray, ...]:
        first_may_end.wait(10)
        return (np.array(0),)

    def quick() -> tuple[NDArray, ...]:
        first_may_end.set()
        return (np.array(1),)

    def broken() -> tuple[NDArray, ...]:
        raise OSError("the disk is gone")

    results: Iterator[tuple[NDArray, ...]] = ahead([slow, quick, broken])
    assert [int(next(results)[0]), int(next(results)[0])] == [0, 1]
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


def test_devices_that_share_batches_evenly_leave_the_last_few_photos_out() -> None:
    feed = Feed(stripes(train=13).train, classes=2, batch_size=8, multiple_of=4)
    batches = list(feed.in_order())
    assert [len(images) for images, _ in batches] == [8, 4]  # 13 is 3 * 4 and one more
    assert len(batches) == feed.steps
