"""The model card: what a model is for, what it was trained and measured on, under which license, and how to make it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.bundle.build_files import BuildFiles
from builder.bundle.compressed import held
from builder.bundle.main_file import told, why_main
from builder.bundle.templates import render
from builder.matrix import File
from builder.matrix.findings import gate_text, shown
from builder.outcomes import Outcomes
from builder.report import VariantMeasure, findings
from builder.report.html import moment

COMPARED = ("float32", "int8", "int8_micro")  # files whose accuracies by class stand beside the network's


@dataclass(frozen=True, slots=True)
class Row:
    """A file, and by how much it is less accurate than the network."""

    made: VariantMeasure
    drop: float | None


@dataclass(frozen=True, slots=True)
class CompressedRow:
    """A technique, the file of it that was judged, and what the gate says of that."""

    technique: str
    file: File
    gate: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class: photos, and accuracies of the network and of some files."""

    name: str
    train: int
    test: int
    network: float | None
    shares: tuple[float | None, ...]


def model_card(files: BuildFiles) -> str:
    """The card as Markdown."""
    report = files.report
    shown_report, main = told(files)
    accuracy = findings.headline(shown_report, main)
    compared = [variant for variant in COMPARED if files.outcomes is not None and variant in files.outcomes.variants]
    return render(
        "model_card.md.j2",
        report=report,
        verdict=findings.verdict(shown_report, main),
        why=why_main(files),
        certainty=findings.sure(findings.interval95(accuracy, report.measured.keras.images)),
        doubts=findings.doubts(shown_report, main),
        built=moment(report.build.finished),
        license=setting(report.config, "license"),
        author=setting(report.config, "author"),
        config_sha256=sha256_of_settings(files.folder),
        first_weights=findings.first_weights(report),
        rows=[Row(made, findings.drop(report, made)) for made in report.measured.variants.values()],
        compressed=compressed_rows(files),
        failed=findings.grouped(report.failed_checks),
        skipped=findings.grouped(report.skipped_checks),
        files=compared,
        classes=class_rows(files, compared),
    )


def compressed_rows(files: BuildFiles) -> list[CompressedRow]:
    """Every technique of the matrix whose judged file is in the bundle."""
    matrix = files.matrix
    if matrix is None:
        return []
    made = [(row, row.first) for row in matrix.rows if row.first is not None]
    chosen = None if files.chosen is None else files.chosen.row.technique
    return [
        CompressedRow(shown(row.technique) + " (chosen)" * (row.technique == chosen), file, gate_text(row))
        for row, file in made
        if held(file, files.models) is not None
    ]


def setting(config: dict[str, Any], name: str) -> str:
    """A setting that is a text; empty where it was not given."""
    value = config.get(name)
    return value.strip() if isinstance(value, str) else ""


def sha256_of_settings(folder: Path) -> str:
    """The hash of config.yaml."""
    return hashlib.sha256((folder / "config.yaml").read_bytes()).hexdigest()


def class_rows(files: BuildFiles, compared: Sequence[str]) -> list[ClassRow]:
    """Every class in the order of the scores."""
    report, counts = files.report, files.report.dataset.per_class
    columns = [by_class(files.outcomes, variant) for variant in compared] if files.outcomes is not None else []
    return [
        ClassRow(
            name=name,
            train=counts.get(name, {}).get("train", 0),
            test=counts.get(name, {}).get("test", 0),
            network=report.measured.keras.per_class.get(name),
            shares=tuple(column.get(name) for column in columns),
        )
        for name in report.labels
    ]


def by_class(outcomes: Outcomes, variant: str) -> dict[str, float]:
    """The accuracy of a file on the test photos of each class that has some."""
    right, photos = [0] * len(outcomes.classes), [0] * len(outcomes.classes)
    for true, label in zip(outcomes.true, outcomes.variants[variant].labels, strict=True):
        photos[true] += 1
        right[true] += true == label
    return {name: right[number] / photos[number] for number, name in enumerate(outcomes.classes) if photos[number]}
