"""Batches of photos, made ready by threads while the network works on the ones before.

What an epoch sees depends on the seed and the epoch's number only, so training that is taken up again sees the same.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from builder.threads import processors

BATCHES_AHEAD = 4  # made before they are asked for; each is batch x pixels bytes
WORKERS_MAX = 8

Batch = tuple[NDArray[Any], ...]  # uint8 (B, H, W, C), float32 (B, classes), and float32 (B,) weights where classes are weighed


class Photos(Protocol):
    """A split: photos by index and their labels."""

    @property
    def images(self) -> Any: ...
    @property
    def labels(self) -> NDArray[np.int32]: ...


class Augment(Protocol):
    """Changes photos depending on the epoch and each photo's number."""

    def __call__(self, images: NDArray[np.uint8], indices: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True)
class Feed:
    """Where batches come from.

    Args:
        photos: the split.
        classes: number of classes.
        batch_size: photos a batch.
        seed: seeds the order.
        augment: changes training photos; None leaves them.
        weights: float32 (classes,), what an error in each class counts; None weighs all alike.
        multiple_of: in order, the last photos beyond a multiple of this number are left out: devices that share every batch evenly.
    """

    photos: Photos
    classes: int
    batch_size: int
    seed: int = 0
    augment: Augment | None = None
    weights: NDArray[np.float32] | None = None
    multiple_of: int = 1

    @property
    def count(self) -> int:
        """Photos in an epoch."""
        return len(self.photos.labels) // self.multiple_of * self.multiple_of

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return math.ceil(self.count / self.batch_size)

    def training(self, epoch: int) -> Iterator[Batch]:
        """The shuffled, augmented batches of an epoch, all of the same size: the last is filled up from the front."""
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.photos.labels))
        order = np.resize(order, self.steps * self.batch_size)
        parts = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        return ahead([lambda part=part: self.batch(part, epoch) for part in parts])  # type: ignore[misc]

    def in_order(self) -> Iterator[Batch]:
        """Every photo once, unchanged and unweighed; the last batch may be smaller."""
        numbers = np.arange(self.count)
        for start in range(0, len(numbers), self.batch_size):
            part = numbers[start : start + self.batch_size]
            yield np.ascontiguousarray(self.photos.images[part]), self.targets(part)

    def batch(self, part: NDArray[np.int64], epoch: int) -> Batch:
        """Photos, targets and, where classes are weighed, weights."""
        images = self.photos.images[part]
        if self.augment is not None:
            images = self.augment(images, part, epoch)
        made: Batch = (np.ascontiguousarray(images), self.targets(part))
        return made if self.weights is None else (*made, self.weights[self.photos.labels[part]])

    def targets(self, part: NDArray[np.int64]) -> NDArray[np.float32]:
        """One row a photo with a 1 at its class."""
        targets = np.zeros((len(part), self.classes), np.float32)
        targets[np.arange(len(part)), self.photos.labels[part]] = 1
        return targets


def ahead(makers: list[Callable[[], Batch]]) -> Iterator[Batch]:
    """Runs the makers on threads, a few ahead of the reader; results come in order, a maker's exception where its result would."""
    workers = min(WORKERS_MAX, processors())
    with ThreadPoolExecutor(workers, thread_name_prefix="photos") as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for maker in makers:
                waiting.append(pool.submit(maker))
                if len(waiting) > max(BATCHES_AHEAD, workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def class_weights(labels: NDArray[np.int32], classes: int) -> NDArray[np.float32] | None:
    """What an error in each class should count so that all classes count alike; None where they nearly do already.

    Args:
        labels: int32 (N,), the class of each training photo.
        classes: number of classes.

    Returns:
        float32 (classes,), 1 on average over the photos, at most 10 times the smallest; None below a ratio of 1.5.
    """
    counts = np.bincount(labels, minlength=classes)
    counts = np.maximum(counts, 1)
    if counts.max() < 1.5 * counts.min():
        return None
    weights = 1 / np.maximum(counts, counts.max() / 10)
    weights *= len(labels) / weights[labels].sum()
    return np.asarray(weights, np.float32)
