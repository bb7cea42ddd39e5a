"""A finished build's folder as rows: the report, the shelf of compressed files and the other resolutions, laid over each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.console.told import number
from builder.errors import BuilderError
from builder.matrix import Matrix, matrix_path, read_matrix
from builder.matrix import Row as Technique
from builder.matrix.shelf import ALIASES, POST_TRAINING
from builder.ranking.model import Entry
from builder.report.json_file import read_report
from builder.report.model import BuildReport, VariantMeasure
from builder.resolutions import Resolutions, read_resolutions, resolutions_path
from builder.runs import REPORT, Run
from builder.target import read as read_target

FOR_FIRMWARE = "int8_micro"
DESCRIPTION = "build.json"
SOURCES = (REPORT, DESCRIPTION, str(matrix_path(Path())), str(resolutions_path(Path())))  # what a build's rows are read from


@dataclass(slots=True)
class Shelf:
    """What is read of one build: its rows by file, and what could not be read."""

    rows: dict[str, Entry] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_build(folder: Path) -> Shelf:
    """Reads a build that has a report; whatever of it is damaged becomes a sentence, and the rest stays."""
    shelf = Shelf()
    try:
        report = read_report(folder / REPORT)
    except BuilderError as error:
        shelf.problems.append(str(error))
        return shelf
    described = Run(folder).description()
    title = str(described.get("title") or report.build.title)
    try:
        base = base_of(folder, report, title, number(described.get("created")))
    except (TypeError, ValueError, OverflowError) as error:  # `predicted` is no more than a mapping to who reads reports
        shelf.problems.append(f"{folder / REPORT} is damaged: predicted: {error}. Build again with --force.")
        return shelf
    for entry in own_files(base, report):
        shelf.rows[entry.file] = entry
    target = read_target(described.get("target"))
    hero = target.variant if target is not None and target.variant in report.measured.variants else report.hero
    listed = report.measured.variants[hero].file if hero is not None else ""
    try:
        matrix = read_matrix(folder)
    except BuilderError as error:
        shelf.problems.append(str(error))
    else:
        if matrix is not None:
            add_techniques(shelf, base, matrix)
            listed = chosen_file(matrix, hero) or listed
    try:
        made = read_resolutions(folder)
    except BuilderError as error:
        shelf.problems.append(str(error))
    else:
        if made is not None:
            shelf.rows |= {entry.file: entry for entry in other_resolutions(base, made)}
    if listed in shelf.rows:
        shelf.rows[listed] = replace(shelf.rows[listed], listed=True)
    return shelf


def base_of(folder: Path, report: BuildReport, title: str, created: float | None) -> Entry:
    """What all files of a build have in common; the rest is still unknown."""
    return Entry(
        folder=folder.name,
        file="",
        listed=False,
        id=Run(folder).id,
        title=title,
        created=created or report.build.started,
        data=report.dataset.data,
        dataset=report.dataset.fingerprint,
        split=split_of(report),
        test_photos=report.measured.keras.images,
        variant="",
        technique="",
        sound=True,
        accuracy=None,
        val_accuracy=None,
        flash_bytes=0,
        gzip_bytes=None,
        arena_bytes=None,
        multiply_adds=int(report.predicted["multiply_adds"]),
        parameters=int(report.predicted["parameters"]),
        latency_ms=None,
        alpha=float(report.predicted["alpha"]),
        resolution=int(report.predicted["resolution"]),
        channels=int(report.predicted["channels"]),
        classes=len(report.labels),
        seed=report.seeds.get("seed", 0),
        epochs=sum(record.epoch >= 1 for record in report.training.history),
    )


def split_of(report: BuildReport) -> str:
    """What decides which photos are the test photos, beside the photos themselves."""
    seed = report.seeds.get("split_seed", 0)
    parts = [f"split seed {seed}"] * (seed != 0)
    if report.dataset.test_data:
        parts.append(f"tested on {report.dataset.test_data}")
    return ", ".join(parts)


def own_files(base: Entry, report: BuildReport) -> Iterator[Entry]:
    """The files that the build wrote. Accuracy on validation photos is that of the network less what the gate saw lost."""
    judged = report.gate.variant if report.gate is not None else ""
    network = report.measured.keras.val_accuracy
    for variant, made in report.measured.variants.items():
        val = None
        if report.gate is not None and variant == judged and network is not None:
            val = of_whole_photos(network - report.gate.verdict.drop, report.gate.verdict.photos)
        yield measured(base, variant, ALIASES.get(variant, variant), made, val)


def of_whole_photos(share: float, photos: int) -> float:
    """A share that was added up, without the error in its last bits: so many photos of all."""
    return round(share * photos) / photos if photos else share


def measured(base: Entry, variant: str, technique: str, made: VariantMeasure, val_accuracy: float | None = None) -> Entry:
    """A file as a report tells of it."""
    return replace(
        base,
        file=made.file,
        variant=variant,
        technique=technique,
        sound=not made.failed,
        accuracy=made.accuracy,
        val_accuracy=val_accuracy,
        flash_bytes=made.flash_bytes,
        arena_bytes=made.arena_bytes,
        multiply_adds=made.multiply_adds if made.multiply_adds is not None else base.multiply_adds,
        parameters=made.parameters if made.parameters is not None else base.parameters,
        latency_ms=made.latency_ms,
    )


def add_techniques(shelf: Shelf, base: Entry, matrix: Matrix) -> None:
    """Puts the files of the shelf among the build's; of a file that the build wrote, what the shelf knows besides."""
    for row in matrix.rows:
        for file in row.files:
            val = row.val_accuracy if file is row.first else None
            known = shelf.rows.get(file.file)
            if known is not None:
                shelf.rows[file.file] = replace(
                    known, gzip_bytes=file.gzip_bytes, val_accuracy=known.val_accuracy if val is None else val
                )
                continue
            shelf.rows[file.file] = replace(
                base,
                file=file.file,
                variant=variant_of(row, file.file),
                technique=row.technique,
                sound=not file.failed,
                accuracy=file.accuracy,
                val_accuracy=val,
                flash_bytes=file.flash_bytes,
                gzip_bytes=file.gzip_bytes,
                arena_bytes=file.arena_bytes,
                multiply_adds=row.multiply_adds if row.multiply_adds is not None else base.multiply_adds,
                latency_ms=file.latency_ms,
            )


def variant_of(row: Technique, file: str) -> str:
    """What a file of the shelf takes and gives; weights that were tuned are written as int8."""
    if file.endswith("_micro.tflite"):
        return FOR_FIRMWARE
    return str(POST_TRAINING[row.technique].files[0]) if row.technique in POST_TRAINING else "int8"


def chosen_file(matrix: Matrix, hero: str | None) -> str:
    """The file of the technique that the gate chose: for firmware where that is what the build is made for; else empty."""
    row = matrix.row(matrix.chosen) if matrix.chosen is not None else None
    if row is None or row.first is None:
        return ""
    if hero == FOR_FIRMWARE:
        return row.micro.file if row.micro is not None else ""
    return row.first.file


def other_resolutions(base: Entry, made: Resolutions) -> Iterator[Entry]:
    """The same weights at other resolutions."""
    for row in made.others:
        at = replace(base, resolution=row.resolution, multiply_adds=None)
        for variant, file in row.files.items():
            entry = measured(at, variant, ALIASES.get(variant, variant), file.measured)
            if entry.multiply_adds is None and file.predicted is not None:
                entry = replace(entry, multiply_adds=file.predicted.multiply_adds)
            yield entry
