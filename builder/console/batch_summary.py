"""What a batch shows at its end: the best builds, what failed, what was stopped or skipped and why, where its record lies."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.batch.outcome import Outcome
from builder.batch.record import FROM_OUTSIDE, BatchRecord, CellRecord
from builder.console.batch_told import counts_of, message_of, settings_of, varying
from builder.console.stdout import open_console, open_table, plain_text
from builder.console.summary import command
from builder.formats import counted, format_bytes, format_count, format_duration, format_latency, format_percent, printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

BEST_MAX = 10
REASONS_MAX = 5  # of each kind; record.json has all
WARNINGS_MAX = 8
WIDE = 96  # columns from which on there is room for every figure


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of a finished build: its title, its text, and whether it goes where there is no room."""

    title: str
    text: Callable[[Outcome], str]
    goes: bool = False


COLUMNS = (
    Column("validation", lambda outcome: format_percent(outcome.accuracy)),
    Column("test", lambda outcome: format_percent(outcome.test_accuracy)),
    Column("size", lambda outcome: format_bytes(outcome.flash_bytes)),
    Column("arena", lambda outcome: format_bytes(outcome.arena_bytes), goes=True),
    Column("mult-adds", lambda outcome: format_count(outcome.multiply_adds), goes=True),
    Column("latency", lambda outcome: format_latency(outcome.latency_ms), goes=True),
    Column("epochs", lambda outcome: format_count(outcome.epochs), goes=True),
    Column("time", lambda outcome: format_duration(outcome.seconds)),
)


def print_batch(record: BatchRecord, folder: Path, again: str, *, file: TextIO | None = None) -> None:
    """Prints the closing words of a batch on stdout.

    Args:
        record: as it ended.
        folder: where its record lies.
        again: the command that goes on with it.
        file: another stream than stdout.
    """
    from rich.text import Text

    console = open_console(file)
    console.print()
    took = format_duration(record.updated - record.began) if record.updated > record.began > 0 else ""
    console.print(Text.assemble(plain_text(record.name, "bold"), (f"  ended after {took}" if took else "", "dim")), soft_wrap=True)
    style = "bold red" if record.counts.get("failed") else "bold green" if record.state == "done" else "bold yellow"
    console.print(plain_text(f"{counted(len(record.cells), 'cell')}: {counts_of(record.counts)}", style), soft_wrap=True)
    if record.message and record.state == "stopped" and record.message not in FROM_OUTSIDE:  # else it is the command's error
        console.print(plain_text(record.message, "yellow"), soft_wrap=True)
    best, keys = best_cells(record), varying(record.cells)
    if best:
        console.print()
        console.print(table(best, keys, console.width))
        console.print(plain_text(legend(record, len(best)), "dim"), soft_wrap=True)
    for line in closing(record, keys):
        console.print(line, soft_wrap=True)
    console.print()
    for name, words in next_steps(record, folder, again):
        console.print(Text.assemble((f"{name:<8}", "dim"), plain_text(words)), soft_wrap=True)


def best_cells(record: BatchRecord) -> list[CellRecord]:
    """The most accurate builds on validation photos, the smaller of equal ones first."""

    def rank(cell: CellRecord) -> tuple[float, float, int]:
        outcome = cell.outcome or Outcome()
        return -(outcome.accuracy or 0.0), outcome.flash_bytes or 0, cell.number

    return sorted((cell for cell in record.of_state("done") if cell.outcome is not None), key=rank)[:BEST_MAX]


def table(cells: Sequence[CellRecord], keys: Container[str], width: int) -> Table:
    """A row each; narrow terminals get fewer figures."""
    columns = [column for column in COLUMNS if width >= WIDE or not column.goes]
    rows = open_table("cell", "file", *(column.title for column in columns))
    for place, cell in enumerate(cells):
        outcome = cell.outcome or Outcome()
        said = settings_of(cell.values, keys)
        name = f"{cell.number}: {said}" if said else str(cell.number)
        refused = "yellow" if outcome.gate else ""
        file = plain_text(outcome.variant, refused, 24)
        rows.add_row(plain_text(name, "bold" if place == 0 else ""), file, *(column.text(outcome) for column in columns))
    return rows


def legend(record: BatchRecord, shown: int) -> str:
    """What the table leaves out, and what its colours mean."""
    done = record.counts.get("done", 0)
    first = f"the best {shown:,} of {done:,}; " if done > shown else ""
    refused = sum(cell.outcome is not None and bool(cell.outcome.gate) for cell in record.of_state("done"))
    gate = f"; the gate refuses {counted(refused, 'file')}, yellow here" if refused else ""
    return f"{first}validation: of the file, on the photos that choices are made on; test photos are only reported{gate}"


def closing(record: BatchRecord, keys: Container[str]) -> list[Text]:
    """What did not end well, what was stopped or skipped, and what people should know, a line each."""
    from rich.text import Text

    failed = [f"{named(cell, keys)}: {message_of(cell.message)}" for cell in record.of_state("failed")]
    lines = [Text.assemble(("FAILED: ", "bold red"), line) for line in failed]
    if failed:
        lines.append(plain_text(f"  {what_to_do(record)}", "dim"))
    for title, style, reasons in (
        ("Stopped", "yellow", reasons_of(record.of_state("stopped"), but=record.message)),
        ("Skipped", "yellow", reasons_of(record.of_state("skipped"))),
        ("Built as another one", "dim", reasons_of(record.of_state("duplicate"))),
    ):
        for reason, cells in reasons[:REASONS_MAX]:
            lines.append(Text.assemble((f"{title} {counted(cells, 'cell')}: ", style), reason))
        if len(reasons) > REASONS_MAX:
            rest = sum(cells for _, cells in reasons[REASONS_MAX:])
            lines.append(plain_text(f"  and {counted(rest, 'cell')} more; record.json has each", "dim"))
    lines += [Text.assemble(("Warning: ", "yellow"), message_of(warning)) for warning in record.warnings[:WARNINGS_MAX]]
    more = max(0, len(record.warnings) - WARNINGS_MAX) + record.more_warnings
    if more:
        lines.append(plain_text(f"  and {counted(more, 'warning')} more in events.jsonl", "dim"))
    return lines


def what_to_do(record: BatchRecord) -> str:
    """How failed builds are tried again."""
    begun = any(cell.attempts for cell in record.of_state("failed"))
    tried = " Each was tried twice; log.txt in a build's folder has what the libraries said." if begun else ""
    again = "run it without --stop-when" if record.met_its_goal else "run the same command"
    return f"Mend what the message names, then {again}: it builds only what is not done.{tried}"


def reasons_of(cells: Sequence[CellRecord], but: str = "") -> list[tuple[str, int]]:
    """Why cells were not built, the reason of most cells first; without one that is told of the whole batch.

    Reasons that differ only in what comes after their first colon, such as by how much a design is too large, are one.
    """
    kinds: dict[str, list[CellRecord]] = {}
    for cell in cells:
        if cell.message != but:
            kinds.setdefault(cell.message.partition(": ")[0], []).append(cell)
    ordered = sorted(kinds.values(), key=len, reverse=True)
    return [(reason_of(alike), len(alike)) for alike in ordered]


def reason_of(alike: Sequence[CellRecord]) -> str:
    """Why some cells were not built: in full where it is the same for all, else with one of them as an example."""
    first = alike[0].message
    if all(cell.message == first for cell in alike):
        return message_of(first)
    kind, _, rest = first.partition(": ")
    return message_of(f"{kind}; cell {alike[0].number}, for example: {rest}")


def named(cell: CellRecord, keys: Container[str]) -> str:
    """`cell 3 (alpha 0.5, seed 1)`."""
    said = settings_of(cell.values, keys)
    return f"cell {cell.number} ({said})" if said else f"cell {cell.number}"


def failures(record: BatchRecord, most: int = BEST_MAX) -> str:
    """The failed cells as one message: `2 of 12 cells failed: cell 3 (alpha 0.5): …; cell 4 (…): …`."""
    failed, keys = record.of_state("failed"), varying(record.cells)
    told = "; ".join(f"{named(cell, keys)}: {message_of(cell.message).rstrip('.')}" for cell in failed[:most])
    more = f"; and {len(failed) - most:,} more" if len(failed) > most else ""
    return f"{len(failed):,} of {counted(len(record.cells), 'cell')} failed: {told}{more}."


def next_steps(record: BatchRecord, folder: Path, again: str) -> list[tuple[str, str]]:
    """Where things are, and the commands to try next."""
    steps = [("Record", str(folder / "record.json"))]
    best = record.cell(record.best) if record.best else None
    if best is not None and best.folder:
        steps.append(("Best", str(Path(record.exports) / Path(best.folder).name / "report.html")))
    if record.counts.get("done"):
        steps.append(("Compare", f"{command()} leaderboard {shlex.quote(printable(record.exports))}"))
    if not record.met_its_goal and (record.state != "done" or record.counts.get("failed")):
        steps.append(("Go on", again))
    return steps
