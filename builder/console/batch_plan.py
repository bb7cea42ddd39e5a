"""What `batch --dry-run` shows: one line a build, what is skipped and why, how long all of it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from builder.batch.options import Options
from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import UNKNOWN, counted, format_bytes, format_count, format_duration, format_latency, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from builder.batch.planning import BatchPlan, PlannedCell
    from builder.batch.time_needed import Seconds

ROWS_SHOWN = 40
REASONS_SHOWN = 5
KEYS_SHOWN = 6  # columns of what varies
VALUE_LENGTH_MAX = 24
REASON_LENGTH_MAX = 700
STYLES = {"new": "", "unfinished": "yellow", "done": "green", "duplicate": "dim", "skipped": "red", "invalid": "red"}
WORDS = {
    "new": "to build",
    "unfinished": "unfinished",
    "done": "done already",
    "duplicate": "duplicate",
    "skipped": "skipped",
    "invalid": "cannot be built",
}


def print_batch_plan(plan: BatchPlan, *, workers: int = 1, options: Options | None = None, file: TextIO | None = None) -> None:
    """The dry run of a batch; the time is told for so many workers, and what the options do to it in words."""
    console = open_console(file)
    console.print(
        plain_text(f"Batch {plan.batch.name}: {counted(len(plan.cells), 'build')} into {plan.exports}", "bold"), soft_wrap=True
    )
    console.print()
    print_cells(console, plan)
    console.print()
    print_counts(console, plan)
    print_fits(console, plan)
    print_reasons(console, plan.cells)
    console.print(plain_text(time_text(plan, workers), "bold"), soft_wrap=True)
    for note in (plan.time_basis, *time_notes(options or Options()), *plan.notes):
        console.print(plain_text(note, "dim"), soft_wrap=True)


def print_cells(console: Console, plan: BatchPlan) -> None:
    """A table of the first builds: what sets each apart, what it costs, how long it takes."""
    from builder.batch.keys import value_of

    shown = plan.cells[:ROWS_SHOWN]
    keys = varying(plan.cells)[:KEYS_SHOWN]
    files = list(dict.fromkeys(planned.variant for planned in plan.cells if planned.variant))
    timed = bool(plan.batch.devices)
    named = ["file"] if len(files) > 1 else []
    table = open_table("", *short(keys), *named, "flash", "RAM", "mult-adds", *(["latency"] if timed else []), "time", "state")
    for planned in shown:
        seconds = None if planned.seconds is None else planned.seconds.typical
        cell = planned.cell
        table.add_row(
            str(cell.number),
            *(value_text(value_of(cell.base, cell.values, key)) for key in keys),
            *([planned.variant or UNKNOWN] if named else []),
            format_bytes(planned.flash_bytes),
            format_bytes(planned.peak_ram_bytes),
            format_count(planned.multiply_adds),
            *([format_latency(planned.latency_ms)] if timed else []),
            format_duration(seconds),
            state_text(planned),
        )
    console.print(table)
    if len(plan.cells) > len(shown):
        console.print(f"… {len(plan.cells) - len(shown):,} more; --json has all", style="dim")
    if len(files) == 1:
        console.print(f"{'Flash, RAM and latency' if timed else 'Flash and RAM'} are those of {files[0]}.", style="dim")


def varying(cells: Sequence[PlannedCell]) -> list[str]:
    """The keys under which cells differ, in the order of the file; all that were set where none differs. rho counts as pixels."""
    values: dict[str, set[str]] = {}
    told: Counter[str] = Counter()
    for planned in cells:
        own = {"resolution" if key == "rho" else key: value for key, value in planned.cell.values.items()}
        told.update(own.keys())
        for key, value in own.items():
            values.setdefault(key, set()).add(repr(value))
    return [key for key, seen in values.items() if len(seen) > 1 or told[key] < len(cells)] or list(values)


def short(keys: Sequence[str]) -> list[str]:
    """`epochs` for `training.epochs`, unless two keys end alike; `px` for the resolution."""
    last = ["px" if key == "resolution" else key.rpartition(".")[2] for key in keys]
    return [key if last.count(name) > 1 else name for key, name in zip(keys, last, strict=True)]


def value_text(value: Any) -> Text:
    """A value as the file has it; a dash where it is derived."""
    if value is None:
        return plain_text(UNKNOWN)
    text = (
        ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else f"{value:g}" if isinstance(value, float) else str(value)
    )
    return plain_text(text, limit=VALUE_LENGTH_MAX)


def state_text(planned: PlannedCell) -> Text:
    """The state in a word."""
    return plain_text(WORDS[planned.counted_as], STYLES[planned.counted_as])


def print_counts(console: Console, plan: BatchPlan) -> None:
    """`9,600 to build, 400 skipped`."""
    parts = [f"{count:,} {WORDS[state]}" for state, count in plan.counts().items() if count]
    console.print(plain_text(", ".join(parts) + "."), soft_wrap=True)


def print_fits(console: Console, plan: BatchPlan) -> None:
    """Which builds fit each of several devices; the latency is that of the first one that a build fits."""
    for device in plan.batch.devices if len(plan.batch.devices) > 1 else ():
        fitting = [planned.cell.number for planned in plan.cells if device in planned.fits]
        console.print(plain_text(f"Fit {device}: {spans(fitting) if fitting else 'none'}."), soft_wrap=True)


def print_reasons(console: Console, cells: Iterable[PlannedCell]) -> None:
    """Why builds are skipped, the most frequent reason first; reasons that many share are said once."""
    numbers: dict[str, list[int]] = {}
    for planned in cells:
        if planned.skipped:
            numbers.setdefault(planned.skipped, []).append(planned.cell.number)
    ordered = sorted(numbers.items(), key=lambda each: -len(each[1]))
    for reason, of in ordered[:REASONS_SHOWN]:
        console.print(plain_text(f"{spans(of)}: {printable(reason, REASON_LENGTH_MAX)}"), soft_wrap=True)
    if len(ordered) > REASONS_SHOWN:
        left = sum(len(of) for _, of in ordered[REASONS_SHOWN:])
        console.print(f"… {left:,} more for {len(ordered) - REASONS_SHOWN:,} other reasons; --json has all", style="dim")


def spans(numbers: list[int]) -> str:
    """`number 3`, or `numbers 1-4, 9 and 17 more`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:REASONS_SHOWN]]
    left = sum(last - first + 1 for first, last in runs[REASONS_SHOWN:])
    return f"number{'s' if len(numbers) > 1 else ''} {', '.join(shown)}" + (f" and {left:,} more" if left else "")


def time_notes(options: Options) -> list[str]:
    """What the time does not know of how the batch is run."""
    notes = []
    if options.halving is not None:
        notes.append("The time is that of all builds trained to their end; --halving stops most of them sooner.")
    if options.stop_when is not None:
        notes.append("The time is that of all builds; --stop-when may end the batch sooner.")
    if options.ray is not None:
        many = "" if options.workers or options.ray == "local" else "A cluster builds as many at a time as it has room for. "
        notes.append(f"{many}The time is as on this machine; a cluster's nodes may be faster or slower.")
    return notes


def time_text(plan: BatchPlan, workers: int) -> str:
    """`About 3 h on 2 workers, from 1 h to 7 h.`"""
    if not plan.to_build:
        return "Nothing is to be built."
    seconds: Seconds = plan.seconds(workers)
    low, typical, high = (format_duration(each) for each in (seconds.low, seconds.typical, seconds.high))
    return f"About {typical} on {counted(workers, 'worker')}, from {low} to {high}."
