"""Names what is on photos, with the very file that a device would run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from builder.errors import InvalidInput
from builder.threads import processors
from builder.verify.isolation import CLASSIFY, ChildFailed, cannot_run, open_child
from builder.verify.scoring import Channels, score, use_of

DECODED_BYTES = 64 * 1024**2  # of photos in memory
FOLDER_PHOTOS_MAX = 1000  # more are for `evaluate`: nobody reads that many answers
MODEL_SUFFIXES = (".tflite", ".keras", ".h5")


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
        photos: one photo or several; a folder stands for the photos in it and below it, by name.
        top: how many labels a photo.
        labels: a text file with one label a line, where the file holds none or other ones are wanted.
        mean: a float input is (pixel - mean) / std; needed where the file's metadata do not say it.
        std: see `mean`.

    Returns:
        One prediction a photo, in order.

    Raises:
        ModelFileError: the file is missing, damaged, or no image classifier.
        DataError: a photo is missing or unreadable; the message names it.
        InvalidInput: labels or normalization are missing or do not fit; a photo is a model; a folder has no photos, or too many.
    """
    from builder.data import load_photo

    given = [photos] if isinstance(photos, str | Path) else list(photos)
    photos = [photo for each in given for photo in photos_at(each)]
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


def photos_at(place: str | Path) -> list[str | Path]:
    """A photo itself, or the photos of a folder, those of its sub-folders too.

    Raises:
        InvalidInput: it is a model; the folder holds no photos, or more than anybody would read answers for.
    """
    path = Path(place)
    if path.suffix.lower() in MODEL_SUFFIXES and path.is_file():
        raise InvalidInput(f"{place} is a model. predict takes one model, then photos.")
    if not path.is_dir():
        return [place]
    from builder.data.folder import walk

    files, _, _ = walk(path)
    if not files:
        raise InvalidInput(f"The folder {place} holds no photos. Name photos, or a folder with photos in it.")
    if len(files) > FOLDER_PHOTOS_MAX:
        raise InvalidInput(
            f"The folder {place} holds {len(files):,} photos, and predict takes at most {FOLDER_PHOTOS_MAX:,} of a folder. "
            f"To measure a model on many photos: builder evaluate FILE.tflite --data {place}."
        )
    return [path.joinpath(*parts) for parts in sorted(files)]
