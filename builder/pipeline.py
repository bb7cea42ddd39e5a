"""The order of a build: photos, training, export, verification, report. The only file that knows it.

Each stage hands over values and whole files. What was finished before a build was killed is not done again: decoded photos
are in the cache, epochs in the checkpoint, trained weights and exported files in the folder with a record (`builder.records`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from builder import outcomes, records
from builder.architecture import Network, layers
from builder.config import BuildConfig, Variant
from builder.data import Augmenter, Dataset, Source, prepare, strength_for
from builder.event_log import EventLog, last_words, read_events
from builder.events import Emit
from builder.findings import Trained, build_report
from builder.gate import judge
from builder.output import captured
from builder.report import BuildReport, GateFinding, render_html, report_text
from builder.report.model import PREFERRED
from builder.runs import Run, write_atomically
from builder.stages import Stages
from builder.verify.metrics import Top

if TYPE_CHECKING:
    from builder.verify import VariantCheck
    from builder.warm_start import WarmStart

START = "start.json"
LABELS = "labels.txt"
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
    run.tidy()
    earlier, _ = read_events(run.events_path)
    log = EventLog(run.events_path)
    stages = Stages(log, emit, earlier=earlier)
    with last_words(log), captured(run.log_path if capture_output else None):
        write_atomically(run.folder / "config.yaml", config.to_yaml())
        return build(config, run, source, stages)


def build(config: BuildConfig, run: Run, source: Source, stages: Stages) -> BuildReport:
    """The stages in their order."""
    from builder.train.compiled import ready

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
    with ready(model) as scoring:
        files = export(config, network, scoring, dataset, run, stages)
        with stages.stage("verify"):
            scores = predict(scoring, dataset.test.images)
            validation_scores = predict(scoring, dataset.validation.images)
            checks = verify(files, dataset, scores, stages)
            gate = judged(config, trained, files, dataset, validation_scores)
    with stages.stage("report"):
        report = build_report(config, run, dataset, trained, scores, validation_scores, checks, stages, gate)
        said = outcomes.Outcomes.of(dataset, Top.of(scores), checks)
        outcomes.keep(run.folder, said, report.hero, dataset.test.images)
        write_atomically(run.folder / "report.html", render_html(report))
        write_atomically(run.report_path, report_text(report))  # the last of all: from now on the build is done
    run.tidy_finished()
    return report


def train(config: BuildConfig, network: Network, source: Source, dataset: Dataset, run: Run, stages: Stages) -> tuple[Any, Trained]:
    """The trained network in float32, from an earlier process or trained now."""
    import keras

    from builder import model as models

    keras.utils.set_random_seed(config.seed)
    model = models.build(keras, layers(network), seed=config.seed)
    trained = records.read_trained(run)
    if trained is not None:
        model.load_weights(run.folder / records.MODEL)
        stages.reused("train")
        return model, trained
    with stages.stage("train"):
        trained = train_now(config, network, source, dataset, run, stages, model)
        records.write_trained(run, model, trained)
    return model, trained


def train_now(
    config: BuildConfig, network: Network, source: Source, dataset: Dataset, run: Run, stages: Stages, model: Any
) -> Trained:
    """Applies the warm start and trains; the weights end up in `model`, whose variables stay float32 whatever training takes."""
    import keras

    from builder import warm_start
    from builder.train import fit

    start = warm_start_of(config, network, run, stages)
    stages.emit("note", message=start.why)
    sample = np.random.default_rng(config.seed).permutation(len(dataset.train))[:STATISTICS_PHOTOS]
    photos = dataset.train.images[np.sort(sample)]
    for note in warm_start.apply(keras, model, start, photos, dataset.classes):
        stages.emit("note", message=note)
    if config.training.epochs == 0:
        fill = warm_start.seeded_head if start.warm else warm_start.seeded
        fill(model, config.seed)
        return Trained.untrained(start)
    fitted = fit(
        keras,
        model,
        dataset,
        config.training,
        augmenter=augmenter(config, source, dataset),
        seed=config.seed,
        folder=run.training,
        emit=stages.emit,
        warm=start.warm,
    )
    return Trained.fitted(start, fitted)


def warm_start_of(config: BuildConfig, network: Network, run: Run, stages: Stages) -> WarmStart:
    """Where the weights start from.

    What `auto` means depends on whether the network can be reached, so it is decided once a build: epochs that were trained from
    scratch would be lost if ImageNet weights could be had when the build is taken up again.
    """
    from builder import warm_start

    if config.init != "auto":
        return warm_start.resolve(config.init, network, emit=stages.emit)
    path = run.training / START
    decided = records.read_json(path)
    if decided.get("kind") in ("scratch", "imagenet"):
        return replace(warm_start.resolve(decided["kind"], network, emit=stages.emit), why=str(decided.get("why")))
    start = warm_start.resolve("auto", network, emit=stages.emit)
    records.write_json(path, {"kind": start.kind, "why": start.why})
    return start


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
    import keras

    from builder.export.about import about
    from builder.export.calibration import sample
    from builder.export.convert import export as convert
    from builder.export.freeze import rebuild

    files: dict[Variant, Path] = {variant: run.folder / f"{variant}.tflite" for variant in config.variants}
    names = [LABELS, *(path.name for path in files.values())]
    if records.is_exported(run, names):
        stages.reused("export")
        return files
    with stages.stage("export"):
        exportable = model if keras.backend.backend() == "tensorflow" else rebuild(network, model.get_weights())
        said = about(config, network, dataset.classes, run.id)
        files = convert(exportable, config.variants, sample(dataset.train, seed=config.seed), said, run.folder, stages.emit)
        records.write_exported(run, names)
    return files


def verify(files: dict[Variant, Path], dataset: Dataset, scores: NDArray[np.float32], stages: Stages) -> dict[str, VariantCheck]:
    """What the bytes of the files do on the test photos, beside the network's own scores."""
    from builder.verify import verify_variants

    return verify_variants(
        {str(variant): path for variant, path in files.items()},
        dataset.test.images,
        dataset.test.labels,
        scores,
        dataset.classes,
        emit=stages.emit,
    )


def judged(
    config: BuildConfig, trained: Trained, files: dict[Variant, Path], dataset: Dataset, validation_scores: NDArray[np.float32]
) -> GateFinding | None:
    """What the gate says of the file that most people take; None where it is off, or where there is nothing to compare."""
    from builder.matrix.counting import gzip_bytes
    from builder.verify.check import NORMALIZATION
    from builder.verify.scoring import top_labels

    variant = next((each for each in PREFERRED if each in files), None)
    if config.gate.mode == "off" or not trained.history or variant is None:
        return None
    said = top_labels(files[variant], dataset.validation.images, NORMALIZATION)
    if said is None:  # LiteRT cannot run it, which its checks say
        return None
    content = files[variant].read_bytes()
    verdict = judge(
        config.gate.limits,
        np.argmax(validation_scores, axis=1).tolist(),
        said.tolist(),
        dataset.validation.labels.tolist(),
        dataset.classes,
        flash_bytes=len(content),
        gzip_bytes=gzip_bytes(content),
    )
    return GateFinding(variant, config.gate.limits, verdict)


def predict(model: Any, images: Any) -> NDArray[np.float32]:
    """Class scores of photos, float32 (N, classes), a few hundred photos in memory at a time."""
    from builder.preprocessing import normalize

    parts = [
        np.asarray(model.predict(normalize(images[start : start + PREDICTION_PHOTOS]), batch_size=64, verbose=0))
        for start in range(0, len(images), PREDICTION_PHOTOS)
    ]
    return np.concatenate(parts).astype(np.float32)
