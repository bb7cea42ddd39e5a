"""The leaderboard's columns: their names in `--sort` and `--where`, their titles, how they are written, which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from builder.formats import UNKNOWN, format_bytes, format_count, format_latency, format_percent, printable
from builder.ranking.model import Entry

NAME_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Args:
        key: its name in conditions and in `--sort`; see `builder.conditions`.
        name: in CSV, JSON and frames; it carries the unit.
        title: above a table.
        form: a value as people read it.
        descending: whether the largest value comes first.
    """

    key: str
    name: str
    title: str
    form: Callable[[Any], str]
    descending: bool = False

    def value(self, entry: Entry) -> Any:
        """As it was measured; None where it was not."""
        return getattr(entry, self.name)

    def text(self, entry: Entry) -> str:
        """For people."""
        return self.form(self.value(entry))


def figure(value: float | None) -> str:
    """A setting such as 0.25 or 128."""
    return UNKNOWN if value is None else f"{value:.4g}"


def words(text: str) -> str:
    """A name from anywhere, on one line."""
    return printable(text, NAME_LENGTH_MAX) or UNKNOWN


def day(seconds: float) -> str:
    """A point in time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return UNKNOWN


COLUMNS = (
    Column("title", "title", "build", words),
    Column("accuracy", "accuracy", "accuracy", format_percent, descending=True),
    Column("val_accuracy", "val_accuracy", "validation", format_percent, descending=True),
    Column("flash", "flash_bytes", "flash", format_bytes),
    Column("gzip", "gzip_bytes", "gzip", format_bytes),
    Column("arena", "arena_bytes", "arena", format_bytes),
    Column("multiply_adds", "multiply_adds", "mult-adds", format_count),
    Column("parameters", "parameters", "parameters", format_count),
    Column("latency", "latency_ms", "latency", format_latency),
    Column("alpha", "alpha", "alpha", figure),
    Column("resolution", "resolution", "px", figure),
    Column("rho", "rho", "rho", figure),
    Column("variant", "variant", "variant", words),
    Column("technique", "technique", "technique", words),
    Column("seed", "seed", "seed", figure),
    Column("epochs", "epochs", "epochs", figure),
    Column("channels", "channels", "channels", figure),
    Column("classes", "classes", "classes", figure),
    Column("data", "data", "data", words),
    Column("batch", "batch", "batch", words),
    Column("created", "created", "created", day, descending=True),
    Column("id", "id", "id", words),
    Column("file", "file", "file", words),
    Column("folder", "folder", "folder", words),
)
BY_KEY = {column.key: column for column in COLUMNS}
# What else people call them.
SAME = {column.name: column.key for column in COLUMNS} | {
    "ram": "arena",
    "mult_adds": "multiply_adds",
    "size": "flash",
    "px": "resolution",
}
ASKED = tuple(key for key in BY_KEY if key != "created")  # a moment is no number that anybody writes down


def values_of(entry: Entry) -> dict[str, float | str | None]:
    """A row as conditions read it. Who asks for `ram` gets TFLite Micro's arena: that of phones is not measured."""
    return {key: BY_KEY[key].value(entry) for key in ASKED} | {"ram": entry.arena_bytes}


OTHERS = ("dataset", "split", "test_photos", "sound", "listed")  # what records hold besides
NAMES = (*(column.name for column in COLUMNS), *OTHERS)


def record_of(entry: Entry) -> dict[str, Any]:
    """A row as plain values, under names with units: what JSON, CSV and frames hold."""
    return {column.name: column.value(entry) for column in COLUMNS} | {name: getattr(entry, name) for name in OTHERS}
