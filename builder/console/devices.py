"""What `devices` shows where --json is not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import UNKNOWN, format_bytes, printable

if TYPE_CHECKING:
    from builder.devices import Device

NAME_LENGTH_MAX = 40
CORE_COLUMN = 2


def print_devices(devices: Sequence[Device], *, file: TextIO | None = None) -> None:
    """One line a device."""
    console = open_console(file)
    table = open_table("device", "class", "core", "MHz", "flash", "RAM", "runs")
    core_column = table.columns[CORE_COLUMN]
    core_column.no_wrap, core_column.overflow, core_column.justify = False, "fold", "left"
    for device in devices:
        core = device.cpu.core or UNKNOWN
        if device.accelerator is not None:
            core += f" + {device.accelerator.core or device.accelerator_name}"
        row = (
            printable(device.name, NAME_LENGTH_MAX),
            device.kind,
            printable(core),
            UNKNOWN if device.cpu.clock_mhz is None else f"{device.cpu.clock_mhz:g}",
            format_bytes(device.flash_bytes),
            format_bytes(device.ram_bytes),
            runs_text(device.precisions),
        )
        table.add_row(*(plain_text(cell) for cell in row))
        for place, cell in enumerate(row):
            if place != CORE_COLUMN:  # the core is folded where a terminal is narrow; nothing is cut off
                table.columns[place].min_width = max(table.columns[place].min_width or 0, len(cell))
    console.print(table)
    console.print(f"{len(devices)} device{'' if len(devices) == 1 else 's'}; --json has sources and notes", style="dim")


def runs_text(precisions: Sequence[str]) -> str:
    """The files that a device runs, in a word or two."""
    runs = set(precisions)
    if {"float32", "float16", "dynamic", "int8"} <= runs:
        return "all" if "int8_micro" in runs else "all but int8_micro"
    if runs == {"int8", "int8_micro"}:
        return "int8 only"
    if runs == {"float32", "int8", "int8_micro"}:
        return "float32, int8"
    return f"{next(iter(runs))} only" if len(runs) == 1 else ", ".join(precisions)
