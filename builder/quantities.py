"""Counts, times and shares as people write them: `7.5M`, `50ms`, `98%`. Sizes are in `builder.sizes`."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from builder.errors import ConfigError

_COUNT = re.compile(r"(\d[\d_,]*(?:\.\d+)?|\.\d+)\s*([kmg]?)", re.IGNORECASE)
POWERS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_MILLISECONDS = re.compile(r"(\S+?)\s*(ms|s)?", re.IGNORECASE)


def parse_count(text: str, what: str) -> int:
    """Reads `7.5M`, `7,500,000` or `7500000`.

    Args:
        text: as a person wrote it.
        what: how messages name it, for example `The limit of mult-adds`.

    Raises:
        ConfigError: anything else; zero and less.
    """
    found = _COUNT.fullmatch(text.strip())
    count = int(float(found[1].replace(",", "").replace("_", "")) * POWERS[found[2].lower()]) if found else 0
    if count < 1:
        raise ConfigError(f"{what} must be a number above zero such as 7.5M or 7500000, not {text!r}.")
    return count


def parse_milliseconds(text: str, what: str = "The latency budget") -> float:
    """Reads `50`, `50ms` or `0.05s`.

    Args:
        text: as a person wrote it.
        what: how messages name it.

    Raises:
        ConfigError: no time, or none above zero.
    """
    found = _MILLISECONDS.fullmatch(text.strip())
    try:
        value = float(found[1]) if found else float("nan")
    except ValueError:
        value = float("nan")
    if not math.isfinite(value) or value <= 0:
        raise ConfigError(f"{what} must be a time above zero such as 50ms or 0.05s, not {text!r}.")
    return value * 1000 if found and (found[2] or "").lower() == "s" else value


def parse_share(text: str, what: str) -> float:
    """Reads `98%` or `0.98`.

    Args:
        text: as a person wrote it.
        what: how messages name it, for example `accuracy`.

    Returns:
        A share, 0 to 1.

    Raises:
        ConfigError: no number, or one outside 0 to 1; 98 without a percent sign is such a one.
    """
    number, percent = text.strip().removesuffix("%").rstrip(), text.strip().endswith("%")
    try:
        share = float(Decimal(number) / 100 if percent else Decimal(number))  # decimal, so that 99.3% is the float 0.993
    except (InvalidOperation, ValueError):
        share = float("nan")
    if not 0 <= share <= 1:
        raise ConfigError(f"{what} must be a share from 0 to 1 such as 0.98, or 98%, not {text!r}.")
    return share
