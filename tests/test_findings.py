"""From what the stages found out to the report's values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.config import BuildConfig, Training
from builder.data import Dataset, open_source, prepare
from builder.findings import Trained, build_report, keras_scores, measure
from builder.report import BuildReport
from builder.report.json_file import from_json
from builder.runs import Run
from builder.stages import Stages
from builder.verify.verdict import Check, VariantCheck

EPOCH = {
    "epoch": 1,
    "loss": 2.5,
    "accuracy": 0.1,
    "val_loss": 2.4,
    "val_accuracy": 0.2,
    "learning_rate": 1e-3,
    "seconds": 1.5,
    "images_per_second": 900.0,
}
CHECK = VariantCheck(
    "int8.tflite",
    "ab" * 32,
    312_000,
    accuracy=0.75,
    arena_reason="TFLite Micro is not installed",
    latency_ms=0.5,
    latency_threads=1,
    label_flips=3,
    checks=(Check("runs", "passed", ""), Check("mediapipe", "skipped", "MediaPipe is not installed")),
)


@pytest.fixture
def dataset() -> Dataset:
    return prepare(open_source("digits"), resolution=32, channels=3, split_seed=0, bad_share_max=0.1)


def naming(labels: NDArray[np.int32], wrong: int) -> NDArray[np.float32]:
    """Scores that name the first `wrong` photos as the next class, the others rightly."""
    named = labels.copy()
    named[:wrong] = (named[:wrong] + 1) % 10
    return np.eye(10, dtype=np.float32)[named]


def reported(dataset: Dataset, folder: Path, **about: Any) -> BuildReport:
    """A report on the digits."""
    run = Run(folder / "digits-0123456789")
    run.folder.mkdir()
    if about:
        run.describe(about)
    stages = Stages(earlier=[{"event": "note", "message": "said before"}])
    stages.seconds["train"] = 1.23456
    return build_report(
        BuildConfig(resolution=32, seed=3, training=Training(epochs=1)),
        run,
        dataset,
        Trained("scratch", "as asked", epochs=1, best_epoch=1, batch_size=16, history=(EPOCH,)),
        naming(dataset.test.labels, 5),
        naming(dataset.validation.labels, 0),
        {"int8": CHECK},
        stages,
    )


def test_a_training_survives_json() -> None:
    trained = Trained("imagenet", "why", 2, 1, 500.0, 32, "mixed_float16", ("GPU:0", "GPU:1"), (EPOCH, EPOCH))
    assert Trained.from_json(json.loads(json.dumps(trained.to_json()))) == trained
    assert trained.summary().device == "GPU:0, GPU:1"
    assert trained.summary().history[1].val_accuracy == 0.2


def test_accuracy_counts_test_photos_and_confusion_has_true_classes_in_rows(dataset: Dataset) -> None:
    labels = dataset.test.labels
    scores = keras_scores(dataset, naming(labels, 5), naming(dataset.validation.labels, 0))
    assert scores.accuracy == 1 - 5 / len(labels)
    assert scores.val_accuracy == 1
    assert scores.images == len(labels) == sum(map(sum, scores.confusion))
    first = int(labels[0])
    assert scores.confusion[first][(first + 1) % 10] == int(np.count_nonzero(labels[:5] == first))
    assert scores.per_class[str(first)] == scores.confusion[first][first] / np.count_nonzero(labels == first)


def test_a_file_that_was_not_measured_keeps_the_reason() -> None:
    made = measure(CHECK)
    assert (made.arena_bytes, made.arena_reason) == (None, "TFLite Micro is not installed")
    assert [(check.name, check.state) for check in made.skipped] == [("mediapipe", "skipped")]
    assert (made.sha256, made.flash_bytes, made.label_flips) == (CHECK.sha256, 312_000, 3)


def test_a_report_says_who_when_and_how(dataset: Dataset, tmp_path: Path) -> None:
    report = reported(dataset, tmp_path, label="digits-a0.25-r32", title="Mine", created=1000.0)
    assert (report.build.id, report.build.title, report.build.started) == ("0123456789", "Mine", 1000.0)
    assert report.build.seconds == {"train": 1.235}
    assert report.notes == ("said before",)
    assert report.seeds == {"seed": 3, "split_seed": 0}
    assert report.predicted["classes"] == 10
    assert report.warm_start.kind == "scratch"
    assert report.versions["python"]
    assert from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_folder_without_description_goes_by_its_name(dataset: Dataset, tmp_path: Path) -> None:
    assert reported(dataset, tmp_path).build.title == "digits-0123456789"
