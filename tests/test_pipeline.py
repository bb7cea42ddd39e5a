"""The pipeline's outcome: what lies in the folder of a build agrees with itself, and with the other commands."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import builder
from builder import pipeline
from builder.architecture import Network
from builder.config import VARIANTS, Augmentation, BuildConfig, Training
from builder.data import Dataset, open_source, prepare
from builder.event_log import read_events
from builder.flash.estimate import flash_sizes
from builder.planner import plan
from builder.runs import Run
from builder.stages import Stages
from builder.start import FinishedBuild
from builder.warm_start import WarmStart

STAGES = ("data", "train", "export", "verify", "report")
DIGITS = Network(alpha=0.25, resolution=32, channels=3, classes=10)


@pytest.fixture(scope="module")
def report(small_build: FinishedBuild) -> dict[str, Any]:
    """report.json as other programs read it."""
    values: dict[str, Any] = json.loads((small_build.folder / "report.json").read_text())
    return values


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The small build's photos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return prepare(open_source("digits"), resolution=32, channels=3, split_seed=0, bad_share_max=0.1)


def stages_of(folder: Path) -> list[tuple[str, str]]:
    """Each stage event of a build: the stage and its state."""
    events, _ = read_events(folder / "events.jsonl")
    return [(event["stage"], event["state"]) for event in events if event["event"] == "stage"]


# The report.


def test_the_report_has_what_other_programs_rely_on(report: dict[str, Any], small_config: BuildConfig) -> None:
    assert BuildConfig(**report["config"]) == small_config
    assert report["predicted"] == json.loads(json.dumps(plan(small_config, classes=10).to_json()))
    assert 0 <= report["measured"]["keras"]["accuracy"] <= 1
    assert list(report["measured"]["variants"]) == list(VARIANTS)
    for name, made in report["measured"]["variants"].items():
        assert made["file"] == f"{name}.tflite"
        assert 0 <= made["accuracy"] <= 1
        assert made["latency_ms"] > 0
        assert (made["arena_bytes"] is None) == bool(made["arena_reason"])
    assert report["seeds"] == {"seed": 0, "split_seed": 0}
    assert report["dataset"]["fingerprint"] == open_source("digits").fingerprint
    assert report["labels"] == list("0123456789")


def test_hashes_and_sizes_are_those_of_the_files(report: dict[str, Any], small_build: FinishedBuild) -> None:
    for made in report["measured"]["variants"].values():
        content = (small_build.folder / made["file"]).read_bytes()
        assert made["sha256"] == hashlib.sha256(content).hexdigest()
        assert made["flash_bytes"] == len(content)


def test_sizes_are_those_that_were_estimated(report: dict[str, Any]) -> None:
    measured = {name: made["flash_bytes"] for name, made in report["measured"]["variants"].items()}
    assert measured == flash_sizes(DIGITS)


def test_no_file_failed_a_check(small_build: FinishedBuild) -> None:
    assert small_build.report.failed_checks == ()


def test_the_kept_weights_have_the_reported_accuracy(small_build: FinishedBuild, dataset: Dataset) -> None:
    import keras

    model = keras.saving.load_model(small_build.folder / "model.keras", compile=False)
    right = np.argmax(pipeline.predict(model, dataset.test.images), axis=1) == dataset.test.labels
    assert small_build.report.measured.keras.accuracy == right.mean()
    assert right.mean() > 0.5  # a tenth is chance


def test_counts_of_the_splits_add_up(small_build: FinishedBuild, dataset: Dataset) -> None:
    summary = small_build.report.dataset
    assert summary.photos == summary.used + len(summary.bad) == 1797
    assert [summary.count(split) for split in ("train", "validation", "test")] == [
        len(dataset.train),
        len(dataset.validation),
        len(dataset.test),
    ]


def test_nothing_but_what_is_needed_stays_in_the_folder(small_build: FinishedBuild) -> None:
    records = {"build.json", "config.yaml", "events.jsonl", "log.txt", "lock", "trained.json", "exported.json"}
    files = {f"{variant}.tflite" for variant in VARIANTS} | {"labels.txt", "model.keras", "report.html", "report.json"}
    files |= {"outcomes.json", "photos"}
    assert {path.name for path in small_build.folder.iterdir()} == records | files
    assert Run(small_build.folder).status() == "done"


def test_events_tell_every_stage_from_start_to_end(small_build: FinishedBuild) -> None:
    assert stages_of(small_build.folder) == [(stage, state) for stage in STAGES for state in ("start", "done")]
    events, _ = read_events(small_build.folder / "events.jsonl")
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2, 3, 4]
    assert [event["variant"] for event in events if event["event"] == "variant"] == list(VARIANTS)
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


# The other commands on the same files.


@pytest.mark.parametrize("variant", ["float32", "int8"])
def test_evaluate_on_the_test_split_gives_the_reported_accuracy(small_build: FinishedBuild, variant: str) -> None:
    evaluation = builder.evaluate(small_build.folder / f"{variant}.tflite", "digits", split="test")
    made = small_build.report.measured.variants[variant]
    assert evaluation.accuracy == made.accuracy
    assert evaluation.images == small_build.report.measured.keras.images


def test_inspect_gives_the_reported_arena_and_counts(small_build: FinishedBuild) -> None:
    inspection = builder.inspect(small_build.folder / "int8_micro.tflite")
    made = small_build.report.measured.variants["int8_micro"]
    assert inspection.arena_bytes == made.arena_bytes
    assert inspection.multiply_adds == small_build.report.predicted["multiply_adds"]
    assert inspection.labels == tuple("0123456789")


def test_predict_names_photos_as_evaluate_counts_them(small_build: FinishedBuild, dataset: Dataset, tmp_path: Path) -> None:
    file = small_build.folder / "int8.tflite"
    true = dataset.test.labels[:60]
    photos = []
    for number, label in enumerate(true):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        photos.append(tmp_path / str(label) / f"{number}.png")
        Image.fromarray(dataset.test.images[number]).save(photos[-1])
    named = [prediction.labels[0].label for prediction in builder.predict(file, photos)]
    right = sum(name == str(label) for name, label in zip(named, true, strict=True))
    assert right > 30
    assert builder.evaluate(file, tmp_path).accuracy == right / 60


# Other ways through.


def test_an_initialised_network_is_exported_with_a_trained_ones_structure(tmp_path: Path) -> None:
    config = BuildConfig(resolution=32, init="scratch", variants=("int8_micro", "dynamic"), training=Training(epochs=0))
    one = builder.build(config, tmp_path / "one", capture_output=True)
    two = builder.build(config, tmp_path / "two", title="Another", capture_output=True)
    made = one.report.measured.variants
    assert {name: each.flash_bytes for name, each in made.items()} == flash_sizes(DIGITS, ("dynamic", "int8_micro"))
    assert sorted(path.name for path in one.folder.glob("*.tflite")) == ["dynamic.tflite", "int8_micro.tflite"]
    assert one.report.training.history == ()
    assert one.report.failed_checks == ()
    assert (one.report.build.title, two.report.build.title) == ("digits-a0.25-r32", "Another")
    assert {name: each.sha256 for name, each in two.report.measured.variants.items()} == {
        name: each.sha256 for name, each in made.items()
    }


@pytest.mark.slow
def test_mixed_precision_leaves_float32_weights_and_files(tmp_path: Path) -> None:
    import keras

    config = BuildConfig(
        data=str(squares(tmp_path / "squares")),
        resolution=32,
        init="scratch",
        variants=("float32",),
        training=Training(epochs=1, dtype="mixed_bfloat16"),
    )
    finished = builder.build(config, tmp_path / "exports", capture_output=True)
    model = keras.saving.load_model(finished.folder / "model.keras", compile=False)
    assert {str(layer.compute_dtype) for layer in model.layers} == {"float32"}
    assert finished.report.training.dtype == "mixed_bfloat16"
    assert finished.report.failed_checks == ()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_a_network_trained_on_jax_is_exported_and_verified(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "builder", "build", "--json", "--data", str(squares(tmp_path / "squares"))]
    options = ["--resolution", "32", "--epochs", "1", "--init", "scratch", "--exports", str(tmp_path / "exports")]
    variants = ["--variant", "float32", "--variant", "int8_micro"]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([*command, *options, *variants], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report["measured"]["variants"]) == ["float32", "int8_micro"]
    states = {
        name: {check["name"]: check["state"] for check in made["checks"]} for name, made in report["measured"]["variants"].items()
    }
    assert states["float32"]["agreement"] == "passed"
    assert states["int8_micro"]["integer"] == "passed"
    assert "failed" not in {state for checks in states.values() for state in checks.values()}


def squares(folder: Path) -> Path:
    """Two classes of 20 small photos: a bright square on the left, or on the right."""
    random = np.random.default_rng(0)
    for name, column in (("left", 2), ("right", 18)):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            pixels = random.integers(0, 90, (32, 32, 3), np.uint8)
            pixels[8:24, column : column + 12] += 150
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def test_auto_is_decided_once_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reachable = False
    asked: list[str] = []

    def resolve(init: str, *_: object, **__: object) -> WarmStart:
        asked.append(init)
        found = "imagenet" if init == "imagenet" or (init == "auto" and reachable) else "scratch"
        return WarmStart("imagenet" if found == "imagenet" else "scratch", None, f"{found}, when asked for {init}")

    monkeypatch.setattr("builder.warm_start.resolve", resolve)

    def decide(config: BuildConfig) -> WarmStart:
        return pipeline.warm_start_of(config, DIGITS, Run(tmp_path), Stages())

    first = decide(BuildConfig(init="auto"))
    reachable = True
    assert decide(BuildConfig(init="auto")) == first == WarmStart("scratch", None, "scratch, when asked for auto")
    assert decide(BuildConfig(init="imagenet")).kind == "imagenet"
    (tmp_path / "training" / "start.json").write_text("{")
    assert decide(BuildConfig(init="auto")).kind == "imagenet"
    assert asked == ["auto", "scratch", "imagenet", "auto"]


@pytest.mark.parametrize(
    ("data", "mirror", "mirrored"),
    [("digits", None, False), ("digits", True, True), ("photos", None, True), ("photos", False, False)],
)
def test_digits_are_not_mirrored_unless_asked(dataset: Dataset, data: str, mirror: bool | None, mirrored: bool) -> None:
    source = replace(open_source("digits"), builtin="digits" if data == "digits" else None)
    config = BuildConfig(augmentation=Augmentation(strength="light", mirror=mirror))
    augmenter = pipeline.augmenter(config, source, dataset)
    assert augmenter is not None
    assert augmenter.mirror is mirrored


def test_nothing_to_augment_is_no_augmenter(dataset: Dataset) -> None:
    config = BuildConfig(augmentation=Augmentation(strength="none", mirror=False))
    assert pipeline.augmenter(config, open_source("digits"), dataset) is None


def test_python_from_end_to_end(small_build: FinishedBuild, small_config: BuildConfig, tmp_path: Path) -> None:
    from builder import BuildConfig, build, evaluate, inspect, plan, predict

    planned = plan(BuildConfig(resolution=32), classes=10).to_json()
    finished = build(small_config, small_build.folder.parent)
    file = finished.folder / "int8.tflite"
    assert inspect(file).multiply_adds == planned["multiply_adds"] == finished.report.predicted["multiply_adds"]
    assert evaluate(file, "digits").images == 1797
    Image.new("RGB", (40, 30)).save(tmp_path / "black.png")
    (prediction,) = predict(file, tmp_path / "black.png", top=3)
    assert len({each.label for each in prediction.labels} & set("0123456789")) == 3
