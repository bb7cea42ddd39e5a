"""Which rows are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builder.conditions import Condition
from builder.errors import ConfigError, nearest
from builder.ranking.columns import ASKED, BY_KEY, SAME, Column, values_of
from builder.ranking.model import Entry

KNOWN = (*ASKED, "ram")  # names that a condition may ask for


def condition(where: str | None) -> Condition | None:
    """What rows must keep to; None where nothing was asked.

    Raises:
        ConfigError: it cannot be read; the message says where.
    """
    return None if where is None else Condition.parse(where, KNOWN)


def kept(entries: Iterable[Entry], asked: Condition | None) -> list[Entry]:
    """The rows of which the condition holds."""
    return [entry for entry in entries if asked is None or asked.holds(values_of(entry))]


def column_of(sort: str) -> Column:
    """The column that rows are sorted by.

    Raises:
        ConfigError: there is none of that name.
    """
    word = sort.strip().lower().replace("-", "_")
    key = SAME.get(word, word)
    if key not in BY_KEY:
        raise ConfigError(f'There is nothing called "{sort[:60]}" to sort by.{nearest(word, BY_KEY)} Known: {", ".join(BY_KEY)}.')
    return BY_KEY[key]


def in_order(entries: Sequence[Entry], sort: str = "accuracy", *, reverse: bool = False) -> list[Entry]:
    """Rows by a column, the better ones first: accuracies from the highest, sizes and times from the smallest.

    Equal ones are in the order of accuracy, then of size; those without a value come last, also in reverse.

    Raises:
        ConfigError: there is no such column.
    """
    column = column_of(sort)
    settled = sorted(entries, key=lambda entry: (-(entry.accuracy or 0.0), entry.flash_bytes, entry.folder, entry.file))
    known = [entry for entry in settled if column.value(entry) not in (None, "")]
    unknown = [entry for entry in settled if column.value(entry) in (None, "")]
    known.sort(key=column.value, reverse=column.descending is not reverse)
    return known + unknown
