"""Turns what the stages found out into the report's values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from builder import planner
from builder.config import BuildConfig
from builder.data import Dataset
from builder.export.about import texts
from builder.report import (
    BuildInfo,
    BuildReport,
    Check,
    DatasetSummary,
    EpochRecord,
    GateFinding,
    KerasScores,
    Measured,
    TrainingSummary,
    VariantMeasure,
    WarmStartSummary,
)
from builder.report.surroundings import package_versions, this_machine
from builder.runs import Run
from builder.stages import Stages
from builder.verify.metrics import accuracy, confusion, per_class

if TYPE_CHECKING:
    from builder.train import FitResult
    from builder.verify import VariantCheck
    from builder.warm_start import WarmStart


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training, as trained.json keeps it; plain values, see `report.TrainingSummary`."""

    start_kind: str
    start_why: str
    epochs: int = 0
    best_epoch: int | None = None
    images_per_second: float | None = None
    batch_size: int | None = None
    dtype: str = "float32"
    accelerators: tuple[str, ...] = ()
    history: tuple[dict[str, Any], ...] = ()

    @classmethod
    def untrained(cls, start: WarmStart) -> Trained:
        """An initialised network."""
        return cls(start_kind=start.kind, start_why=start.why)

    @classmethod
    def fitted(cls, start: WarmStart, fitted: FitResult) -> Trained:
        """A trained one."""
        return cls(
            start_kind=start.kind,
            start_why=start.why,
            epochs=fitted.recipe.epochs,
            best_epoch=fitted.best_epoch or None,
            images_per_second=fitted.images_per_second,
            batch_size=fitted.recipe.batch_size,
            dtype=fitted.devices.policy,
            accelerators=fitted.devices.accelerators,
            history=tuple(asdict(record) for record in fitted.history),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Trained:
        """The inverse of `to_json`."""
        tuples = {name: tuple(values[name]) for name in ("accelerators", "history")}
        return cls(**{**values, **tuples})

    def summary(self) -> TrainingSummary:
        """For the report."""
        return TrainingSummary(
            epochs=self.epochs,
            best_epoch=self.best_epoch,
            images_per_second=self.images_per_second,
            history=tuple(EpochRecord.of(record) for record in self.history),
            batch_size=self.batch_size,
            dtype=self.dtype,
            device=", ".join(self.accelerators) or "cpu",
        )


def build_report(
    config: BuildConfig,
    run: Run,
    dataset: Dataset,
    trained: Trained,
    scores: NDArray[np.float32],
    validation_scores: NDArray[np.float32],
    checks: Mapping[str, VariantCheck],
    stages: Stages,
    gate: GateFinding | None = None,
) -> BuildReport:
    """Puts everything in its place.

    Args:
        scores: the network's class scores of the test photos, float32 (N, classes).
        validation_scores: the same of the validation photos.
        checks: what verification found, by variant.
        stages: notes, warnings and seconds.
        gate: what the gate says; None where it was not asked.
    """
    about = run.description()
    return BuildReport(
        build=BuildInfo(
            id=run.id,
            label=about.get("label", run.folder.name),
            title=about.get("title", run.folder.name),
            started=float(about.get("created", 0.0)),
            finished=time.time(),
            seconds={name: round(seconds, 3) for name, seconds in stages.seconds.items()},
        ),
        config=config.model_dump(mode="json"),
        predicted=planner.plan(
            config,
            labels=dataset.classes,
            texts=texts(config, run.id),
        ).to_json(),
        measured=Measured(
            keras=keras_scores(dataset, scores, validation_scores),
            variants={variant: measure(check) for variant, check in checks.items()},
        ),
        dataset=DatasetSummary.of(dataset, data=config.data, test_data=config.test_data),
        training=trained.summary(),
        warm_start=WarmStartSummary(kind=trained.start_kind, why=trained.start_why),
        seeds={"seed": config.seed, "split_seed": config.split_seed},
        versions=package_versions(),
        machine=this_machine(trained.accelerators),
        labels=tuple(dataset.classes),
        notes=tuple(stages.notes),
        warnings=tuple(stages.warnings),
        gate=gate,
    )


def keras_scores(dataset: Dataset, scores: NDArray[np.float32], validation_scores: NDArray[np.float32]) -> KerasScores:
    """The network's own accuracy, before it became a file."""
    labels = dataset.test.labels
    matrix = confusion(scores, labels, len(dataset.classes))
    return KerasScores(
        accuracy=accuracy(scores, labels),
        val_accuracy=accuracy(validation_scores, dataset.validation.labels),
        images=len(labels),
        per_class=per_class(scores, labels, dataset.classes),
        confusion=tuple(tuple(int(count) for count in row) for row in matrix),
    )


def measure(check: VariantCheck) -> VariantMeasure:
    """One file's findings."""
    return VariantMeasure(
        file=check.file,
        sha256=check.sha256,
        flash_bytes=check.flash_bytes,
        accuracy=check.accuracy,
        parameters=check.parameters,
        multiply_adds=check.multiply_adds,
        arena_bytes=check.arena_bytes,
        arena_reason=check.arena_reason,
        latency_ms=check.latency_ms,
        latency_threads=check.latency_threads,
        label_flips=check.label_flips,
        max_difference=check.max_difference,
        checks=tuple(Check(each.name, each.state, each.reason) for each in check.checks),
    )
