"""What a report says in words and rows, before anybody lays it out: the verdict, predicted beside measured, hard classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from builder.formats import format_bytes, format_count, format_latency, format_percent, format_points, printable
from builder.report.model import BuildReport, Check, VariantMeasure

PAIRS_MAX = 10

# What a check is called where people read it; one that is not listed goes by its name.
CHECK_TITLES = {
    "runs": "LiteRT runs it",
    "metadata": "labels and normalization inside the file",
    "agreement": "same scores as Keras",
    "integer": "integers only",
    "micro": "TFLite Micro computes the same",
    "mediapipe": "MediaPipe loads it and names a photo rightly",
    "latency": "latency",
}
FEW_TEST_PHOTOS = 10  # a class, on average: below it one photo moves the accuracy of a class by more than 10 points
NOTICED_LOSS = 0.01  # a file this far below the trained network is worth a word
Z95 = 1.96  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity, predicted and measured, as text; `error` is empty where one of them is missing."""

    quantity: str
    predicted: str
    measured: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: photos by split, accuracy, and what it is mistaken for most often."""

    name: str
    train: int
    validation: int
    test: int
    accuracy: float | None
    mistaken_for: str
    mistaken_share: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Photos of one class that were taken for another."""

    true: str
    predicted: str
    photos: int
    share: float


def interval95(share: float, count: int) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a share that was counted on `count` photos; None without photos.

    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n): holds near 0 and 1, where the plain interval leaves the scale.
    """
    if count <= 0:
        return None
    z2 = Z95 * Z95 / count
    middle = share + z2 / 2
    half = Z95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count))
    return max(0.0, (middle - half) / (1 + z2)), min(1.0, (middle + half) / (1 + z2))


def headline(report: BuildReport, variant: str | None = None) -> float:
    """The accuracy of the file to show, `variant` or the usual one, or of the network where that was not measured."""
    name = variant or report.hero
    best = report.measured.variants.get(name) if name else None
    return report.measured.keras.accuracy if best is None or best.accuracy is None else best.accuracy


def sure(interval: tuple[float, float] | None) -> str:
    """`95 % sure: 83.2 % to 100.0 %`; empty without photos."""
    return "" if interval is None else f"95 % sure: {format_percent(interval[0])} to {format_percent(interval[1])}"


def first_weights(report: BuildReport) -> str:
    """Where the first weights came from, as one sentence: the reason where there is one, since it names the kind too."""
    why = report.warm_start.why.strip()
    if why.startswith("Training starts"):
        return f"{why.rstrip('.')}."
    return f"First weights: {report.warm_start.kind}" + (f" ({why.rstrip('.')})." if why else ".")


def guessing(report: BuildReport) -> float:
    """Accuracy of always naming the class with the most test photos."""
    counts = [sum(row) for row in report.measured.keras.confusion]
    return max(counts) / sum(counts) if sum(counts) else 1 / max(1, len(report.labels))


def is_trained(report: BuildReport) -> bool:
    """Whether any epoch ran."""
    return bool(report.training.history)


def verdict(report: BuildReport, variant: str | None = None) -> str:
    """One sentence: which file to take, how good it is, how big; `variant` is another file than usual."""
    name = variant or report.hero
    images = report.measured.keras.images
    if name is None:
        accuracy = format_percent(report.measured.keras.accuracy)
        return f"No file was exported. The trained network names {accuracy} of the test photos right."
    best = report.measured.variants[name]
    if best.accuracy is None:
        return f"{best.file} ({format_bytes(best.flash_bytes)}) was written, but could not be measured here."
    photos = f"{images:,} test photos" if images else "the test photos"
    return f"{best.file} names {format_percent(best.accuracy)} of {photos} right, in {format_bytes(best.flash_bytes)}."


def doubts(report: BuildReport, variant: str | None = None) -> list[str]:
    """What speaks against the file that the verdict names, as sentences; empty when nothing does."""
    keras, name = report.measured.keras, variant or report.hero
    found: list[str] = []
    best = report.measured.variants.get(name) if name else None
    accuracy = keras.accuracy if best is None or best.accuracy is None else best.accuracy
    if not is_trained(report):
        found.append("Nothing was trained (0 epochs): the accuracy is that of the first weights.")
    elif accuracy <= guessing(report) + 1e-9:
        found.append(f"This is no better than always naming the most frequent class ({format_percent(guessing(report))}).")
    lost = keras.accuracy - accuracy
    if lost >= NOTICED_LOSS and best is not None:
        found.append(f"{best.file} lost {format_points(lost).lstrip('+')} points on the way from the trained network.")
    if 0 < keras.images < FEW_TEST_PHOTOS * len(report.labels):
        found.append(
            f"Only {keras.images / len(report.labels):.1f} test photos a class on average: the accuracy is a rough one. "
            f"From {FEW_TEST_PHOTOS} on it says more; give more photos, or --test-data."
        )
    return found


def gate_sentence(report: BuildReport) -> str:
    """What the gate says of the file, and what can be done; empty where it was not asked."""
    found = report.gate
    if found is None:
        return ""
    photos = f"judged on {found.verdict.photos:,} validation photos"
    if found.verdict.passed:
        return f"{found.variant} passes: {found.limits.text}, {photos}."
    return f"{found.variant} does not pass, {photos}: {printable('; '.join(found.verdict.reasons), 600)}."


def check_title(check: Check) -> str:
    """A check's name for people."""
    return CHECK_TITLES.get(check.name, printable(check.name))


def grouped(checks: Iterable[tuple[str, Check]]) -> list[str]:
    """Checks as sentences; those with the same name and reason are told once, with their variants."""
    variants: dict[Check, list[str]] = {}
    for variant, check in checks:
        variants.setdefault(check, []).append(variant)
    return [
        f"{', '.join(names)}: {check_title(check)}{f': {printable(check.reason)}' if check.reason else ''}"
        for check, names in variants.items()
    ]


def drop(report: BuildReport, variant: VariantMeasure) -> float | None:
    """Accuracy of a file less that of the trained network."""
    return None if variant.accuracy is None else variant.accuracy - report.measured.keras.accuracy


def comparisons(report: BuildReport, variant: str | None = None) -> list[Comparison]:
    """Predicted beside measured: the network's counts of one file, then whatever was predicted for each file."""
    name = variant or report.hero
    best = report.measured.variants.get(name) if name else None
    rows = [
        compare("Mult-adds", report.predicted.get("multiply_adds"), best and best.multiply_adds, format_count),
        compare("Parameters in the file", report.predicted.get("parameters"), best and best.parameters, format_count),
    ]
    predicted_variants = report.predicted.get("variants")
    for file, made in report.measured.variants.items():
        promised = predicted_variants.get(file) if isinstance(predicted_variants, dict) else None
        promised = promised if isinstance(promised, dict) else {}
        for key, title, form in (
            ("flash_bytes", "size", format_bytes),
            ("arena_bytes", "arena", format_bytes),
            ("latency_ms", "latency", format_latency),
        ):
            if isinstance(promised.get(key), (int, float)):
                rows.append(compare(f"{file}: {title}", promised[key], getattr(made, key), form))
    return rows


def compare(quantity: str, predicted: Any, measured: Any, form: Any) -> Comparison:
    """A row, with the prediction's error in percent of what was measured."""
    error = ""
    if isinstance(predicted, (int, float)) and isinstance(measured, (int, float)) and measured:
        off = (predicted - measured) / measured * 100
        sign = "+" if off > 0 else "−"
        error = "exact" if predicted == measured else f"{sign}{abs(off):.1f} %" if abs(off) >= 0.05 else "<0.1 %"
    return Comparison(quantity, form(predicted), form(measured), error)


def class_rows(report: BuildReport) -> list[ClassRow]:
    """Every class, the least accurate first; classes without test photos last."""
    keras, counts = report.measured.keras, report.dataset.per_class
    rows = []
    for index, name in enumerate(report.labels):
        row = keras.confusion[index] if index < len(keras.confusion) else ()
        photos, other = max(((count, column) for column, count in enumerate(row) if column != index), default=(0, 0))
        split = counts.get(name, {})
        rows.append(
            ClassRow(
                name=name,
                train=split.get("train", 0),
                validation=split.get("validation", 0),
                test=split.get("test", 0),
                accuracy=keras.per_class.get(name),
                mistaken_for=report.labels[other] if photos and other < len(report.labels) else "",
                mistaken_share=photos / sum(row) if photos else 0.0,
            )
        )
    return sorted(rows, key=lambda row: (row.accuracy is None, row.accuracy or 0.0))


def confused_pairs(report: BuildReport) -> list[Pair]:
    """The pairs of classes that are confused most often, by number of photos."""
    labels = report.labels
    pairs = [
        Pair(labels[true], labels[predicted], photos, photos / sum(row))
        for true, row in enumerate(report.measured.keras.confusion[: len(labels)])
        for predicted, photos in enumerate(row[: len(labels)])
        if photos and true != predicted
    ]
    return sorted(pairs, key=lambda pair: (-pair.photos, -pair.share))[:PAIRS_MAX]


def settings_rows(config: dict[str, Any]) -> list[tuple[str, str]]:
    """Every setting as a name such as `training.epochs` and a text; `None` reads as chosen by the builder."""
    return [(key, setting_text(value)) for key, value in flat(config)]


def flat(values: dict[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    """Nested mappings as dotted names."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def setting_text(value: Any) -> str:
    """A setting's value as people read it."""
    if value is None:
        return "chosen by the builder"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(setting_text(item) for item in value)
    return printable(str(value), 200) or "–"
