"""From the options --device, --flash, --ram and their kind to a budget; counts as people write them."""

from __future__ import annotations

import math
import re

from builder.budget import Budget
from builder.errors import ConfigError

_COUNT = re.compile(r"(\d[\d_,]*(?:\.\d+)?|\.\d+)\s*([kmg]?)", re.IGNORECASE)
POWERS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_MILLISECONDS = re.compile(r"(\S+?)\s*(ms|s)?", re.IGNORECASE)


def budget(
    device: str | None,
    flash: str | None,
    ram: str | None,
    latency: str | None,
    multiply_adds: str | None,
    reserve_flash: str | None,
    reserve_ram: str | None,
) -> Budget | None:
    """The budget that was asked for; None where there is none.

    Raises:
        ConfigError: an unknown device, a size, count or time that cannot be read, or a budget that holds no model.
    """
    limits = (device, flash, ram, latency, multiply_adds)
    if all(limit is None for limit in limits):
        if reserve_flash is not None or reserve_ram is not None:
            raise ConfigError("A reserve is taken off a budget: give --device, --flash or --ram too.")
        return None
    found = None
    if device is not None:
        from builder.devices import find

        found = find(device)
    return Budget.of(
        found,
        flash=flash,
        ram=ram,
        multiply_adds=None if multiply_adds is None else parse_count(multiply_adds, "The limit of mult-adds"),
        latency_ms=None if latency is None else parse_milliseconds(latency),
        reserve_flash=reserve_flash or 0,
        reserve_ram=reserve_ram or 0,
    )


def parse_count(text: str, what: str) -> int:
    """Reads `7.5M`, `7,500,000` or `7500000`.

    Raises:
        ConfigError: anything else; zero and less.
    """
    found = _COUNT.fullmatch(text.strip())
    count = int(float(found[1].replace(",", "").replace("_", "")) * POWERS[found[2].lower()]) if found else 0
    if count < 1:
        raise ConfigError(f"{what} must be a number above zero such as 7.5M or 7500000, not {text!r}.")
    return count


def parse_milliseconds(text: str) -> float:
    """Reads `50`, `50ms` or `0.05s`.

    Raises:
        ConfigError: no time; `Budget` refuses those that are not above zero.
    """
    found = _MILLISECONDS.fullmatch(text.strip())
    try:
        value = float(found[1]) if found else float("nan")
    except ValueError:
        value = float("nan")
    if not math.isfinite(value) or value <= 0:
        raise ConfigError(f"The latency budget must be a time above zero such as 50ms or 0.05s, not {text!r}.")
    return value * 1000 if found and (found[2] or "").lower() == "s" else value
