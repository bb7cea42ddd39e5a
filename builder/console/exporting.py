"""What `export` shows: the same network at each resolution, what it costs there and what it brings."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_count, format_latency, format_percent, format_points
from builder.report.findings import grouped
from builder.resolutions.model import FOLDER, FOR_FIRMWARE, Resolutions

if TYPE_CHECKING:
    from rich.table import Table


def print_resolutions(made: Resolutions, folder: Path, *, file: TextIO | None = None) -> None:
    """Prints a build's resolutions on stdout.

    Args:
        made: what there is.
        folder: the build's.
        file: another stream than stdout.
    """
    from rich.text import Text

    console = open_console(file)
    console.print()
    console.print(Text.assemble(plain_text(made.title, "bold"), (f"  trained at {made.trained_at} px", "dim")), soft_wrap=True)
    console.print()
    console.print(table(made))
    console.print(plain_text(legend(made), "dim"), soft_wrap=True)
    for title, style, sentences in (
        ("FAILED", "bold red", grouped(check for row in made.rows for check in row.failed_checks)),
        ("Differs", "yellow", surprises(made)),
        ("Not checked", "dim", grouped(check for row in made.rows for check in row.skipped_checks)),
    ):
        for sentence in sentences:
            console.print(Text.assemble((f"{title}: ", style), plain_text(sentence)), soft_wrap=True)
    if made.others:
        console.print()
        console.print(plain_text(advice(made, folder)), soft_wrap=True)
        console.print(Text.assemble((f"{'Files':<8}", "dim"), str(folder / FOLDER)), soft_wrap=True)


def table(made: Resolutions) -> Table:
    """A row each; the one that was trained at stands out."""
    shown = made.shown or ""
    columns = open_table("resolution", "rho", f"{shown} accuracy", "points", "size", "arena", "mult-adds", "latency")
    for row in made.rows:
        own = row.resolution == made.trained_at
        found = row.files.get(shown)
        measure = None if found is None else found.measured
        columns.add_row(
            plain_text(f"{row.resolution} px" + (" *" if own else ""), "bold" if own else ""),
            f"{row.rho:.3g}",
            format_percent(measure.accuracy if measure else None),
            "" if own else format_points(None if found is None or found.drop is None else -found.drop),
            format_bytes(measure.flash_bytes if measure else None),
            format_bytes(row.arena_bytes),
            format_count(measure.multiply_adds if measure else None),
            format_latency(measure.latency_ms if measure else None),
        )
    return columns


def legend(made: Resolutions) -> str:
    """What the table's words mean."""
    said = f"* trained here; points: of accuracy, gained (+) or lost (−) against it on {made.test_photos:,} test photos"
    if any(row.arena_bytes is not None for row in made.rows):
        said += f"; arena: of {FOR_FIRMWARE}"
    if len({row.cpu for row in made.rows}) > 1:
        said += "; latencies are of different machines"
    return said


def surprises(made: Resolutions) -> list[str]:
    """Where a file is not what was predicted, as sentences."""
    sentences = []
    for row in made.rows:
        for found in row.files.values():
            planned, measured = found.predicted, found.measured
            if planned is None:
                continue
            pairs = (("size", planned.flash_bytes, measured.flash_bytes), ("arena", planned.arena_bytes, measured.arena_bytes))
            for what, said, came in pairs:
                if said is not None and came is not None and said != came:
                    sentences.append(f"{measured.file}: its {what} is {came:,} bytes, {said:,} were predicted.")
    return sentences


def advice(made: Resolutions, folder: Path) -> str:
    """That accuracy falls off away from the trained resolution, and what helps."""
    farthest = max(made.others, key=lambda row: row.drop or 0.0)
    place = shlex.quote(str(folder))
    again = f"builder build --config {place}/config.yaml --resolution {farthest.resolution} --init {place}/model.keras"
    return (
        f"Accuracy falls off away from the {made.trained_at} px that was trained at. Training at the resolution that is used "
        f"helps, from these weights: {again}"
    )
