"""The order of a build: photos, training, export, verification, report. The only file that knows it.

Each stage hands over values and whole files. A stage that was finished before a build was killed is not done again: trained
weights are taken up when `trained.json` stands beside them, exported files when `exported.json` names their hashes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.architecture import Network, layers
from builder.config import BuildConfig, Variant
from builder.data import Augmenter, Dataset, Source, prepare, strength_for
from builder.errors import BuilderError
from builder.event_log import EventLog
from builder.events import Emit
from builder.findings import Trained, build_report
from builder.output import captured
from builder.report import BuildReport, report_text
from builder.runs import Run, write_atomically

MODEL = "model.keras"
TRAINED = "trained.json"
EXPORTED = "exported.json"
STATISTICS_PHOTOS = 256  # on which batch normalization is measured when a warm start has it folded away
PREDICTION_PHOTOS = 512  # held in memory as float32 at a time

# Built-in sets in which a mirrored photo is another thing or nothing.
NOT_MIRRORED = ("digits", "keras:mnist")


def run(config: BuildConfig, run: Run, source: Source, emit: Emit, *, capture_output: bool = False) -> BuildReport:
    """Builds into a folder whose lock the caller holds, going on where an earlier process stopped.

    Args:
        config: the settings.
        run: the folder.
        source: the photos, listed.
        emit: hears every event; events.jsonl gets them too.
        capture_output: send what libraries print to the folder's log.txt.

    Returns:
        What report.json holds.

    Raises:
        BuilderError: photos, warm start, memory or disk stop the build; finished stages stay.
    """
    log = EventLog(run.events_path)
    stages = Stages(log, emit)
    try:
        with captured(run.log_path if capture_output else None):
            write_atomically(run.folder / "config.yaml", config.to_yaml())
            return build(config, run, source, stages)
    except BuilderError as error:
        log("failed", message=str(error), exit_code=error.exit_code)
        raise
    except KeyboardInterrupt:
        log("failed", message="Stopped by Ctrl-C.", exit_code=130)
        raise
    except Exception as error:
        log("failed", message=f"{type(error).__name__}: {error}", exit_code=1)
        raise
    finally:
        log.close()


@dataclass
class Stages:
    """Tells both listeners which stage runs, how long each took, and remembers what was said for the report."""

    log: EventLog
    listener: Emit
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def emit(self, event: str, /, **values: Any) -> None:
        """An `Emit`."""
        if event in ("note", "warning"):
            (self.notes if event == "note" else self.warnings).append(values["message"])
        self.log(event, **values)
        self.listener(event, **values)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Runs the body as a stage."""
        self.emit("stage", stage=name, state="start")
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.emit("stage", stage=name, state="done")

    def reused(self, name: str, seconds: float) -> None:
        """Says that an earlier process did this stage."""
        self.seconds[name] = seconds
        self.emit("stage", stage=name, state="reused")


def build(config: BuildConfig, run: Run, source: Source, stages: Stages) -> BuildReport:
    """The stages in their order."""
    from builder import verify

    with stages.stage("data"):
        dataset = prepare(
            source,
            resolution=config.resolution,
            channels=config.channels,
            split_seed=config.split_seed,
            bad_share_max=config.bad_share_max,
            emit=stages.emit,
        )
    for note in dataset.report.notes:
        stages.emit("note", message=note)
    network = config.network(len(dataset.classes))
    model, trained = train(config, network, source, dataset, run, stages)
    files = export(config, network, model, dataset, run, stages)
    with stages.stage("verify"):
        scores = predict(model, dataset.test.images)
        validation_scores = predict(model, dataset.validation.images)
        checks = verify.verify_variants(
            {str(variant): path for variant, path in files.items()},
            dataset.test.images,
            dataset.test.labels,
            scores,
            dataset.classes,
            emit=stages.emit,
        )
    report = build_report(config, run, dataset, trained, scores, validation_scores, checks, stages)
    finish(run, report, stages)
    return report


def train(config: BuildConfig, network: Network, source: Source, dataset: Dataset, run: Run, stages: Stages) -> tuple[Any, Trained]:
    """The trained network in float32, from an earlier process or trained now."""
    import keras

    from builder import model as models

    keras.utils.set_random_seed(config.seed)
    final = models.build(keras, layers(network), seed=config.seed)
    trained = read_trained(run)
    if trained is not None:
        final.load_weights(run.folder / MODEL)
        stages.reused("train", trained.seconds)
        stages.notes.extend(trained.notes)
        return final, trained
    noted = len(stages.notes)
    with stages.stage("train"):
        trained = train_now(config, network, source, dataset, run, stages, final)
    trained = trained.with_notes(tuple(stages.notes[noted:]), stages.seconds["train"])
    save_model(final, run.folder / MODEL)
    write_atomically(run.folder / TRAINED, json.dumps(trained.to_json(), indent=1) + "\n")
    return final, trained


def train_now(
    config: BuildConfig, network: Network, source: Source, dataset: Dataset, run: Run, stages: Stages, final: Any
) -> Trained:
    """Chooses the warm start, trains, and leaves the weights in `final`."""
    import keras

    from builder import model as models
    from builder import warm_start
    from builder.train import fit

    start = warm_start.resolve(config.init, network, emit=stages.emit)
    stages.emit("note", message=start.why)
    sample = np.random.default_rng(config.seed).permutation(len(dataset.train))[:STATISTICS_PHOTOS]
    photos = dataset.train.images[np.sort(sample)]
    if config.training.epochs == 0:
        for note in warm_start.apply(keras, final, start, photos, dataset.classes):
            stages.emit("note", message=note)
        if not start.warm:
            warm_start.seeded(final, config.seed)
        return Trained.untrained(start)
    trainable = models.build(keras, layers(network), seed=config.seed)
    for note in warm_start.apply(keras, trainable, start, photos, dataset.classes):
        stages.emit("note", message=note)
    fitted = fit(
        keras,
        trainable,
        dataset,
        config.training,
        augmenter=augmenter(config, source, dataset),
        seed=config.seed,
        folder=run.training,
        emit=stages.emit,
        warm=start.warm,
    )
    final.set_weights(trainable.get_weights())
    return Trained.fitted(start, fitted)


def augmenter(config: BuildConfig, source: Source, dataset: Dataset) -> Augmenter | None:
    """What changes training photos, sized to their number; None where nothing does."""
    strength = strength_for(config.augmentation.strength, len(dataset.train))
    mirror = config.augmentation.mirror
    if mirror is None:
        mirror = source.builtin not in NOT_MIRRORED
    if strength == "none" and not mirror:
        return None
    return Augmenter(strength, mirror=mirror, seed=config.seed)


def export(config: BuildConfig, network: Network, model: Any, dataset: Dataset, run: Run, stages: Stages) -> dict[Variant, Path]:
    """The .tflite files, from an earlier process when they are whole, else converted now."""
    from builder.export.calibration import sample
    from builder.export.convert import export as convert
    from builder.export.freeze import rebuild
    from builder.export.metadata import ModelMetadata

    files: dict[Variant, Path] = {variant: run.folder / f"{variant}.tflite" for variant in config.variants}
    earlier = read_json(run.folder / EXPORTED)
    if earlier.get("sha256") == {variant: sha256(path) for variant, path in files.items()}:
        stages.reused("export", float(earlier.get("seconds", 0.0)))
        return files
    with stages.stage("export"):
        about = ModelMetadata(
            labels=tuple(dataset.classes),
            name=run.description().get("title") or run.folder.name,
            description=f"MobileNet v1, alpha {network.alpha:g}, {network.resolution} px, {len(dataset.classes)} classes.",
            author=config.author,
            license=config.license,
            version="1",
            config_hash=run.id,
        )
        import keras

        exportable = model if keras.backend.backend() == "tensorflow" else rebuild(network, model.get_weights())
        files = convert(exportable, config.variants, sample(dataset.train, seed=config.seed), about, run.folder, stages.emit)
    record = {"sha256": {variant: sha256(path) for variant, path in files.items()}, "seconds": stages.seconds["export"]}
    write_atomically(run.folder / EXPORTED, json.dumps(record, indent=1) + "\n")
    return files


def predict(model: Any, images: Any) -> NDArray[np.float32]:
    """Class scores of photos, float32 (N, classes), a few hundred photos in memory at a time."""
    from builder.preprocessing import normalize

    parts = [
        np.asarray(model.predict(normalize(images[start : start + PREDICTION_PHOTOS]), batch_size=64, verbose=0))
        for start in range(0, len(images), PREDICTION_PHOTOS)
    ]
    return np.concatenate(parts).astype(np.float32)


def finish(run: Run, report: BuildReport, stages: Stages) -> None:
    """Writes report.html, then report.json: from then on the build is done. Checkpoints are no longer needed."""
    from builder.report import render_html

    write_atomically(run.folder / "report.html", render_html(report))
    write_atomically(run.report_path, report_text(report))
    stages.emit("stage", stage="report", state="done")
    run.tidy_finished()


def save_model(model: Any, path: Path) -> None:
    """Saves a Keras model whole or not at all."""
    temporary = path.with_name(f".{os.getpid()}.tmp.keras")
    try:
        model.save(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_trained(run: Run) -> Trained | None:
    """What an earlier process recorded when its training was whole; None otherwise."""
    values = read_json(run.folder / TRAINED)
    return Trained.from_json(values) if values and (run.folder / MODEL).exists() else None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON mapping; empty where the file is absent or damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def sha256(path: Path) -> str | None:
    """The hash of a file's bytes, hex; None where it is absent."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
