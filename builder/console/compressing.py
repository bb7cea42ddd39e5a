"""What `compress` shows: a row for each technique, the smallest file that passes, what was not kept, where things lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_count, format_duration, format_latency, format_percent, printable
from builder.matrix import findings
from builder.matrix.model import FOLDER, File, Matrix, Row
from builder.report.findings import check_title

if TYPE_CHECKING:
    from rich.table import Table

WIDTH_MAX = 100  # columns of the table, also where there are more: a line is read as one
GAP = 2  # columns between two figures
NAME_LENGTH_MAX = 22
LINES_MAX = 8  # of each kind of sentence; the page has all
STYLES = {"passed": "green", "failed": "bold red", "no file": "bold red", findings.NOT_JUDGED: "yellow"}
PAGES = ("matrix.html", "matrix.md", "matrix.json")  # in the folder of compressed files


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: its title, its cells, and how soon it goes where there is no room, the highest first."""

    title: str
    cell: Callable[[Row], str]
    goes: int


def print_matrix(matrix: Matrix, folder: Path, *, file: TextIO | None = None) -> None:
    """Prints the closing words of `compress` on stdout.

    Args:
        matrix: what was made.
        folder: the build's.
        file: another stream than stdout.
    """
    from rich.text import Text

    console = open_console(file)
    console.print()
    took = format_duration(matrix.seconds)
    console.print(Text.assemble(plain_text(matrix.title, "bold"), (f"  compressed in {took}", "dim")), soft_wrap=True)
    if matrix.rows:
        console.print()
        console.print(matrix_table(matrix, min(console.width, WIDTH_MAX)))
        console.print(plain_text("points: of accuracy, gained (+) or lost (−) against the trained network", "dim"), soft_wrap=True)
        console.print()
    chosen = findings.chosen(matrix)
    console.print(plain_text(findings.headline(matrix), "bold green" if chosen else "bold red"), soft_wrap=True)
    for sentence in findings.why(matrix):
        console.print(plain_text(sentence, "dim"), soft_wrap=True)
    for title, style, sentences in (
        ("FAILED", "bold red", [*findings.failures(matrix), *check_sentences(findings.failed_checks(matrix))]),
        ("Not passed", "yellow", findings.refused(matrix)),
        ("Not kept", "yellow", findings.not_kept(matrix)),
        ("Left alone", "dim", [findings.alone_text(each) for each in findings.left_alone(matrix)]),
    ):
        for sentence in sentences[:LINES_MAX]:
            console.print(Text.assemble((f"{title}: ", style), plain_text(sentence)), soft_wrap=True)
        if len(sentences) > LINES_MAX:
            console.print(plain_text(f"and {len(sentences) - LINES_MAX:,} more: see the page", "dim"), soft_wrap=True)
    console.print()
    for name, place in places(chosen, folder):
        console.print(Text.assemble((f"{name:<8}", "dim"), plain_text(place)), soft_wrap=True)


def matrix_table(matrix: Matrix, width: int) -> Table:
    """The trained network, then each technique; the columns that fit."""
    columns = fitting(columns_of(matrix), matrix.rows, width)
    table = open_table("technique", *(column.title for column in columns))
    if matrix.network.test_photos:
        accuracy = format_percent(matrix.network.accuracy)
        table.add_row("trained network", *(accuracy if column.title == "accuracy" else "" for column in columns), style="dim")
    for row in matrix.rows:
        state = findings.state(row)
        cells = (plain_text(column.cell(row), STYLES[state] if column.title == "gate" else "") for column in columns)
        table.add_row(plain_text(row.technique, "bold" if row.technique == matrix.chosen else "", NAME_LENGTH_MAX), *cells)
    return table


def columns_of(matrix: Matrix) -> tuple[Column, ...]:
    """All figures, in their order."""

    def of_file(form: Callable[[float | None], str], figure: Callable[[File], float | None]) -> Callable[[Row], str]:
        return lambda row: form(None if row.first is None else figure(row.first))

    return (
        Column("gate", findings.state, 0),
        Column("accuracy", lambda row: format_percent(row.accuracy), 1),
        Column("points", findings.points, 4),
        Column("flash", of_file(format_bytes, lambda file: file.flash_bytes), 2),
        Column("gzip", of_file(format_bytes, lambda file: file.gzip_bytes), 3),
        Column("of int8's", lambda row: format_percent(findings.gzip_share(matrix, row), 0), 8),
        Column("arena", lambda row: format_bytes(row.arena_bytes), 6),
        Column("mult-adds", lambda row: format_count(row.multiply_adds_left), 9),
        Column("latency", of_file(format_latency, lambda file: file.latency_ms), 5),
        Column("time", lambda row: format_duration(row.seconds), 7),
        Column("worst class", lambda row: format_percent(row.worst_class and row.worst_class[1]), 10),
    )


def fitting(columns: tuple[Column, ...], rows: tuple[Row, ...], width: int) -> tuple[Column, ...]:
    """The columns that there is room for beside the names."""
    from rich.cells import cell_len

    names = max(len("trained network"), *(cell_len(printable(row.technique, NAME_LENGTH_MAX)) for row in rows))
    widths = {column.title: GAP + max(len(column.title), *(len(column.cell(row)) for row in rows)) for column in columns}
    kept = list(columns)
    while len(kept) > 1 and names + sum(widths[column.title] for column in kept) > width:
        kept.remove(max(kept, key=lambda column: column.goes))
    return tuple(kept)


def check_sentences(broken: list[tuple[str, File]]) -> list[str]:
    """Checks that failed, with the file that they failed on."""
    return [
        f"{findings.shown(technique)}: {file.file}: {check_title(check)}" + (f": {check.reason}" if check.reason else "")
        for technique, file in broken
        for check in file.failed
    ]


def places(chosen: Row | None, folder: Path) -> list[tuple[str, str]]:
    """Where the chosen file and the pages lie."""
    file = chosen.first if chosen is not None else None
    found = [] if file is None else [("File", str(folder / file.file))]
    if chosen is not None and chosen.micro is not None and chosen.micro is not file:
        found.append(("Micro", str(folder / chosen.micro.file)))
    pages = [folder / FOLDER / page for page in PAGES]
    return found + [(name, str(page)) for name, page in zip(("Page", "Text", "Figures"), pages, strict=True) if page.exists()]
