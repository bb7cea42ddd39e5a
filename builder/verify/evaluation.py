"""Measures a .tflite file on a folder of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from builder.errors import DataError, ModelFileError
from builder.events import Emit, silent
from builder.threads import processors
from builder.verify import metrics
from builder.verify.classnames import match
from builder.verify.isolation import CLASSIFY, ChildFailed, cannot_run, open_child
from builder.verify.scoring import Channels, Images, score, use_of

SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a file is on some photos.

    Args:
        accuracy: share of photos whose top label is right.
        images: how many photos were classified; unreadable ones are not among them.
        per_class: accuracy by class of the data; None for a class without a readable photo.
        confusion: photos by true class (row) and predicted class (column), both in the order of `per_class`; what was
            predicted as a label that no class of the data has is in one more column at the end.
        bad: photos that were skipped, and why.
    """

    accuracy: float
    images: int
    per_class: dict[str, float | None]
    confusion: tuple[tuple[int, ...], ...] = field(repr=False)
    bad: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields."""
        return asdict(self) | {"bad": [{"name": name, "reason": reason} for name, reason in self.bad]}


@dataclass(frozen=True, slots=True)
class Photos:
    """What to measure on: uint8 (N, H, W, C), the class of each photo, and what could not be read."""

    images: Images
    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    bad: tuple[tuple[str, str], ...]


def evaluate(
    path: str | Path,
    data: str | Path,
    *,
    test_data: str | Path | None = None,
    split: SplitName | None = None,
    split_seed: int = 0,
    labels: str | Path | None = None,
    mean: Channels | None = None,
    std: Channels | None = None,
    threads: int | None = None,
    emit: Emit = silent,
) -> Evaluation:
    """Runs a .tflite file on photos, decoded and resized as in training, and counts what it gets right.

    Args:
        path: a .tflite image classifier with a square input.
        data: photos, in the forms that a build takes; each class is found among the labels by its name.
        test_data: photos that take the place of the test split of `data`.
        split: "train", "validation" or "test" as a build splits `data`; None takes all photos.
        split_seed: the split seed of that build.
        labels: a text file with one label a line, where the file holds none or other ones are wanted.
        mean: a float input is (pixel - mean) / std; needed where the file's metadata do not say it.
        std: see `mean`.
        threads: photos that are classified at the same time; by default one a core. It changes the time only.
        emit: told about progress, and how classes were found among the labels where that is not plain.

    Raises:
        ModelFileError: the file is missing, damaged, or no image classifier.
        DataError: the photos cannot be used.
        InvalidInput: labels or normalization are missing or do not fit.
    """
    with open_child(CLASSIFY, path) as child:
        use = use_of(path, child.facts, labels, mean, std)
        _, height, width, channels = child.facts["inputs"][0]["shape"]
        if height != width:
            raise ModelFileError(
                f"{path} takes {height} x {width} px. Photos are prepared as squares only: give a file with a square input."
            )
        place = str(data)
        others = None if test_data is None else str(test_data)
        if split is None:
            photos = all_photos([place] if others is None else [place, others], height, channels, emit)
        else:
            photos = split_photos(place, others, split, split_seed, height, channels, emit)
        numbers, note = match(photos.classes, use.labels)
        if note:
            emit("note", message=note)

        def progress(done: int) -> None:
            emit("progress", stage="evaluate", done=done, total=len(photos.images), unit="photos")

        try:
            scores = score(
                child,
                photos.images,
                normalization=use.normalization,
                threads=min(threads or processors(), len(photos.images)),
                on_progress=progress,
            )
        except ChildFailed as reason:
            raise cannot_run(path, reason) from None
    return measured(scores, photos, numbers)


def measured(scores: NDArray[np.float32], photos: Photos, numbers: Sequence[int]) -> Evaluation:
    """The figures: `numbers` are the outputs that the classes of the photos mean."""
    count = len(photos.classes)
    column = np.full(scores.shape[1], count)  # where each output lies among the classes; all other labels share the last place
    column[list(numbers)] = np.arange(count)
    top = np.eye(count + 1, dtype=np.float32)[column[np.argmax(scores, axis=1)]]
    matrix = metrics.confusion(top, photos.labels, count + 1)[:count]
    return Evaluation(
        accuracy=metrics.accuracy(top, photos.labels),
        images=len(scores),
        per_class=metrics.per_class(top, photos.labels, photos.classes),
        confusion=tuple(tuple(int(cell) for cell in row) for row in matrix),
        bad=photos.bad,
    )


def all_photos(places: list[str], resolution: int, channels: int, emit: Emit) -> Photos:
    """Every readable photo; a class may have only one, as nothing is trained."""
    from builder.data import Rows
    from builder.data.pixels import decoded
    from builder.data.source import list_photos

    listings = [list_photos(place, emit) for place in places]
    items = [item for listing in listings for item in listing.items]
    classes = tuple(dict.fromkeys(name for listing in listings for name in listing.classes))
    pixels = decoded(items, resolution, channels, emit)
    good = [item for item in items if item.digest in pixels.row]
    bad = tuple((item.name, item.problem or pixels.bad.get(item.digest, "")) for item in items if item.digest not in pixels.row)
    if not good:
        why = f" The first one: {bad[0][0]}: {bad[0][1]}." if bad else ""
        raise DataError(f"None of the {len(items):,} photos in {', '.join(places)} can be read.{why}")
    number = {name: index for index, name in enumerate(classes)}
    rows = np.array([pixels.row[item.digest] for item in good], np.int64)
    return Photos(
        images=Rows(pixels.rows, rows, pixels.lease),
        labels=np.array([number[item.label] for item in good], np.int32),
        classes=classes,
        bad=bad,
    )


def split_photos(
    data: str, test_data: str | None, split: SplitName, split_seed: int, resolution: int, channels: int, emit: Emit
) -> Photos:
    """The photos of one split, as a build with this split seed has them."""
    from builder.data import open_source, prepare

    source = open_source(data, test_data, emit=emit)
    dataset = prepare(source, resolution=resolution, channels=channels, split_seed=split_seed, bad_share_max=1.0, emit=emit)
    chosen = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}[split]
    bad = tuple((photo.name, photo.reason) for photo in dataset.report.bad)
    return Photos(chosen.images, chosen.labels, dataset.classes, bad)
