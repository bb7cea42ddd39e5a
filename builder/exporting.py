"""A finished build at other resolutions: the same weights, exported and measured anew; nothing of the build is changed.

    <build>/resolutions/
        resolutions.json    every resolution beside the build's own; see `builder.resolutions`
        events.jsonl        what happened
        log.txt             what the libraries printed
        <pixels>/           <variant>.tflite and labels.txt, there when they are whole and verified

Global average pooling takes maps of any size, so one training serves every resolution. A killed export goes on with the first
resolution that is not in resolutions.json.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder import jobs, planner, records, start
from builder.architecture import check_resolution
from builder.config import VARIANTS, Variant
from builder.errors import ConfigError, InvalidInput
from builder.event_log import EventLog, last_words
from builder.events import Emit, silent
from builder.export.labels import to_text
from builder.findings import keras_scores, measure
from builder.output import captured
from builder.reopening import Reopened, check_build, held, reopen, settings_of
from builder.report import BuildReport, this_machine
from builder.resolutions import FOLDER, File, Predicted, Resolutions, Row, read_resolutions, write_resolutions
from builder.runs import Run, storage_error
from builder.stages import Stages
from builder.verify import VariantCheck

EVENTS, LOG, LABELS = "events.jsonl", "log.txt", "labels.txt"
STAGES = {"data": "Photos", "export": "Export", "verify": "Verification"}


def export_at(
    run: Run,
    resolutions: Sequence[int],
    *,
    variants: Sequence[Variant] | None = None,
    force: bool = False,
    emit: Emit = silent,
    locked: bool = False,
    capture_output: bool = False,
) -> Resolutions:
    """Writes the trained weights of a finished build at other resolutions, each measured on the test photos at that resolution.

    What was made before from the same weights is taken as it is, and `emit` hears so. One slot of the machine is held meanwhile.

    Args:
        run: the build.
        resolutions: in pixels, 32 to 2048; the build's own is passed over.
        variants: files to write; by default those of the build. Variants that were made before are made again with them.
        force: make them anew.
        emit: hears every event, see `builder.events`; stages are called `Export at 96 px`.
        locked: the caller holds the folder's lock, and no slot; by default the lock is taken here.
        capture_output: send what libraries print on stdout and stderr to the folder's log.txt meanwhile.

    Returns:
        All resolutions so far, the build's own among them.

    Raises:
        InvalidInput: the build is not done, damaged, of another version or worked on by somebody else; its photos are gone or
            others; a resolution or variant that there is not.
        MissingTool: Keras is set to a backend that training does not run on.

    Example:
        >>> export_at(Run(finished.folder), [64, 128]).row(64).files["int8"].drop
    """
    asked = list(dict.fromkeys(check_resolution(resolution) for resolution in resolutions))
    if not asked:
        raise ConfigError("Name at least one resolution, such as --resolution 128.")
    report, config = check_build(run), settings_of(run)
    wanted = config.variants if variants is None else config.replace(variants=tuple(variants)).variants
    start.check_backend()
    if config.resolution in asked:
        emit("note", message=f"{config.resolution} px is the build's own resolution: its files lie in {run.folder}.")
        asked.remove(config.resolution)
    with held(run, locked=locked):
        shelf = Shelf.open(run, report, force=force)
        return at_each(shelf, asked, wanted, force, emit, capture_output) if asked else shelf.resolutions


@dataclass(slots=True)
class Shelf:
    """What there is of a build so far, and its place."""

    run: Run
    report: BuildReport
    resolutions: Resolutions

    @classmethod
    def open(cls, run: Run, report: BuildReport, *, force: bool = False) -> Shelf:
        """Reads what was made from the same weights and is whole.

        Args:
            run: the build, whose lock is held.
            report: what it measured.
            force: a damaged record is no error, and forgotten.
        """
        weights = records.sha256(run.folder / records.MODEL) or ""
        try:
            found = read_resolutions(run.folder)
        except InvalidInput:
            if not force:
                raise
            found = None
        own = Row.own(report)
        made = Resolutions(
            build=run.id,
            title=report.build.title,
            trained_at=own.resolution,
            test_photos=report.measured.keras.images,
            weights_sha256=weights,
            rows=(own,),
        )
        shelf = cls(run, report, made)
        if found is not None and (found.build, found.weights_sha256, found.trained_at) == (run.id, weights, own.resolution):
            kept = [row for row in found.others if shelf.is_whole(row)]
            shelf.resolutions = replace(made, rows=in_order([own, *kept]))
        return shelf

    @property
    def folder(self) -> Path:
        """Where resolutions lie."""
        return self.run.folder / FOLDER

    def is_whole(self, row: Row) -> bool:
        """Whether a row's files are there, with the bytes that were measured."""
        place = self.folder / str(row.resolution)
        try:
            labels = (place / LABELS).read_bytes()
        except OSError:
            return False
        if labels != to_text(self.report.labels).encode():
            return False
        names = {variant: f"{FOLDER}/{row.resolution}/{variant}.tflite" for variant in row.files}
        return all(
            file.measured.file == names[variant] and records.sha256(self.run.folder / names[variant]) == file.measured.sha256
            for variant, file in row.files.items()
        )

    def keep(self, row: Row, made: Path) -> None:
        """Puts a resolution's folder into its place, then its row beside the others: whole or not at all."""
        place = self.folder / str(row.resolution)
        before = place.with_name(f".{place.name}.before.tmp")
        try:
            if place.exists():
                place.rename(before)
            made.rename(place)
        except OSError as error:
            raise storage_error(place, error) from None
        others = [each for each in self.resolutions.rows if each.resolution != row.resolution]
        self.resolutions = replace(self.resolutions, rows=in_order([*others, row]))
        write_resolutions(self.run.folder, self.resolutions)
        shutil.rmtree(before, ignore_errors=True)

    def tidy(self) -> None:
        """Makes the folder, and removes what a killed process left half-made."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise storage_error(self.folder, error) from None
        for path in self.folder.glob(".*.tmp"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def in_order(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Sorted by resolution."""
    return tuple(sorted(rows, key=lambda row: row.resolution))


def at_each(
    shelf: Shelf, asked: Sequence[int], variants: Sequence[Variant], force: bool, emit: Emit, capture_output: bool
) -> Resolutions:
    """Makes what is not there yet, one resolution after the other, for who holds the lock."""
    shelf.tidy()
    log = EventLog(shelf.folder / EVENTS)
    log("begin")
    stages = Stages(log, emit)
    with last_words(log), captured(shelf.folder / LOG if capture_output else None):
        missing: list[tuple[int, tuple[Variant, ...]]] = []
        for resolution in asked:
            row = shelf.resolutions.row(resolution)
            there = set() if row is None else set(row.files)
            if row is not None and there.issuperset(variants) and not force:
                where = f"{FOLDER}/{resolution}"
                stages.emit("note", message=f"{resolution} px is done already: {where}. Use --force to make it anew.")
            else:
                missing.append((resolution, wider(variants, there)))
        if missing:
            opened = reopen(shelf.run, stages.emit)
            with jobs.turn(emit=stages.emit) as slots:
                jobs.restrict_to(slots)  # before TensorFlow is imported
                for resolution, wanted in missing:
                    export_one(shelf, opened, resolution, wanted, stages)
        write_resolutions(shelf.run.folder, shelf.resolutions)
        stages.emit("done", work="export")
    return shelf.resolutions


def wider(variants: Sequence[Variant], there: set[str]) -> tuple[Variant, ...]:
    """The variants that are wanted and those that are there, which are to stay; in the usual order."""
    return tuple(name for name in VARIANTS if name in variants or name in there)


def export_one(shelf: Shelf, opened: Reopened, resolution: int, variants: tuple[Variant, ...], stages: Stages) -> None:
    """One resolution, from photos to its place among the others."""
    began = time.perf_counter()
    stage = Staged(stages, resolution)
    with stage("data"):
        here = opened.at(resolution, stage.emit)
    temporary = shelf.folder / f".{resolution}.tmp"
    try:
        with stage("export"):
            model = here.model()
            convert(here, model, variants, temporary, stage.emit)
        with stage("verify"):
            row = measured(shelf, here, model, variants, temporary, stage.emit)
        shelf.keep(replace(row, seconds=round(time.perf_counter() - began, 3)), temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Staged:
    """The stages of one resolution, by names that say it: `Export at 96 px`."""

    stages: Stages
    resolution: int

    def name(self, stage: str) -> str:
        """A stage's name with the resolution."""
        return f"{STAGES.get(stage, stage)} at {self.resolution} px"

    def __call__(self, stage: str) -> contextlib.AbstractContextManager[None]:
        """Runs the body as a stage."""
        return self.stages.stage(self.name(stage))

    def emit(self, event: str, /, **values: Any) -> None:
        """An `Emit`: what is told of a stage is told of it at this resolution."""
        if isinstance(values.get("stage"), str):
            values["stage"] = self.name(values["stage"])
        self.stages.emit(event, **values)


def convert(here: Reopened, model: Any, variants: tuple[Variant, ...], folder: Path, emit: Emit) -> None:
    """Writes the files, calibrated on the build's photos at this resolution."""
    import keras

    from builder.export.about import about
    from builder.export.calibration import sample
    from builder.export.convert import export
    from builder.export.freeze import rebuild

    exportable = model if keras.backend.backend() == "tensorflow" else rebuild(here.network, model.get_weights())
    said = about(here.config, here.network, here.dataset.classes, here.run.id)
    export(exportable, variants, sample(here.dataset.train, seed=here.config.seed), said, folder, emit)


def measured(shelf: Shelf, here: Reopened, model: Any, variants: tuple[Variant, ...], folder: Path, emit: Emit) -> Row:
    """What the network and its files do on the test photos at this resolution, beside what was predicted."""
    from builder.export.about import texts
    from builder.pipeline import predict
    from builder.verify import verify_variants

    dataset, config, own = here.dataset, here.config, shelf.resolutions.own
    scores = predict(model, dataset.test.images)
    keras = keras_scores(dataset, scores, predict(model, dataset.validation.images))
    files = {str(variant): folder / f"{variant}.tflite" for variant in variants}
    checks = verify_variants(files, dataset.test.images, dataset.test.labels, scores, dataset.classes, emit=emit)
    plan = planner.plan(config, labels=dataset.classes, texts=texts(config, here.run.id)).to_json()
    return Row(
        resolution=config.resolution,
        accuracy=keras.accuracy,
        val_accuracy=keras.val_accuracy,
        drop=own.accuracy - keras.accuracy,
        per_class=keras.per_class,
        files={variant: file_of(check, variant, plan, config.resolution, own) for variant, check in checks.items()},
        cpu=this_machine().cpu,
    )


def file_of(check: VariantCheck, variant: str, plan: dict[str, Any], resolution: int, own: Row) -> File:
    """One file's findings, held against the same variant at the build's own resolution."""
    made = measure(check)
    made = replace(made, file=f"{FOLDER}/{resolution}/{made.file}")
    before = own.files[variant].measured.accuracy if variant in own.files else None
    drop = None if before is None or made.accuracy is None else before - made.accuracy
    return File(made, Predicted.of(plan, variant), drop)
