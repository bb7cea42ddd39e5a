"""What a matrix says in words and rows, before anybody lays it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from builder.formats import UNKNOWN, counted, format_bytes, format_percent, format_points, printable
from builder.matrix.choosing import against
from builder.matrix.model import File, LayerKept, Matrix, Row
from builder.report.findings import settings_rows

PLAIN = "int8"  # the technique that downloads are held against
NAME_LENGTH_MAX = 40
LAYERS_NAMED = 6  # of a list in a sentence
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Alone:
    """Layers that some techniques leave as they are, for one reason."""

    techniques: tuple[str, ...]
    layers: tuple[str, ...]
    reason: str


def shown(name: str) -> str:
    """A technique's, class's or layer's name on one line, shortened."""
    return printable(name, NAME_LENGTH_MAX) or "(no name)"


def listed(names: Sequence[str], most: int = LAYERS_NAMED) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shown(name) for name in names[:most]) + more


def headline(matrix: Matrix) -> str:
    """One sentence: which file to take, how large it is, how good it is; else what the best one lacks."""
    row = chosen(matrix)
    file = row.first if row is not None else None
    if row is None or file is None:
        return printable(matrix.shortfall, 600) or ("No technique was tried." if not matrix.rows else "No file was chosen.")
    size = f"{format_bytes(file.flash_bytes)}, {format_bytes(file.gzip_bytes)} as a download"
    said = f"Smallest file that passes: {shown(row.technique)}, {size}"
    if row.accuracy is None:
        return f"{said}."
    photos = counted(matrix.network.test_photos, "test photo") if matrix.network.test_photos else "the test photos"
    return f"{said}. It names {format_percent(row.accuracy)} of {photos} right{lost_words(row)}."


def lost_words(row: Row) -> str:
    """`, 0.7 points less than the network`; empty where that is not known."""
    if row.drop is None:
        return ""
    said = format_points(row.drop)
    if said == "0.0":
        return ", as many as the network"
    return f", {said[1:]} points {'less' if row.drop > 0 else 'more'} than the network"


def chosen(matrix: Matrix) -> Row | None:
    """The row that was chosen."""
    return None if matrix.chosen is None else matrix.row(matrix.chosen)


def why(matrix: Matrix) -> tuple[str, ...]:
    """The gate, and the rule by which a file was chosen, as sentences."""
    photos = matrix.network.validation_photos
    judged = counted(photos, "validation photo") if photos else "the validation photos"
    return (
        f"The gate allows {matrix.gate.text}. It judges on {judged}; the test photos decide nothing.",
        "Chosen is the smallest file that passes and failed no check; of files within 2 % of it the smallest download.",
    )


def gzip_share(matrix: Matrix, row: Row) -> float | None:
    """The first file's download as a share of the plain int8 file's."""
    plain = matrix.row(PLAIN)
    if plain is None or plain.first is None or row.first is None or not plain.first.gzip_bytes:
        return None
    return row.first.gzip_bytes / plain.first.gzip_bytes


def points(row: Row) -> str:
    """Points of accuracy lost (−) or won (+) against the network."""
    return format_points(None if row.drop is None else -row.drop)


def worst_class(row: Row) -> str:
    """`hand 3 (92.7 %)`."""
    worst = row.worst_class
    return UNKNOWN if worst is None else f"{shown(worst[0])} ({format_percent(worst[1])})"


def left_share(row: Row) -> float | None:
    """Mult-adds whose weight is not zero, as a share."""
    if row.multiply_adds_left is None or not row.multiply_adds:
        return None
    return row.multiply_adds_left / row.multiply_adds


def state(row: Row) -> str:
    """`passed`, `failed` or `not judged`."""
    if row.failure or row.first is None:
        return "no file"
    if against(row, row.verdict):
        return "failed"
    return "passed" if row.verdict is not None else NOT_JUDGED


def gate_text(row: Row) -> str:
    """`passed`, or why not."""
    said = state(row)
    return "; ".join(against(row, row.verdict)) if said == "failed" else said


def refused(matrix: Matrix) -> list[str]:
    """Techniques that the gate let not pass, and why; failed checks are told apart."""
    return [
        f"{shown(row.technique)}: {'; '.join(printable(reason, 300).rstrip('.') for reason in row.verdict.reasons)}"
        for row in matrix.rows
        if row.verdict is not None and row.verdict.reasons
    ]


def failures(matrix: Matrix) -> list[str]:
    """Techniques that made no file, and why."""
    return [
        f"{shown(row.technique)}: {printable(row.failure, 400) or 'it made no file'}"
        for row in matrix.rows
        if row.failure or not row.files
    ]


def failed_checks(matrix: Matrix) -> list[tuple[str, File]]:
    """Files that failed a check, by their technique."""
    return [(row.technique, file) for row in matrix.rows for file in row.files if file.failed]


def not_kept(matrix: Matrix) -> list[str]:
    """What was wanted of layers and is not in the bytes, a sentence for each technique that left something out."""
    said = []
    for row in matrix.rows:
        missing = [f"{shown(layer.layer)} ({wanted_words(layer)})" for layer in row.not_kept]
        if missing:
            layers = counted(len(missing), "layer")
            more = f" and {len(missing) - LAYERS_NAMED:,} more" if len(missing) > LAYERS_NAMED else ""
            named = ", ".join(missing[:LAYERS_NAMED]) + more
            said.append(f"{shown(row.technique)}: not kept in {layers} of {len(row.kept)}: {named}")
    return said


def wanted_words(layer: LayerKept) -> str:
    """What a layer has in place of what was wanted; everything that was asked for, since `whole` does not say which it is."""
    said = []
    if layer.sparsity_wanted is not None:
        said.append(f"{format_percent(layer.sparsity)} zeros for {format_percent(layer.sparsity_wanted)}")
    if layer.groups_wanted:
        said.append(f"{format_percent(layer.groups)} of the fours have two zeros")
    if layer.values_wanted is not None:
        said.append(f"{layer.values:,} values for {layer.values_wanted:,}")
    return ", ".join(said) or "not whole"


def left_alone(matrix: Matrix) -> list[Alone]:
    """Layers that techniques do nothing to, grouped: the same layers for the same reason are told once."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in matrix.rows:
        reasons: dict[str, list[str]] = {}
        for each in row.left_alone:
            reasons.setdefault(each.reason, []).append(each.layer)
        for reason, layers in reasons.items():
            groups.setdefault((reason, tuple(layers)), []).append(row.technique)
    return [Alone(tuple(techniques), layers, reason) for (reason, layers), techniques in groups.items()]


def alone_text(alone: Alone) -> str:
    """A group as a sentence."""
    count = counted(len(alone.layers), "layer")
    named = f"{listed(alone.techniques, 20)}: {count} left alone ({listed(alone.layers)})"
    return f"{named}: {printable(alone.reason, 300)}" if alone.reason else named


def settings(matrix: Matrix) -> list[tuple[str, str]]:
    """Each technique's settings as a line; techniques with the same ones share it."""
    groups: dict[str, list[str]] = {}
    for row in matrix.rows:
        if row.settings:
            groups.setdefault(settings_text(row.settings), []).append(row.technique)
    return [(listed(techniques, 20), text) for text, techniques in groups.items()]


def settings_text(values: dict[str, Any]) -> str:
    """`epochs 6, sparsity 0.5`."""
    return ", ".join(f"{printable(key, 60).replace('_', ' ')} {value}" for key, value in settings_rows(values))


def said_by(said: dict[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """What techniques say of a photo: each label once, with those that say it; first what most say."""
    labels: dict[str, list[str]] = {}
    for technique, label in said.items():
        labels.setdefault(label, []).append(technique)
    return sorted(((label, tuple(names)) for label, names in labels.items()), key=lambda each: -len(each[1]))


def flip_count(rows: Iterable[Row]) -> int | None:
    """The most photos whose label one technique changed."""
    return max((row.label_flips for row in rows if row.label_flips is not None), default=None)
