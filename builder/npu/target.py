"""Which NPU to compile for: that of a device, or one of Vela's own configurations by name."""

from __future__ import annotations

from dataclasses import dataclass

from builder import devices, latency
from builder.devices import Device
from builder.errors import ConfigError

# `vela --help` of 5.2: number of MACs a cycle at the end of each name.
CONFIGURATIONS = (
    "ethos-u55-32",
    "ethos-u55-64",
    "ethos-u55-128",
    "ethos-u55-256",
    "ethos-u65-256",
    "ethos-u65-512",
    "ethos-u85-128",
    "ethos-u85-256",
    "ethos-u85-512",
    "ethos-u85-1024",
    "ethos-u85-2048",
)


@dataclass(frozen=True, slots=True)
class Target:
    """An NPU to compile for; `clock_mhz` of the device's NPU and the memory in bytes are None where nobody knows them."""

    name: str
    accelerator: str
    clock_mhz: float | None = None
    ram_bytes: int | None = None
    flash_bytes: int | None = None
    note: str = ""


def target(name: str) -> Target:
    """The NPU that a name stands for.

    Args:
        name: a device of the catalogue or of the user's file, or a configuration such as `ethos-u55-128`.

    Raises:
        ConfigError: no such device, it has no Ethos-U, or the size of its Ethos-U is unknown.
    """
    for configuration in CONFIGURATIONS:
        if devices.plain(name) == devices.plain(configuration):
            return Target(configuration, configuration)
    return target_of(devices.find(name))


def target_of(device: Device) -> Target:
    """A device's NPU.

    Raises:
        ConfigError: it has no Ethos-U, or one whose configuration Vela does not have or nobody knows.
    """
    if device.vela is None:
        raise ConfigError(why_not(device))
    if device.vela not in CONFIGURATIONS:
        raise ConfigError(
            f'{device.name}: vela is "{device.vela}", which is no configuration of Vela. They are {", ".join(CONFIGURATIONS)}.'
        )
    npu = device.accelerator
    clock = latency.clock_of(device, npu) if npu else None
    note = ""
    if npu and npu.clock_mhz is None and clock is not None:
        note = "The clock of the device's NPU is not published and taken to be its core's."
    return Target(device.name, device.vela, clock, device.ram_bytes, device.flash_bytes, note)


def why_not(device: Device) -> str:
    """Why Vela cannot compile for a device, and what would do."""
    known = ", ".join(each.name for each in devices.load() if each.vela)
    if "ethos-u" in device.accelerator_name.lower():
        return (
            f"{device.name} has an {device.accelerator_name}, but the number of its MAC units is unknown, and Vela needs it. "
            f"Give it in place of the device, as --device ethos-u55-256, or as vela = ... in a file of your own devices."
        )
    has = f"its accelerator is {device.accelerator_name}" if device.accelerator_name else "it has no NPU"
    return f"Vela compiles for Arm's Ethos-U, and {device.name} has none: {has}. Devices with one: {known}."
