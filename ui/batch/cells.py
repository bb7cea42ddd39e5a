"""The builds of a batch as tables: what sets each apart, what it costs or cost, how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from builder.batch.record import CellRecord
from builder.formats import UNKNOWN, format_bytes, format_count, format_duration, format_latency, format_percent, printable
from ui.builds.overview import HEIGHT_ROWS, ROW_PX, floats

if TYPE_CHECKING:
    from pandas import DataFrame

KEYS_MAX = 8  # columns of what varies
VALUE_LENGTH_MAX = 40
REASON_LENGTH_MAX = 300
ROWS_MAX = 1_000  # of more, those come first that are not over yet or that failed

# A sign and a word, so that no state is told by colour alone. The signs are in every common font.
PLANNED = {
    "new": "○ to build",
    "unfinished": "◐ to go on with",
    "incomplete": "◐ to complete",
    "done": "✓ done already",
    "duplicate": "= as another",
    "skipped": "– skipped",
    "invalid": "✕ cannot be built",
}
STATES = {
    "waiting": "○ waiting",
    "running": "● running",
    "paused": "◐ paused",
    "done": "✓ done",
    "failed": "✕ failed",
    "skipped": "– skipped",
    "stopped": "■ stopped",
    "duplicate": "= as another",
}
URGENT = ("failed", "running", "paused", "waiting")  # come first where not all are shown
FORMATS: dict[str, Callable[[Any], str]] = {
    "#": format_count,
    "Size": format_bytes,
    "Arena": format_bytes,
    "RAM": format_bytes,
    "Mult-adds": format_count,
    "Latency": format_latency,
    "Time": format_duration,
    "Epoch": format_count,
    "Epochs": format_count,
    "Validation": format_percent,
    "Accuracy": format_percent,
}
SPARE = ("Latency", "Arena", "Message", "Why not", "Epoch")  # columns that a table does without where they are empty
ALL_STATES = (*URGENT, "stopped", "done", "skipped", "duplicate")


def planned_state(row: Mapping[str, Any]) -> str:
    """The state of a planned build as its counts have it."""
    if row["skipped"] and not row["build"]:
        return "invalid"
    return "skipped" if row["skipped"] and row["state"] != "duplicate" else str(row["state"])


def show_planned(rows: Sequence[Mapping[str, Any]], key: str) -> None:
    """The rows of a dry run."""
    typical = [None if row["seconds"] is None else row["seconds"]["typical"] for row in rows]
    columns: dict[str, Any] = {
        "#": floats(row["number"] for row in rows),
        "State": [PLANNED[planned_state(row)] for row in rows],
        **varying([row["values"] for row in rows]),
        "File": [row["variant"] or UNKNOWN for row in rows],
        "Size": floats(row["flash_bytes"] for row in rows),
        "Arena": floats(row["arena_bytes"] for row in rows),
        "RAM": floats(row["peak_ram_bytes"] for row in rows),
        "Mult-adds": floats(row["multiply_adds"] for row in rows),
        "Latency": floats(row["latency_ms"] for row in rows),
        "Time": floats(typical),
        "Why not": [printable(row["skipped"], REASON_LENGTH_MAX) for row in rows],
    }
    draw(columns, key)


def show_built(cells: Iterable[CellRecord], key: str) -> None:
    """The builds of a batch as they stand."""
    rows = first(list(cells))
    outcomes = [cell.outcome for cell in rows]
    columns: dict[str, Any] = {
        "#": floats(cell.number for cell in rows),
        "State": [STATES[cell.state] for cell in rows],
        **varying([cell.values for cell in rows]),
        "Epoch": floats(cell.epoch or None for cell in rows),
        "Epochs": floats(cell.epochs or None for cell in rows),
        "Validation": floats(best_of(cell) for cell in rows),
        "Accuracy": floats(outcome.test_accuracy if outcome else None for outcome in outcomes),
        "Size": floats(outcome.flash_bytes if outcome else None for outcome in outcomes),
        "Arena": floats(outcome.arena_bytes if outcome else None for outcome in outcomes),
        "Time": floats(taken(cell) for cell in rows),
        "Message": [printable(cell.message, REASON_LENGTH_MAX) for cell in rows],
    }
    draw(columns, key)


def first(cells: list[CellRecord]) -> list[CellRecord]:
    """As many builds as a table shows, by number; those that people wait for or must look at go first where not all are shown."""
    if len(cells) <= ROWS_MAX:
        return cells
    urgent = sorted(cells, key=lambda cell: (ALL_STATES.index(cell.state), cell.number))
    return sorted(urgent[:ROWS_MAX], key=lambda cell: cell.number)


def best_of(cell: CellRecord) -> float | None:
    """The share of validation photos right: of the file where it is built, else of the network so far."""
    return cell.outcome.accuracy if cell.outcome is not None else cell.val_accuracy


def taken(cell: CellRecord) -> float | None:
    """Seconds that it took; of one that was done before, what it took then."""
    return cell.took or (cell.outcome.seconds if cell.outcome is not None else 0.0) or None


def varying(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column for each setting in which builds differ; all that were set where none differs."""
    seen: dict[str, set[str]] = {}
    for number, each in enumerate(values):
        for key, value in each.items():
            seen.setdefault(key, {UNKNOWN} if number else set()).add(repr(value))
    keys = [key for key, found in seen.items() if len(found) > 1] or list(seen)
    return {printable(key, VALUE_LENGTH_MAX): column([each.get(key) for each in values]) for key in keys[:KEYS_MAX]}


def column(values: Sequence[Any]) -> Any:
    """Numbers as numbers, so that they can be sorted; anything else as text."""
    if all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values):
        return floats(values)
    return [UNKNOWN if value is None else printable(text_of(value), VALUE_LENGTH_MAX) for value in values]


def text_of(value: Any) -> str:
    """A setting as its file has it."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def said(values: Iterable[Any]) -> bool:
    """Whether a column says anything."""
    return any(value != "" and value == value for value in values)


def draw(columns: Mapping[str, Any], key: str) -> None:
    """A table; a cell draws its text as it is."""
    import pandas

    table: DataFrame = pandas.DataFrame({name: values for name, values in columns.items() if name not in SPARE or said(values)})
    numbers = {name: "{:g}".format for name in table.select_dtypes("number").columns if name not in FORMATS}
    st.dataframe(
        table.style.format({**numbers, **{name: form for name, form in FORMATS.items() if name in table}}),
        hide_index=True,
        placeholder=UNKNOWN,
        key=key,
        height=ROW_PX * (min(len(table), HEIGHT_ROWS) + 1) + 3,
        column_config={
            "#": st.column_config.NumberColumn(width="small"),
            "Why not": st.column_config.TextColumn(width="large"),
            "Message": st.column_config.TextColumn(width="large"),
            "Arena": st.column_config.NumberColumn(help="of TFLite Micro, for firmware"),
            "RAM": st.column_config.NumberColumn(help="while it runs, as a rule"),
            "Validation": st.column_config.NumberColumn(
                help="share of the validation photos right: the best so far, then the file's"
            ),
            "Accuracy": st.column_config.NumberColumn(help="of the file, on the test photos"),
        },
    )
