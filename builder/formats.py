"""Numbers and names as people read them, in one place: terminal, report and app write the same figure the same way.

KiB is 1024 bytes. `None` is what was not measured and becomes a dash, and so does what is not finite.
"""

from __future__ import annotations

import math
import re
from typing import TypeGuard

UNKNOWN = "–"
KIB = 1024
MINUTE, HOUR, DAY = 60, 3600, 86_400

# Joiners that emoji and Indic scripts need; other invisible characters could hide or reorder what is shown.
JOINERS = "\u200c\u200d"
BLANK = re.compile(r"\s+")


def known(value: float | None) -> TypeGuard[float]:
    """Whether there is a finite figure to show."""
    return value is not None and math.isfinite(value)


def format_bytes(count: float | None) -> str:
    """A size, such as `812 B`, `239.1 KiB` or `16.3 MiB`."""
    if not known(count):
        return UNKNOWN
    if abs(count) < KIB:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB"):
        count /= KIB
        if abs(count) < KIB - 0.05:
            return f"{count:.1f} {unit}"
    return f"{count / KIB:.1f} GiB"


def format_megabytes(count: int) -> str:
    """A limit as browsers count files, in powers of 1,000: `300 MB`."""
    return f"{count / 1e6:,.4g} MB"


def format_count(count: float | None) -> str:
    """A number of things: exact below a million, such as `221,264`, then `13.57 M` and `4.87 G`."""
    if not known(count):
        return UNKNOWN
    if abs(count) < 1e6:
        return f"{count:,.0f}"
    return f"{count / 1e6:.2f} M" if abs(count) < 999.995e6 else f"{count / 1e9:.2f} G"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun, such as `1 epoch` or `1,200 epochs`; `many` where the plural is not one with an s."""
    return f"{format_count(count)} {one if count == 1 else many or f'{one}s'}"


def format_duration(seconds: float | None) -> str:
    """A time, such as `320 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min` or `3 d 4 h`."""
    if not known(seconds):
        return UNKNOWN
    seconds = max(seconds, 0.0)
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return two_units(whole, MINUTE, "min", 1, "s")
    if whole < DAY:
        return two_units(whole, HOUR, "h", MINUTE, "min")
    return two_units(whole, DAY, "d", HOUR, "h")


def two_units(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    """`3 min 20 s`; the smaller unit is left out where it is zero."""
    rest = seconds % large // small
    return f"{seconds // large} {large_name}" + (f" {rest} {small_name}" if rest else "")


def format_percent(share: float | None, digits: int = 1) -> str:
    """A share as `98.9 %`. Only a whole is `100.0 %` and only nothing is `0.0 %`: what is nearly so is not rounded to it."""
    if not known(share):
        return UNKNOWN
    step = 10.0**-digits
    percent = round(share * 100, digits)
    if 0 < share < 1:
        percent = min(max(percent, step), 100 - step)
    return f"{percent:.{digits}f} %"


def format_points(difference: float | None) -> str:
    """A difference of two shares in percentage points, such as `−0.3` or `+0.2`; `0.0` where there is none."""
    if not known(difference):
        return UNKNOWN
    points = round(difference * 100, 1)
    if points == 0:
        return "0.0"
    return f"{'+' if points > 0 else '−'}{abs(points):.1f}"


def format_latency(milliseconds: float | None) -> str:
    """A latency with three significant digits, such as `0.41 ms`, `3.42 ms`, `128 ms`, and from ten seconds on `14.6 s`."""
    if not known(milliseconds):
        return UNKNOWN
    if milliseconds >= 9_999.5:
        return f"{milliseconds / 1000:.{1 if milliseconds < 99_950 else 0}f} s"
    digits = 0 if milliseconds >= 99.95 else 1 if milliseconds >= 9.995 else 2
    return f"{milliseconds:.{digits}f} ms"


def format_loss(loss: float | None) -> str:
    """A loss with three decimals."""
    return f"{loss:.3f}" if known(loss) else UNKNOWN


def format_rate(per_second: float | None) -> str:
    """A speed, such as `480` or `3.2`: photos in a second."""
    if not known(per_second):
        return UNKNOWN
    return f"{per_second:,.0f}" if per_second >= 9.95 else f"{per_second:.1f}"


def printable(text: str, limit: int | None = None) -> str:
    """A name that is safe to show: one line, no control or invisible characters, shortened in its middle where it is long.

    Args:
        text: a class name, a file name or a message from anywhere.
        limit: most characters to keep.
    """
    line = BLANK.sub(" ", text).strip()
    line = "".join(char if char.isprintable() or char in JOINERS else "\ufffd" for char in line)
    if limit is None or len(line) <= limit:
        return line
    tail = limit // 3
    return f"{line[: limit - tail - 1]}…{line[len(line) - tail :]}"
