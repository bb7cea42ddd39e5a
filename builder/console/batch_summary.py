"""What a batch shows at its end: the best builds, what failed, what was stopped or skipped and why, where its record lies."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.batch.outcome import Outcome
from builder.batch.record import FROM_OUTSIDE, BatchRecord, CellRecord
from builder.console.batch_told import NAME_LENGTH_MAX, SETTINGS_LENGTH_MAX, counts_of, message_of, settings_of, varying
from builder.console.columns import Column, print_columns
from builder.console.stdout import open_console, plain_text
from builder.console.summary import command
from builder.formats import counted, format_bytes, format_count, format_duration, format_latency, format_percent, printable

if TYPE_CHECKING:
    from rich.text import Text

    from builder.batch.sections import Exports

BEST_MAX = 10
REASONS_MAX = 5  # of each kind; record.json has all
WARNINGS_MAX = 8
REFUSED = "!"  # before the cells whose file the gate refuses
SETTINGS_LENGTH_MIN, FIGURES_WIDTH = 12, 40  # a cell's name has the room that the figures which stay leave, within limits


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a finished build: its title, its text, and which ones go first where there is no room; 0 stays."""

    title: str
    text: Callable[[Outcome], str]
    goes: int = 0


FIGURES = (
    Figure("validation", lambda outcome: format_percent(outcome.accuracy)),
    Figure("test", lambda outcome: format_percent(outcome.test_accuracy), goes=5),
    Figure("size", lambda outcome: format_bytes(outcome.flash_bytes)),
    Figure("arena", lambda outcome: format_bytes(outcome.arena_bytes), goes=2),
    Figure("mult-adds", lambda outcome: format_count(outcome.multiply_adds), goes=1),
    Figure("latency", lambda outcome: format_latency(outcome.latency_ms), goes=3),
    Figure("epochs", lambda outcome: format_count(outcome.epochs), goes=4),
)
TIME_GOES, FILE_GOES = 6, 7


def print_batch(
    record: BatchRecord, folder: Path, again: str, *, exports: Exports | None = None, file: TextIO | None = None
) -> None:
    """Prints the closing words of a batch on stdout.

    Args:
        record: as it ended.
        folder: where its record lies.
        again: the command that goes on with it.
        exports: what the batch makes of every build; None where nobody knows.
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
        left_out = print_columns(console, columns_of(best, keys, console.width))
        console.print(plain_text(legend(record, best), "dim"), soft_wrap=True)
        if left_out:
            console.print(plain_text(f"no room here for {', '.join(left_out)}: record.json has all", "dim"), soft_wrap=True)
        for line in made_besides(exports, record.exports) if exports is not None else ():
            console.print(line, soft_wrap=True)
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


def columns_of(cells: Sequence[CellRecord], keys: Container[str], width: int) -> list[Column]:
    """The table of some finished cells, a row each, at least one; what there is no room for goes, but never the cell's number."""
    from rich.text import Text

    outcomes = [cell.outcome or Outcome() for cell in cells]
    styles = ["yellow" if outcome.gate else "" for outcome in outcomes]
    room = min(SETTINGS_LENGTH_MAX, max(SETTINGS_LENGTH_MIN, width - FIGURES_WIDTH))
    signs = [f"{REFUSED if style else ' '} " if any(styles) else "" for style in styles]
    names = [Text.assemble((sign, "yellow"), name_of(cell, keys, room)) for sign, cell in zip(signs, cells, strict=True)]
    names[0].stylize("bold")
    files = [plain_text(outcome.variant, style, NAME_LENGTH_MAX) for outcome, style in zip(outcomes, styles, strict=True)]
    return [
        Column("cell", names),
        Column("file", files, FILE_GOES),
        *(Column(figure.title, [figure.text(outcome) for outcome in outcomes], figure.goes) for figure in FIGURES),
        Column("time", [format_duration(seconds_of(cell)) for cell in cells], TIME_GOES),
    ]


def name_of(cell: CellRecord, keys: Container[str], limit: int) -> str:
    """`3: alpha 0.5, seed 1`."""
    said = settings_of(cell.values, keys, limit)
    return f"{cell.number}: {said}" if said else f"{cell.number}"


def seconds_of(cell: CellRecord) -> float:
    """The whole of it with its exports where this run built it, else what its report says; exports alone are less than that."""
    return max(cell.took, cell.outcome.seconds if cell.outcome is not None else 0.0)


def legend(record: BatchRecord, cells: Sequence[CellRecord]) -> str:
    """What the table leaves out, and what its figures and signs mean."""
    done, shown = record.counts.get("done", 0), len(cells)
    first = f"the best {shown:,} of {done:,}; " if done > shown else ""
    refused = sum(cell.outcome is not None and bool(cell.outcome.gate) for cell in record.of_state("done"))
    gate = f"; {REFUSED}: the gate refuses {counted(refused, 'file')}" if refused else ""
    whose = whose_validation([cell.outcome for cell in cells if cell.outcome is not None])
    return f"{first}validation: of {whose}, on the photos that choices are made on; test photos are only reported{gate}"


def whose_validation(outcomes: Sequence[Outcome]) -> str:
    """Whose accuracy on validation photos is shown: the named file's own, or that of another one or of the network."""
    judged = [outcome for outcome in outcomes if outcome.is_judged]
    if judged and all(outcome.judged == outcome.variant for outcome in judged):
        said = "the file"
    else:
        names = sorted({outcome.judged for outcome in judged})
        said = f"{printable(names[0], NAME_LENGTH_MAX)}, " if len(names) == 1 and names[0] else ""
        said += "the file that the gate judges" if judged else ""
    network = "the trained network" if len(judged) < len(outcomes) else ""
    return f"{said}, or of {network} where it judges none" if said and network else said or network


def made_besides(exports: Exports, folder: str) -> list[Text]:
    """What is made of every build besides its own files, and how to compare all of them; no line where there is nothing."""
    sizes = [f"{pixels} px" for pixels in exports.resolutions]
    parts = [", ".join(each) for each in (exports.techniques, sizes, ["a zip"] if exports.bundle else []) if each]
    if not parts:
        return []
    compared = f" `{compare(folder)} --every-file` compares all files." if exports.techniques or sizes else ""
    return [plain_text(f"Made of each as well: {'; '.join(parts)}.{compared}")]


def compare(exports: str) -> str:
    """The command that compares the builds of a folder."""
    return f"{command()} leaderboard {shlex.quote(printable(exports))}"


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
        steps.append(("Compare", compare(record.exports)))
    if not record.met_its_goal and (record.state != "done" or record.counts.get("failed")):
        steps.append(("Go on", again))
    return steps
