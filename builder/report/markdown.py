"""A report as Markdown: the lines to paste into a README or a pull request."""

from __future__ import annotations

import re

from builder.formats import format_bytes, format_count, format_latency, format_percent, format_points, printable
from builder.report.findings import comparisons, doubts, drop, gate_sentence, grouped, verdict
from builder.report.model import BuildReport

# Characters that mean something in Markdown or start HTML; an underscore inside a word does not.
SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~&$]|(?<!\w)_|_(?!\w))")


def to_markdown(report: BuildReport) -> str:
    """A summary in Markdown: verdict, table of files, predicted beside measured, what failed or was skipped."""
    predicted = report.predicted
    network = (
        f"MobileNet v1, alpha {predicted['alpha']:g}, {predicted['resolution']} px, {predicted['classes']} classes, "
        f"{format_count(predicted['multiply_adds'])} mult-adds"
    )
    blocks = [f"## {escaped(report.build.title)}", f"**{escaped(verdict(report))}**", network + "."]
    blocks += [f"> {escaped(doubt)}" for doubt in doubts(report)]
    if report.measured.variants:
        blocks.append(variants_table(report))
    blocks.append(table(("", "predicted", "measured", "error"), [
        (row.quantity, row.predicted, row.measured, row.error) for row in comparisons(report)
    ]))  # fmt: skip
    blocks += [f"Gate: {escaped(gate_sentence(report))}"] if report.gate else []
    blocks += bullets("Failed", grouped(report.failed_checks))
    blocks += bullets("Skipped", grouped(report.skipped_checks))
    blocks += bullets("Warnings", report.warnings)
    blocks += bullets("Notes", report.all_notes())
    return "\n\n".join(blocks) + "\n"


def variants_table(report: BuildReport) -> str:
    """One row a file."""
    rows: list[tuple[str, ...]] = [("Keras", "", format_percent(report.measured.keras.accuracy), "", "", "")]
    rows += [
        (
            made.file,
            format_bytes(made.flash_bytes),
            format_percent(made.accuracy),
            format_points(drop(report, made)),
            format_bytes(made.arena_bytes),
            format_latency(made.latency_ms),
        )
        for made in report.measured.variants.values()
    ]
    return table(("file", "size", "accuracy", "points from Keras", "arena", "latency"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A pipe table; the first column is left-aligned, the others right."""
    lines = [head, (":--", *("--:",) * (len(head) - 1))]
    text = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join(text + [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows])


def bullets(title: str, sentences: list[str] | tuple[str, ...]) -> list[str]:
    """A titled list, or nothing."""
    return [f"**{title}**", "\n".join(f"- {escaped(sentence)}" for sentence in sentences)] if sentences else []


def escaped(text: str) -> str:
    """Text on one line in which nothing is markup."""
    return SPECIAL.sub(r"\\\1", printable(text, 300))
