"""From a technique's files to its row: their bytes counted, run on validation and test photos, verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from builder.events import Emit, silent
from builder.matrix.counting import counts_of, gzip_bytes
from builder.matrix.model import File, LayerKept, LeftAlone, Network, Row
from builder.matrix.shelf import title_of
from builder.report.model import Check
from builder.verify.check import NORMALIZATION, verify_variants
from builder.verify.metrics import per_class
from builder.verify.scoring import top_labels

if TYPE_CHECKING:
    from builder.data import Dataset
    from builder.verify import VariantCheck


@dataclass(frozen=True, slots=True)
class Said:
    """Top labels of the photos by number of class: what a technique is judged by."""

    test: tuple[int, ...]
    validation: tuple[int, ...]

    @classmethod
    def of(cls, test: NDArray[Any], validation: NDArray[Any]) -> Said:
        """From arrays of labels."""
        return cls(tuple(map(int, test)), tuple(map(int, validation)))


@dataclass(frozen=True, slots=True)
class Scored:
    """The trained network's scores, float32 (N, classes), which all files are held against."""

    test: NDArray[np.float32]
    validation: NDArray[np.float32]

    @property
    def said(self) -> Said:
        """Its top labels."""
        return Said.of(np.argmax(self.test, axis=1), np.argmax(self.validation, axis=1))

    def network(self, dataset: Dataset) -> Network:
        """How good it is."""
        return Network(
            accuracy=share_right(np.argmax(self.test, axis=1), dataset.test.labels),
            val_accuracy=share_right(np.argmax(self.validation, axis=1), dataset.validation.labels),
            per_class=per_class(self.test, dataset.test.labels, dataset.classes),
            test_photos=len(dataset.test),
            validation_photos=len(dataset.validation),
        )


def measured(
    technique: str,
    files: Mapping[str, Path],
    folder: Path,
    dataset: Dataset,
    network: Scored,
    *,
    emit: Emit = silent,
    trained: bool = False,
    epochs: int = 0,
    settings: Mapping[str, Any] | None = None,
    left_alone: Sequence[LeftAlone] = (),
    kept: Sequence[LayerKept] = (),
) -> tuple[Row, Said | None]:
    """A technique's row, and what its first file said about the photos.

    Args:
        technique: its name.
        files: by variant (float32, float16, dynamic, int16, int8, int8_micro), the one that is judged first.
        folder: the build's; files are named by their path below it.
        dataset: the photos.
        network: the trained network's scores.

    Returns:
        The row without its time and verdict; None in place of labels where LiteRT cannot run the first file.
    """
    checks = verify_variants(files, dataset.test.images, dataset.test.labels, network.test, dataset.classes, emit=emit)
    first, path = next(iter(files.items()))
    content = path.read_bytes()
    counts = counts_of(content)
    made = tuple(file_of(checks[name], files[name], folder) for name in files)
    row = Row(
        technique=technique,
        title=title_of(technique),
        trained=trained,
        files=made,
        accuracy=checks[first].accuracy,
        multiply_adds=counts.multiply_adds,
        multiply_adds_left=counts.multiply_adds_left,
        sparsity=counts.sparsity,
        values=counts.values,
        label_flips=checks[first].label_flips,
        epochs=epochs,
        settings=dict(settings or {}),
        left_alone=tuple(left_alone),
        kept=tuple(kept),
    )
    validation = top_labels(path, dataset.validation.images, NORMALIZATION)
    top = checks[first].top
    if top is None or validation is None:
        return row, None
    return with_labels(row, Said.of(top.labels, validation), dataset, network.said), Said.of(top.labels, validation)


def with_labels(row: Row, said: Said, dataset: Dataset, network: Said) -> Row:
    """The row with what follows from the labels that its first file gave."""
    test, validation = np.array(said.test), np.array(said.validation)
    right = test == dataset.test.labels
    by_class = {
        name: float(right[dataset.test.labels == number].mean()) if (dataset.test.labels == number).any() else None
        for number, name in enumerate(dataset.classes)
    }
    before = share_right(np.array(network.test), dataset.test.labels)
    return replace(
        row,
        per_class=by_class,
        val_accuracy=share_right(validation, dataset.validation.labels),
        drop=before - share_right(test, dataset.test.labels),
    )


def file_of(check: VariantCheck, path: Path, folder: Path) -> File:
    """One file's measures."""
    return File(
        file=path.relative_to(folder).as_posix(),
        sha256=check.sha256,
        flash_bytes=check.flash_bytes,
        gzip_bytes=gzip_bytes(path.read_bytes()),
        accuracy=check.accuracy,
        arena_bytes=check.arena_bytes,
        arena_reason=check.arena_reason,
        latency_ms=check.latency_ms,
        checks=tuple(Check(each.name, each.state, each.reason) for each in check.checks),
    )


def share_right(labels: NDArray[Any], true: NDArray[Any]) -> float:
    """The share of photos that were named rightly; 0 without any."""
    return float(np.mean(labels == true)) if len(true) else 0.0
