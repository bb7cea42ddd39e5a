"""From the options --device, --flash, --ram and their kind to a budget."""

from __future__ import annotations

from builder.budget import Budget
from builder.errors import ConfigError
from builder.quantities import parse_count, parse_milliseconds


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
