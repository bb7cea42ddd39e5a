"""What `examine` shows where --json is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from builder.console.answers import BAD_SHOWN, CLASSES_SHOWN, NAME_LENGTH_MAX, print_facts
from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_count

if TYPE_CHECKING:
    from builder.data.examination import Examination

SPLITS = ("train", "validation", "test")


def print_examination(found: Examination, *, file: TextIO | None = None) -> None:
    """Classes with their splits, bad files with their reasons, and what the user should know."""
    from rich.text import Text

    console = open_console(file)
    report = found.report
    console.print(plain_text(found.data, "bold"), soft_wrap=True)
    print_facts(
        console,
        [
            ("photos", f"{format_count(found.photos)}, {format_bytes(found.total_bytes)}"),
            ("usable", format_count(report.used)),
            ("bad", format_count(len(report.bad))),
            ("copies", format_count(report.duplicates)),
            ("classes", format_count(len(found.classes))),
        ],
    )
    console.print()
    table = open_table("class", *SPLITS)
    for name in found.classes[:CLASSES_SHOWN]:
        counts = report.per_class[name]
        table.add_row(plain_text(name, limit=NAME_LENGTH_MAX), *(format_count(counts[split]) for split in SPLITS))
    table.add_section()
    table.add_row("all", *(format_count(sum(counts[split] for counts in report.per_class.values())) for split in SPLITS))
    console.print(table)
    if len(found.classes) > CLASSES_SHOWN:
        console.print(f"and {len(found.classes) - CLASSES_SHOWN:,} more classes; --json has all", style="dim")
    for photo in report.bad[:BAD_SHOWN]:
        console.print(Text.assemble(("skipped ", "yellow"), plain_text(f"{photo.name}: {photo.reason}")), soft_wrap=True)
    if len(report.bad) > BAD_SHOWN:
        console.print(f"and {len(report.bad) - BAD_SHOWN:,} more that were skipped", style="dim")
    for note in report.notes:
        console.print(Text.assemble(("note ", "cyan"), plain_text(note)), soft_wrap=True)
