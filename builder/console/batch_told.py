"""A batch as words, the same for a terminal with a table, for plain lines and for the closing summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from builder.batch.outcome import Outcome
from builder.batch.record import TRIED_AGAIN, BatchRecord, CellRecord
from builder.console.batch_plan import WORDS as PLAN_WORDS
from builder.console.batch_plan import time_text
from builder.console.told import TITLES, left
from builder.formats import counted, format_bytes, format_duration, format_percent, printable

if TYPE_CHECKING:
    from builder.batch.planning import BatchPlan

STATES = ("done", "running", "paused", "failed", "stopped", "skipped", "duplicate", "waiting")  # in the order that they are told
WORDS = {"duplicate": "the same as another"}
BETWEEN = " · "
SETTINGS_LENGTH_MAX = 40
NAME_LENGTH_MAX = 24  # of a file
MESSAGE_LENGTH_MAX = 600


def varying(cells: Sequence[CellRecord]) -> frozenset[str]:
    """The keys under which cells differ; all of them where none differs."""
    seen: dict[str, set[str]] = {}
    told: Counter[str] = Counter()
    for cell in cells:
        told.update(cell.values.keys())
        for key, value in cell.values.items():
            seen.setdefault(key, set()).add(repr(value))
    return frozenset(key for key in seen if len(seen[key]) > 1 or told[key] < len(cells)) or frozenset(seen)


def settings_of(values: Mapping[str, Any], keys: Container[str], limit: int = SETTINGS_LENGTH_MAX) -> str:
    """What sets a cell apart: `alpha 0.5, seed 1`; a dotted key goes by its last part."""
    told = (f"{key.rpartition('.')[2]} {value}" for key, value in values.items() if key in keys)
    return printable(", ".join(told), limit)


def counts_of(counts: Mapping[str, int]) -> str:
    """`5 done, 2 running, 1 failed, 4 waiting`."""
    return ", ".join(f"{counts[state]:,} {WORDS.get(state, state)}" for state in STATES if counts.get(state))


def plan_of(plan: BatchPlan, workers: int) -> str:
    """What is going to be built, in short: `12 cells: 10 to build, 2 skipped. About 3 min on 2 workers, from 2 min to 5 min.`"""
    counts = ", ".join(f"{count:,} {PLAN_WORDS[state]}" for state, count in plan.counts().items() if count)
    return f"{printable(plan.batch.name, 80)}: {counted(len(plan.cells), 'cell')}: {counts}. {time_text(plan, workers)}"


def best_of(record: BatchRecord, keys: Container[str]) -> str:
    """`best 98.4 % (cell 3: alpha 0.5, seed 1, 251.0 KiB)`; empty before the first finished build."""
    cell = record.cell(record.best) if 0 < record.best <= len(record.cells) else None
    if cell is None or cell.outcome is None:
        return ""
    known = filter(None, (settings_of(cell.values, keys), format_bytes(cell.outcome.flash_bytes)))
    return f"best {format_percent(cell.outcome.accuracy)} (cell {cell.number}: {', '.join(known)})"


def header_of(record: BatchRecord, counts: Mapping[str, int], keys: Container[str]) -> str:
    """One line on the whole batch: how many cells of each state, the best so far, how much longer."""
    cells = f"{counted(len(record.cells), 'cell')}: {counts_of(counts)}"
    return BETWEEN.join(filter(None, (cells, best_of(record, keys), left(record.seconds_left) if counts.get("running") else "")))


def stage_of(cell: CellRecord) -> str:
    """What a running cell does now."""
    return TITLES.get(cell.stage, printable(cell.stage, 24)) if cell.stage else "begins"


def epoch_of(cell: CellRecord) -> str:
    """`epoch 3 of 20`: how many are whole; empty before training."""
    return f"epoch {cell.epoch} of {cell.epochs}" if cell.epochs and (cell.epoch or cell.stage == "train") else ""


def result_of(outcome: Outcome | None, seconds: float) -> str:
    """`98.4 % int8 validation, 251.0 KiB, 41 s`; without the time where this run did not build it.

    Where the size is not that of the file that was judged, both are named: `int8 98.4 % validation, int8_micro 251.0 KiB`.
    """
    took = format_duration(seconds) if seconds else ""
    if outcome is None:
        return took
    accuracy, file = format_percent(outcome.accuracy), printable(outcome.variant, NAME_LENGTH_MAX)
    size = format_bytes(outcome.flash_bytes) if outcome.flash_bytes is not None else ""
    if file and outcome.judged == outcome.variant:
        said = f"{accuracy} {file} validation"
    else:
        said = f"{printable(outcome.judged, NAME_LENGTH_MAX)} {accuracy} validation".lstrip()
        size = f"{file} {size}".strip() if size else ""
    return ", ".join(filter(None, (said, size, took)))


def message_of(text: Any) -> str:
    """A message from anywhere, safe to show."""
    return printable(str(text), MESSAGE_LENGTH_MAX)


def end_of(values: Mapping[str, Any], cells: int) -> str:
    """A line for a cell's end, or for another try of it, from its `cell` event; empty where there is nothing to tell.

    Args:
        values: of the event.
        cells: how many there are; 0 is not known.
    """
    state, message = values.get("state"), message_of(values.get("message", ""))
    of = f" of {cells:,}" if cells else ""
    name = f"cell {values.get('number')}{of}"
    if state == "done":
        outcome = Outcome.from_json(values["outcome"]) if values.get("outcome") else None
        refused = f" - the gate refuses it: {message}" if message else ""
        return f"{name} done: {result_of(outcome, float(values.get('took') or 0.0))}{refused}"
    if state == "failed":
        return f"{name} failed: {message}"
    if state == "waiting" and message.startswith(TRIED_AGAIN):
        return f"{name}: {message}"
    if state == "stopped" and values.get("attempts"):  # those that were never begun are told together, at the end
        return f"{name} stopped: {message}"
    return ""
