"""What a finished build shows: where the .tflite is, how good it is, what failed, what was skipped, what to do next."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_duration, format_latency, format_percent, format_points
from builder.report.findings import doubts, drop, gate_sentence, grouped, headline, interval95, sure, verdict
from builder.report.model import BuildReport, VariantMeasure

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def print_summary(report: BuildReport, folder: Path, *, bundle: Path | None = None, file: TextIO | None = None) -> None:
    """Prints the closing words of a build on stdout.

    Args:
        report: what was found out.
        folder: where the build lies.
        bundle: the zip of it, where there is one.
        file: another stream than stdout.
    """
    from rich.text import Text

    console = open_console(file)
    took = format_duration(report.build.took)
    hero = report.hero
    best = report.measured.variants.get(hero) if hero else None
    console.print()
    console.print(Text.assemble(plain_text(report.build.title, "bold"), (f"  built in {took}", "dim")), soft_wrap=True)
    console.print(plain_text(verdict(report), "bold green" if best and not best.failed else "bold red"), soft_wrap=True)
    certainty = sure(interval95(headline(report), report.measured.keras.images))
    if certainty:
        console.print(plain_text(certainty, "dim"), soft_wrap=True)
    for doubt in doubts(report):
        console.print(plain_text(doubt, "yellow"), soft_wrap=True)
    if report.measured.variants:
        console.print()
        console.print(variants_table(report))
        console.print(plain_text("points: of accuracy, gained (+) or lost (−) against the trained network", "dim"), soft_wrap=True)
    passed = report.gate is None or report.gate.verdict.passed
    for title, style, sentences in (
        ("Gate", "green" if passed else "bold yellow", [gate_sentence(report)] if report.gate else []),
        ("FAILED", "bold red", grouped(report.failed_checks)),
        ("Warning", "yellow", report.warnings),
        ("Not checked", "dim", grouped(report.skipped_checks)),
    ):
        for sentence in sentences:
            console.print(Text.assemble((f"{title}: ", style), plain_text(sentence)), soft_wrap=True)
    console.print()
    for name, words in next_steps(best, folder, bundle, passed=passed):
        console.print(Text.assemble((f"{name:<8}", "dim"), words), soft_wrap=True)


def next_steps(
    best: VariantMeasure | None, folder: Path, bundle: Path | None = None, *, passed: bool = True
) -> list[tuple[str, str]]:
    """Where things are, and the command to try next."""
    steps = [("Report", str(folder / "report.html"))]
    if best is not None:
        path = folder / best.file
        steps = [("File", str(path)), *steps, ("Try it", f"{command()} predict {shlex.quote(str(path))} PHOTO.jpg")]
    if bundle is not None:
        steps.insert(-1, ("Bundle", str(bundle)))
    if not passed:
        steps.append(("Mend it", f"{command()} compress {shlex.quote(str(folder))} --gate enforce"))
    return steps


def command() -> str:
    """The builder as this shell finds it; in a virtual environment that is not activated, as it was called."""
    called = sys.argv[0]
    return "builder" if Path(called).name != "builder" or shutil.which("builder") else shlex.quote(called)


def variants_table(report: BuildReport) -> Table:
    """The trained network, then each file."""
    table = open_table("file", "size", "accuracy", "points", "arena", "latency", "checks")
    table.add_row("trained network", "", format_percent(report.measured.keras.accuracy), style="dim")
    for name, made in report.measured.variants.items():
        table.add_row(
            plain_text(made.file, "bold" if name == report.hero else ""),
            format_bytes(made.flash_bytes),
            format_percent(made.accuracy),
            format_points(drop(report, made)),
            format_bytes(made.arena_bytes),
            format_latency(made.latency_ms),
            checks_text(made),
        )
    return table


def checks_text(made: VariantMeasure) -> Text:
    """How many passed, failed and were skipped."""
    from rich.text import Text

    passed = len(made.checks) - len(made.failed) - len(made.skipped)
    counts = ((len(made.failed), "failed", "bold red"), (passed, "passed", "green"), (len(made.skipped), "skipped", "yellow"))
    return Text(", ").join(Text(f"{count} {state}", style) for count, state, style in counts if count) if made.checks else Text("–")
