"""What `predict`, `inspect`, `evaluate` and `cache` show where --json is not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_count, format_percent

if TYPE_CHECKING:
    from rich.console import Console

    from builder.data import CacheInfo
    from builder.verify import Evaluation, Inspection, Prediction

NAME_LENGTH_MAX = 60
CLASSES_SHOWN = 30
BAD_SHOWN = 10
BAR_LENGTH = 20


def print_facts(console: Console, facts: Sequence[tuple[str, str]]) -> None:
    """Names and values, one a line."""
    from rich.text import Text

    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        console.print(Text.assemble((f"{name:<{width}}  ", "dim"), plain_text(value)), soft_wrap=True)


def print_predictions(predictions: Sequence[Prediction], *, file: TextIO | None = None) -> None:
    """The top labels of each photo, with a bar for each score."""
    from rich.text import Text

    console = open_console(file)
    for number, prediction in enumerate(predictions):
        if number:
            console.print()
        console.print(plain_text(prediction.photo, "bold"), soft_wrap=True)
        for rank, found in enumerate(prediction.labels):
            filled = round(max(0.0, min(1.0, found.score)) * BAR_LENGTH)
            bar = ("█" * filled).ljust(BAR_LENGTH, "·")
            style = "bold green" if rank == 0 else ""
            console.print(
                Text.assemble(
                    f"  {format_percent(found.score):>7}  ", (bar, "cyan"), "  ", plain_text(found.label, style, NAME_LENGTH_MAX)
                ),
                soft_wrap=True,
            )


def print_inspection(path: Path, inspection: Inspection, *, file: TextIO | None = None) -> None:
    """What a .tflite file is."""
    console = open_console(file)
    console.print(plain_text(str(path), "bold"), soft_wrap=True)
    arena = format_bytes(inspection.arena_bytes)
    if inspection.arena_bytes is None:
        arena = f"not measured: {inspection.arena_reason}" if inspection.arena_reason else arena
    operators = sorted(inspection.operators.items(), key=lambda pair: (-pair[1], pair[0]))
    facts = [
        ("size", f"{format_bytes(inspection.flash_bytes)} ({inspection.flash_bytes:,} bytes)"),
        ("mult-adds", f"{format_count(inspection.multiply_adds)} ({inspection.multiply_adds:,})"),
        ("parameters", f"{inspection.parameters:,}"),
        ("input", tensor_text(inspection.input)),
        ("output", tensor_text(inspection.output)),
        ("operators", ", ".join(f"{count} {name}" for name, count in operators)),
        ("arena", arena),
        ("labels", labels_text(inspection.labels)),
    ]
    facts += [(str(name), metadata_text(value)) for name, value in (inspection.metadata or {}).items() if value]
    print_facts(console, facts)


def tensor_text(tensor: Any) -> str:
    """`1 x 96 x 96 x 3 int8, scale 0.00784314, zero point -1`."""
    if tensor is None:
        return "none"
    shape = " x ".join(str(size) for size in tensor.shape)
    quantized = "" if tensor.scale is None else f", scale {tensor.scale:g}, zero point {tensor.zero_point}"
    return f"{shape} {tensor.dtype}{quantized}"


def metadata_text(value: Any) -> str:
    """A value of the metadata; a normalization as the formula `(pixel − 127.5) / 127.5`, a figure a channel where they differ."""
    if not isinstance(value, dict) or not {"mean", "std"} <= value.keys():
        return str(value)
    mean, std = (figures(value[name]) for name in ("mean", "std"))
    return f"(pixel − {mean}) / {std}"


def figures(values: Sequence[float]) -> str:
    """`127.5`, or `[123.7, 116.8, 103.9]` where channels differ."""
    shown = [f"{value:g}" for value in values]
    return shown[0] if len(set(shown)) == 1 else f"[{', '.join(shown)}]"


def labels_text(labels: Sequence[str] | None) -> str:
    """How many, and the first few."""
    if not labels:
        return "none in the file"
    more = f" and {len(labels) - 5:,} more" if len(labels) > 5 else ""
    return f"{len(labels):,}: {', '.join(labels[:5])}{more}"


def print_evaluation(path: Path, evaluation: Evaluation, *, file: TextIO | None = None) -> None:
    """How good a file is on some photos: in total and by class, the least accurate first."""
    from rich.text import Text

    from builder.report.findings import interval95, sure

    console = open_console(file)
    certainty = sure(interval95(evaluation.accuracy, evaluation.images))
    console.print(plain_text(str(path), "bold"), soft_wrap=True)
    console.print(
        Text.assemble(
            (format_percent(evaluation.accuracy), "bold green"),
            f" of {evaluation.images:,} photos right" + (f" ({certainty})" if certainty else ""),
        ),
        soft_wrap=True,
    )
    console.print()
    console.print("by class, the least accurate first", style="dim")
    table = open_table("class", "photos", "accuracy")
    counts = dict(zip(evaluation.per_class, (sum(row) for row in evaluation.confusion), strict=False))
    ordered = sorted(evaluation.per_class.items(), key=lambda pair: (pair[1] is None, pair[1] or 0.0))
    for name, accuracy in ordered[:CLASSES_SHOWN]:
        table.add_row(plain_text(name, limit=NAME_LENGTH_MAX), format_count(counts.get(name)), format_percent(accuracy))
    console.print(table)
    if len(ordered) > CLASSES_SHOWN:
        console.print(f"and {len(ordered) - CLASSES_SHOWN:,} classes that are better; --json has all", style="dim")
    for name, reason in evaluation.bad[:BAD_SHOWN]:
        console.print(Text.assemble(("skipped ", "yellow"), plain_text(f"{name}: {reason}")), soft_wrap=True)
    if len(evaluation.bad) > BAD_SHOWN:
        console.print(f"and {len(evaluation.bad) - BAD_SHOWN:,} more that were skipped", style="dim")


def print_cache(info: CacheInfo, freed_bytes: int | None = None, *, file: TextIO | None = None) -> None:
    """Where the cache is, what it holds, and what was cleared."""
    console = open_console(file)
    if freed_bytes is not None:
        console.print(f"{format_bytes(freed_bytes)} cleared")
    print_facts(
        console,
        [
            ("cache", info.path),
            ("holds", f"{format_bytes(info.bytes)} in {info.entries:,} entr{'y' if info.entries == 1 else 'ies'}"),
            ("may grow to", format_bytes(info.max_bytes)),
        ],
    )
