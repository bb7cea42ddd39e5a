"""How good scores are, and how two sets of scores differ. Of equal scores the first one is the top one, as in apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Labels = NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """The top label of each photo, a number of a class, and its score; both (N,)."""

    labels: NDArray[np.int64]
    scores: NDArray[np.floating]

    @classmethod
    def of(cls, scores: Scores) -> Top:
        """From scores (N, classes)."""
        labels = np.argmax(scores, axis=1)
        return cls(labels, np.take_along_axis(scores, labels[:, np.newaxis], axis=1)[:, 0])


def accuracy(scores: Scores, labels: Labels) -> float:
    """Share of photos whose top label is right.

    Args:
        scores: (N, classes).
        labels: (N,) numbers of classes; N >= 1.
    """
    return float(np.mean(np.argmax(scores, axis=1) == labels))


def confusion(scores: Scores, labels: Labels, classes: int) -> NDArray[np.int64]:
    """Photos by true class (row) and predicted class (column), (classes, classes)."""
    predicted = np.argmax(scores, axis=1)
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def per_class(scores: Scores, labels: Labels, classes: Sequence[str]) -> dict[str, float | None]:
    """Accuracy by class, in the order of the classes; None for a class without photos."""
    right = np.argmax(scores, axis=1) == labels
    return {
        name: float(right[labels == number].mean()) if (labels == number).any() else None for number, name in enumerate(classes)
    }


def worst_classes(by_class: dict[str, float | None], count: int = 3) -> list[tuple[str, float]]:
    """The classes with the lowest accuracy, the worst first; those without photos are left out."""
    known = [(name, value) for name, value in by_class.items() if value is not None]
    return sorted(known, key=lambda item: item[1])[:count]


def label_flips(scores: Scores, reference: Scores) -> int:
    """Photos whose top label differs between two sets of scores, each (N, classes)."""
    return int(np.count_nonzero(np.argmax(scores, axis=1) != np.argmax(reference, axis=1)))


def max_difference(scores: Scores, reference: Scores) -> float:
    """The largest difference of a score between two sets, each (N, classes)."""
    return float(np.abs(scores.astype(np.float64) - reference.astype(np.float64)).max())
