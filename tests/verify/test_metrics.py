"""Figures of eight photos in three classes, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from builder.verify import metrics

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32)
PREDICTED = np.array([0, 0, 0, 1, 1, 1, 0, 2])
SCORES = np.eye(3, dtype=np.float32)[PREDICTED]


def test_accuracy() -> None:
    assert metrics.accuracy(SCORES, LABELS) == 5 / 8


def test_of_equal_scores_the_first_counts() -> None:
    assert metrics.accuracy(np.full((1, 3), 0.5, np.float32), np.array([0], np.int32)) == 1.0


def test_confusion_has_true_classes_in_rows() -> None:
    assert metrics.confusion(SCORES, LABELS, 3).tolist() == [[3, 1, 0], [1, 2, 1], [0, 0, 0]]


def test_by_class_and_the_worst() -> None:
    by_class = metrics.per_class(SCORES, LABELS, ["cat", "dog", "newt"])
    assert by_class == {"cat": 3 / 4, "dog": 2 / 4, "newt": None}
    assert metrics.worst_classes(by_class) == [("dog", 0.5), ("cat", 0.75)]


def test_flips_and_differences_between_two_sets() -> None:
    other = SCORES.copy()
    other[0] = [0.4, 0.6, 0.0]
    other[1] = [0.75, 0.25, 0.0]
    assert metrics.label_flips(other, SCORES) == 1
    assert metrics.max_difference(other, SCORES) == pytest.approx(0.6)
