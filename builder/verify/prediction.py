"""Names what is on photos, with the very file that a device would run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from builder.errors import InvalidInput
from builder.verify.isolation import CLASSIFY, ChildFailed, cannot_run, open_child
from builder.verify.scoring import Channels, processors, score, use_of

DECODED_BYTES = 64 * 1024**2  # of photos in memory


@dataclass(frozen=True, slots=True)
class Scored:
    """A label and its score: a probability where the model ends in a softmax."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model sees on one photo: the top labels, best first."""

    photo: str
    labels: tuple[Scored, ...]

    def to_json(self) -> dict[str, Any]:
        """`{"photo": ..., "labels": [{"label": ..., "score": ...}, ...]}`."""
        return {"photo": self.photo, "labels": [{"label": each.label, "score": each.score} for each in self.labels]}


def predict(
    path: str | Path,
    photos: str | Path | Sequence[str | Path],
    *,
    top: int = 5,
    labels: str | Path | None = None,
    mean: Channels | None = None,
    std: Channels | None = None,
) -> list[Prediction]:
    """Classifies photos with a .tflite file, decoded and resized as in training.

    Args:
        path: a .tflite image classifier.
        photos: one photo or several.
        top: how many labels a photo.
        labels: a text file with one label a line, where the file holds none or other ones are wanted.
        mean: a float input is (pixel - mean) / std; needed where the file's metadata do not say it.
        std: see `mean`.

    Returns:
        One prediction a photo, in order.

    Raises:
        ModelFileError: the file is missing, damaged, or no image classifier.
        DataError: a photo is missing or unreadable; the message names it.
        InvalidInput: labels or normalization are missing or do not fit.
    """
    from builder.data import load_photo

    photos = [photos] if isinstance(photos, str | Path) else list(photos)
    if not photos:
        raise InvalidInput("No photo was given. Name at least one.")
    if top < 1:
        raise InvalidInput(f"top must be at least 1, not {top}.")
    predictions = []
    with open_child(CLASSIFY, path) as child:
        use = use_of(path, child.facts, labels, mean, std)
        _, height, width, channels = child.facts["inputs"][0]["shape"]
        at_once = max(1, DECODED_BYTES // (height * width * channels))
        for start in range(0, len(photos), at_once):
            some = photos[start : start + at_once]
            images = np.stack([load_photo(Path(photo), resolution=(height, width), channels=channels) for photo in some])
            try:
                scores = score(child, images, normalization=use.normalization, threads=min(processors(), len(some)))
            except ChildFailed as reason:
                raise cannot_run(path, reason) from None
            for photo, row in zip(some, scores, strict=True):
                best = np.argsort(-row, kind="stable")[:top]
                predictions.append(Prediction(str(photo), tuple(Scored(use.labels[k], float(row[k])) for k in best)))
    return predictions
