"""What a name is compared with, read in its own unit."""

from __future__ import annotations

import math

from builder.conditions.names import Kind
from builder.conditions.tokens import SHOWN_MAX
from builder.errors import ConfigError
from builder.quantities import parse_count, parse_milliseconds, parse_share
from builder.sizes import parse_size

Value = float | str

UNITS = frozenset(("b", "kb", "mb", "gb", "kib", "mib", "gib", "k", "m", "g", "ms", "s", "%"))  # may stand after a space


def in_unit(written: str, name: str, kind: Kind) -> float:
    """A number in the unit of its kind: shares 0 to 1, bytes, milliseconds.

    Raises:
        ConfigError: it cannot be read as one.
    """
    if kind == "share":
        return parse_share(written, name)
    if number(written) == 0:  # no size, count or time, and still something to compare with
        return 0.0
    if kind == "size":
        return parse_size(written, name)
    if kind == "count":
        return parse_count(written, name)
    if kind == "time":
        return parse_milliseconds(written, name)
    value = number(written)
    if value is None:
        raise ConfigError(f"{name} must be a number, not {written[:SHOWN_MAX]!r}.")
    return value


def in_any_unit(written: str) -> Value:
    """A number where it is one, else text."""
    value = number(written)
    return written if value is None else value


def number(written: str) -> float | None:
    """A plain finite number; None for anything else."""
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
