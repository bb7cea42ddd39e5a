"""What MLflow is told about a finished build, read from its folder."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from builder.matrix.json_file import matrix_path, read_matrix
from builder.matrix.model import Matrix
from builder.report.json_file import read_report
from builder.report.model import BuildReport, EpochRecord
from builder.resolutions.json_file import read_resolutions, resolutions_path
from builder.resolutions.model import Resolutions
from builder.runs import Run

BUILD, CONTENT = "builder.build_id", "builder.content"  # the tags that a build is found again by
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "images_per_second")
FIGURES = ("accuracy", "flash_bytes", "arena_bytes", "latency_ms", "multiply_adds", "parameters", "label_flips")
FILES = ("*.tflite", "compressed/*.tflite", "resolutions/*/*.tflite", "labels.txt", "config.yaml", "report.html", "report.json")
RECORDS = ("compressed/matrix.json", "resolutions/resolutions.json")


@dataclass(frozen=True, slots=True)
class Metric:
    """One number; `step` is the epoch, from 1, and 0 for what was measured once."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One build as MLflow keeps it.

    Args:
        name: what people see.
        started: seconds since 1970.
        finished: seconds since 1970.
        parameters: settings by their dotted names, as in a batch file, and what decides a result besides them.
        metrics: the curves of training, what was measured of each file, and of the file to show first without its name before it.
        tags: all begin with `builder.`; `CONTENT` changes when the build is made anew or gets more files.
        files: paths below the build's folder.
    """

    name: str
    started: float
    finished: float
    parameters: Mapping[str, str]
    metrics: tuple[Metric, ...]
    tags: Mapping[str, str]
    files: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, tags: Mapping[str, str]) -> Self:
        """What there is to tell of a finished build.

        Args:
            run: its folder.
            tags: of the caller, such as `{"batch": "nightly"}`; `builder.` is put before each name.

        Raises:
            InvalidInput: it has no report, or a file of it is damaged.
        """
        report, matrix, resolutions = read_report(run.report_path), read_matrix(run.folder), read_resolutions(run.folder)
        own = {BUILD: run.id, CONTENT: content_of(run), **tags_of(report, matrix)}
        return cls(
            name=run.folder.name,
            started=report.build.started,
            finished=report.build.finished,
            parameters=parameters_of(report),
            metrics=tuple(metrics_of(report, matrix, resolutions)),
            tags={f"builder.{name}": str(value) for name, value in tags.items()} | own,
            files=tuple(files_of(run.folder)),
        )


def content_of(run: Run) -> str:
    """A hash of what the build found out: of report.json, and of the records of later work on it."""
    digest = hashlib.sha256(run.report_path.read_bytes())
    for path in (matrix_path(run.folder), resolutions_path(run.folder)):
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def parameters_of(report: BuildReport) -> dict[str, str]:
    """Settings by their dotted names; those that are not set are left out."""
    known = dict(flattened(report.config)) | {
        "rho": report.predicted.get("rho"),
        "classes": len(report.labels),
        "fingerprint": report.dataset.fingerprint,
        "photos": report.dataset.used,
        "warm_start": report.warm_start.kind,
        "dtype": report.training.dtype,
        "device": report.training.device,
    }
    return {name: worded(value) for name, value in known.items() if value not in (None, "", [])}


def flattened(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings with dotted names."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{before}{name}.")
        else:
            yield before + name, value


def worded(value: Any) -> str:
    """A setting as its YAML would have it, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def tags_of(report: BuildReport, matrix: Matrix | None) -> dict[str, str]:
    """What builds are told apart by that is no setting."""
    tags = {"builder.version": report.versions.get("mobilenet-builder", ""), "builder.variant": report.hero or ""}
    if report.gate is not None:
        tags["builder.gate"] = "; ".join(report.gate.verdict.reasons) or "passed"
    if matrix is not None:
        tags["builder.techniques"] = ", ".join(row.technique for row in matrix.rows if row.files)
        tags["builder.technique"] = matrix.chosen or ""
    return {name: value for name, value in tags.items() if value}


def metrics_of(report: BuildReport, matrix: Matrix | None, resolutions: Resolutions | None) -> Iterator[Metric]:
    """Every number that was measured; what was not is left out."""
    for epoch in report.training.history:
        yield from curve(epoch)
    measured = report.measured
    hero = measured.variants.get(report.hero or "")
    found: dict[str, float | None] = {
        "seconds": report.build.took,
        "best_epoch": report.training.best_epoch,
        "network/accuracy": measured.keras.accuracy,
        "network/val_accuracy": measured.keras.val_accuracy,
        "test_accuracy": hero.accuracy if hero else measured.keras.accuracy,
    }
    found |= {name: getattr(hero, name) for name in FIGURES[1:] if hero}
    for variant, file in measured.variants.items():
        found |= figures(variant, file)
    for row in matrix.rows if matrix else ():
        found |= figures(f"compressed/{row.technique}", row.first) | figures(f"compressed/{row.technique}", row)
    for size in resolutions.others if resolutions else ():
        found |= figures(f"resolutions/{size.resolution}", size)
        for variant, exported in size.files.items():
            found |= figures(f"resolutions/{size.resolution}/{variant}", exported.measured)
    yield from (Metric(name, float(value)) for name, value in found.items() if value is not None and math.isfinite(value))


def curve(epoch: EpochRecord) -> Iterator[Metric]:
    """One epoch."""
    for name in CURVES:
        value = getattr(epoch, name)
        if value is not None and math.isfinite(value):
            yield Metric(name, float(value), epoch.epoch)


def figures(before: str, measured: Any) -> dict[str, float | None]:
    """Those of `FIGURES` that something has, and its validation accuracy, named after it."""
    return {f"{before}/{name}": getattr(measured, name) for name in (*FIGURES, "val_accuracy") if hasattr(measured, name)}


def files_of(folder: Path) -> Iterable[str]:
    """What is worth having of a build's folder, as paths below it, each once; what is still being written is passed over."""
    found = itertools.chain.from_iterable(sorted(folder.glob(pattern)) for pattern in (*FILES, *RECORDS))
    return dict.fromkeys(path.relative_to(folder).as_posix() for path in found if path.is_file() and not path.name.startswith("."))
