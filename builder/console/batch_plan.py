"""What `batch --dry-run` shows: one line a build, what is skipped and why, how long all of it takes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from builder.batch.options import Options
from builder.console.columns import Column, print_columns
from builder.console.stdout import open_console, plain_text
from builder.formats import UNKNOWN, counted, format_bytes, format_count, format_duration, format_latency, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from builder.batch.planning import BatchPlan, PlannedCell
    from builder.batch.time_needed import Seconds

ROWS_SHOWN = 40
REASONS_SHOWN = 5
KEYS_SHOWN = 6  # columns of what varies
SETTINGS_GO = 7  # after every figure, where there is no room
OF_ARENA = "TFLite Micro's arena and the scratch memory of its kernels"
OF_PROCESS = "what LiteRT takes of a process on Linux or a phone"
VALUE_LENGTH_MAX = 24
REASON_LENGTH_MAX = 700
STYLES = {
    "new": "",
    "unfinished": "yellow",
    "incomplete": "yellow",
    "done": "green",
    "duplicate": "dim",
    "skipped": "red",
    "invalid": "red",
}
WORDS = {
    "new": "to build",
    "unfinished": "unfinished",
    "incomplete": "to complete",
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
    on_time = (plan.time_basis, *time_notes(options or Options())) if plan.to_build else ()
    for note in (*on_time, *plan.notes):
        console.print(plain_text(note, "dim"), soft_wrap=True)


def print_cells(console: Console, plan: BatchPlan) -> None:
    """A table of the first builds: what sets each apart, what it costs, how long it takes."""
    keys = varying(plan.cells)
    left_out = [*print_columns(console, columns_of(plan, keys[:KEYS_SHOWN])), *short(keys)[KEYS_SHOWN:]]
    more = len(plan.cells) - ROWS_SHOWN
    if more > 0:
        console.print(f"… {more:,} more; --json has all", style="dim")
    if left_out:
        console.print(plain_text(f"No room here for {', '.join(left_out)}; --json has all.", "dim"), soft_wrap=True)
    said = costs_text(plan, left_out)
    if said:
        console.print(plain_text(said, "dim"), soft_wrap=True)


def columns_of(plan: BatchPlan, keys: Sequence[str]) -> list[Column]:
    """The table. Where there is no room, costs go before the state, the state before settings, and the number stays."""
    from builder.batch.keys import value_of

    shown = plan.cells[:ROWS_SHOWN]
    cells = [planned.cell for planned in shown]
    typical = [None if planned.seconds is None else planned.seconds.typical for planned in shown]
    settings = [
        Column(title, [value_text(value_of(cell.base, cell.values, key)) for cell in cells], goes=SETTINGS_GO + len(keys) - place)
        for place, (title, key) in enumerate(zip(short(keys), keys, strict=True))
    ]
    figures = [
        Column("file", [planned.variant or UNKNOWN for planned in shown], goes=4),
        Column("flash", [format_bytes(planned.flash_bytes) for planned in shown], goes=5),
        Column("peak RAM", [format_bytes(planned.peak_ram_bytes) for planned in shown], goes=3),
        Column("mult-adds", [format_count(planned.multiply_adds) for planned in shown], goes=1),
        Column("latency", [format_latency(planned.latency_ms) for planned in shown], goes=2),
        Column("time", [format_duration(seconds) for seconds in typical], goes=6),
        Column("state", [state_text(planned) for planned in shown], goes=7),
    ]
    needless = {"file": len(files_of(plan)) < 2, "latency": not plan.batch.devices}
    number = Column("", [str(cell.number) for cell in cells])
    return [number, *settings, *(figure for figure in figures if not needless.get(figure.title))]


def files_of(plan: BatchPlan) -> list[str]:
    """The files whose figures are shown, each once."""
    return list(dict.fromkeys(planned.variant for planned in plan.cells if planned.variant))


def costs_text(plan: BatchPlan, left_out: Container[str]) -> str:
    """Which file and which device the figures are of that are shown, and what RAM stands for; empty where there are none."""
    files, devices = files_of(plan), plan.batch.devices
    costs = [title for title in ("flash", "peak RAM", *(["latency"] if devices else [])) if title not in left_out]
    if not files or not costs:
        return ""
    *others, last = costs
    what = f"{', '.join(others)} and {last} are those" if others else f"{last} is that"
    whose = files[0] if len(files) == 1 else "the file that the device runs" if devices else "the file named beside them"
    where = f" on {devices[0]}" if devices else ""
    if len(devices) > 1:
        fits_none = any(planned.variant and not planned.fits for planned in plan.cells)
        where = f" on the first device that each build fits{f', {devices[0]} where it fits none' if fits_none else ''}"
    ram = f" {ram_text(plan)}" if "peak RAM" in costs else ""
    return f"{what[0].upper()}{what[1:]} of {whose}{where}.{ram}"


def ram_text(plan: BatchPlan) -> str:
    """What takes the RAM: an arena on a microcontroller, else a process."""
    from builder import devices
    from builder.planner.ram import on_microcontroller

    named = plan.batch.devices
    places = {(next(iter((*planned.fits, *named)), ""), planned.variant) for planned in plan.cells if planned.variant}
    small = {on_microcontroller(devices.find(name) if name else None, variant) for name, variant in places}
    if small == {True}:
        return f"RAM is {OF_ARENA}."
    if small == {False}:
        return f"RAM is {OF_PROCESS}, no arena."
    return f"RAM is {OF_ARENA} on microcontrollers, elsewhere {OF_PROCESS}."


def varying(cells: Sequence[PlannedCell]) -> list[str]:
    """The keys whose effective value is not the same in every build, in the order of the file. rho counts as pixels."""
    from builder.batch.keys import equal, value_of

    def is_constant(key: str) -> bool:
        first, *others = (value_of(planned.cell.base, planned.cell.values, key) for planned in cells)
        return all(equal(first, value) for value in others)

    keys = dict.fromkeys("resolution" if key == "rho" else key for planned in cells for key in planned.cell.values)
    return [key for key in keys if not is_constant(key)]


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
