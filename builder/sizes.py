"""Sizes as people write them: `300KiB`, `1.5 MB`, `262144`.

KiB, MiB and GiB are powers of 1,024; kB, MB and GB (in any case) powers of 1,000, as the standards have it. Chip makers often write
KB for 1,024 bytes: write KiB for those.
"""

from __future__ import annotations

import math
import re

from builder.errors import ConfigError

UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
UNIT_NAMES = "B, kB, MB, GB, KiB, MiB or GiB"
BYTES_MAX = 2**50  # a petabyte: above it somebody slipped
_SIZE = re.compile(r"([+-]?(?:[\d_,]*\.?\d+(?:e[+-]?\d+)?|nan|inf(?:inity)?))\s*([a-z]*)")


def parse_size(size: str | int | float, what: str = "size") -> int:
    """Reads a size in bytes.

    Args:
        size: a whole number of bytes, or text such as `300KiB`, `1.5 MB`, `2 MiB`, `262144`.
        what: how messages name it, for example `flash`.

    Returns:
        Bytes, rounded down to a whole number; at least 1.

    Raises:
        ConfigError: negative, zero, not a number, or a unit that nobody can be sure of.

    Example:
        >>> parse_size("300KiB")
        307200
    """
    wanted = f"{what} must be a size such as 300KiB, 1.5 MB or 262144 (bytes), not {size!r}"
    if isinstance(size, bool) or not isinstance(size, str | int | float):
        raise ConfigError(f"{wanted}.")
    found = _SIZE.fullmatch(str(size).strip().lower())
    if found is None:
        raise ConfigError(f"{wanted}.")
    number, unit = found[1].replace("_", "").replace(",", ""), found[2]
    if unit in ("k", "m", "g"):
        raise ConfigError(f"{wanted}: {unit} may be {unit}B (powers of 1,000) or {unit.upper()}iB (powers of 1,024); say which.")
    if unit and unit not in UNITS:
        raise ConfigError(f"{wanted}: the unit is one of {UNIT_NAMES}.")
    size_bytes = float(number) * UNITS.get(unit, 1)
    if math.isnan(size_bytes) or math.isinf(size_bytes):
        raise ConfigError(f"{wanted}.")
    if not unit and size_bytes != int(size_bytes):
        raise ConfigError(f"{wanted}: without a unit it is bytes, and those are whole.")
    if size_bytes < 1:
        raise ConfigError(f"{what} must be above zero, not {size!r}.")
    if size_bytes > BYTES_MAX:
        raise ConfigError(f"{what} must be at most a petabyte, not {size!r}.")
    return int(size_bytes)


def format_size(size_bytes: float) -> str:
    """A size for people, in powers of 1,024: `300 KiB`, `1.4 MiB`, `512 B`."""
    for unit, by in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if abs(size_bytes) >= by:
            return f"{size_bytes / by:.4g} {unit}"
    return f"{size_bytes:.4g} B"
