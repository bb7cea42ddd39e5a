"""What to say where no design fits: the one that comes nearest, its shortfall, and the devices that would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.architecture import Network
from builder.cost import cost
from builder.device import Device
from builder.devices import load
from builder.formats import format_bytes
from builder.latency import estimate
from builder.planner.counts import widths
from builder.planner.plane import Cell
from builder.planner.ram import bands
from builder.planner.setting import Setting
from builder.planner.verdict import NAMES, amount, limits, used

DEVICES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Why no design fits, and what would do.

    Args:
        smallest: the design that comes nearest.
        shortfall: by resource, how much too large it is, in the resource's unit.
        devices: names of devices that hold the smallest design, the smallest device first.
        text: a sentence.
    """

    smallest: Cell
    shortfall: Mapping[str, float]
    devices: tuple[str, ...]
    text: str

    def to_json(self) -> dict[str, Any]:
        """`nothing_fits` of the contract."""
        cell = self.smallest
        return {
            "smallest": {
                "alpha": cell.alpha,
                "rho": cell.rho,
                "resolution": cell.resolution,
                "variant": cell.variant,
                "flash_bytes": cell.flash_bytes,
                "arena_bytes": cell.arena_bytes,
                "peak_ram_bytes": {"low": cell.ram_low, "typical": cell.ram_typical, "high": cell.ram_high},
                "multiply_adds": cell.multiply_adds,
                "latency_ms": cell.latency_ms,
            },
            "shortfall": dict(self.shortfall),
            "devices": list(self.devices),
            "text": self.text,
        }


def nothing_fits(setting: Setting, cells: Sequence[Cell]) -> NothingFits:
    """The answer where no cell fits.

    Args:
        setting: the budget, which has a limit.
        cells: every design that was looked at; at least one that the device runs.
    """
    limit = limits(setting)

    def excess(cell: Cell) -> tuple[float, int]:
        """The worst ratio of what is used to what there is; then the size."""
        taken = {resource: used(cell, resource) for resource in limit}
        return max((value / limit[name] for name, value in taken.items() if value is not None), default=0.0), cell.flash_bytes

    smallest = min(cells, key=excess)
    missing = {}
    for resource, most in limit.items():
        taken = used(smallest, resource)
        if taken is not None and taken > most:
            missing[resource] = round(taken - most, 3)
    holding = devices_for(setting, smallest)
    over = " and ".join(f"{amount(name, value)} more {NAMES[name]}" for name, value in missing.items())
    where = f"The smallest device that holds it: {holding[0]}." if holding else "No device of the catalogue holds it either."
    text = (
        f"Nothing fits. The smallest is alpha {smallest.alpha:g} at {smallest.resolution} px as {smallest.variant} "
        f"({format_bytes(smallest.flash_bytes)} of flash, {format_bytes(smallest.ram_typical)} of RAM): it needs {over}. {where}"
    )
    return NothingFits(smallest, missing, holding, text)


def devices_for(setting: Setting, cell: Cell, most: int = DEVICES_SHOWN) -> tuple[str, ...]:
    """Devices with known memory that hold a design within the other limits, those with the least RAM and flash first."""
    network = Network(cell.alpha, cell.resolution, setting.channels, setting.classes)
    holding = [device for device in load() if holds(device, setting, cell, network)]
    holding.sort(key=lambda device: (device.ram_bytes or 0, device.flash_bytes or 0))
    return tuple(device.name for device in holding[:most])


def holds(device: Device, setting: Setting, cell: Cell, network: Network) -> bool:
    """Whether a device runs a design with the budget's reserves, and in time where there is a limit."""
    budget = setting.budget
    if not device.runs(cell.variant) or device.flash_bytes is None or device.ram_bytes is None:
        return False
    reserve_flash, reserve_ram = (0, 0) if budget is None else (budget.reserve_flash_bytes, budget.reserve_ram_bytes)
    of = widths(network.alpha, network.channels, network.classes)
    ram = bands(network, of, {cell.variant: cell.flash_bytes}, device)[cell.variant]
    if cell.flash_bytes > device.flash_bytes - reserve_flash or ram[1] > device.ram_bytes - reserve_ram:
        return False
    if budget is None or budget.latency_ms is None:
        return True
    time = estimate(device, cost(network), cell.variant)
    return time is not None and time.typical <= budget.latency_ms
