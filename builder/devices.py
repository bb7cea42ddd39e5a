"""Devices that models run on: the catalogue in `devices.toml` and the user's own.

A user's file has the same form, at the path that is given, at `BUILDER_DEVICES`, or as `devices.toml` in the user's configuration
folder:

    [[device]]
    name = "My board"
    class = "mcu"
    core = "Cortex-M4"       # optional; with clock_mhz and library it gives latencies
    clock_mhz = 100
    flash_bytes = "512 KiB"  # or a number of bytes, or "unknown"
    ram_bytes = "128 KiB"
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from builder.device import KINDS, VARIANTS, Device, Processor, Runtime
from builder.device_files import read, read_runtimes
from builder.errors import ConfigError, nearest

__all__ = ["KINDS", "VARIANTS", "Device", "Processor", "Runtime", "catalogue", "find", "load", "runtime", "search", "users_file"]

CATALOGUE = Path(__file__).with_name("devices.toml")


def load(path: str | Path | None = None) -> tuple[Device, ...]:
    """The catalogue, then the user's own devices.

    Args:
        path: the user's file; by default what `BUILDER_DEVICES` names, or `devices.toml` in the user's configuration folder.

    Returns:
        All devices, in the order of the files.

    Raises:
        ConfigError: a file that cannot be read, a missing field, a wrong type, a name that is taken; it names all three.
    """
    own = users_file(path)
    return catalogue() if own is None else _both(own, own.stat().st_mtime_ns)


@cache
def catalogue() -> tuple[Device, ...]:
    """The devices that come with the builder."""
    return _distinct(read(CATALOGUE), CATALOGUE, ())


@cache
def _both(own: Path, _changed: int) -> tuple[Device, ...]:
    return catalogue() + _distinct(read(own), own, catalogue())


def users_file(path: str | Path | None = None) -> Path | None:
    """The user's file, or None where there is none; one that was asked for must exist."""
    asked = path or os.environ.get("BUILDER_DEVICES")
    if asked:
        file = Path(asked).expanduser()
        file = file / "devices.toml" if file.is_dir() else file
        if not file.is_file():
            raise ConfigError(f"There is no file of devices at {file}. Write one, or leave the path or BUILDER_DEVICES out.")
        return file
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    file = Path(home) / "mobilenet-builder" / "devices.toml"
    return file if file.is_file() else None


def find(name: str, devices: Sequence[Device] | None = None) -> Device:
    """The device of this name; case, spaces and punctuation do not matter.

    Raises:
        ConfigError: no such device; the message has the nearest names.

    Example:
        >>> find("nucleo l4r5zi").ram_bytes
        655360
    """
    everything = load() if devices is None else devices
    by_name = {plain(each): device for device in everything for each in (*device.aliases, device.name)}
    if plain(name) in by_name:
        return by_name[plain(name)]
    close = [by_name[match].name for match in difflib.get_close_matches(plain(name), by_name, n=5, cutoff=0.4)]
    close += [device.name for device in search(name, devices=everything)] if name.strip() else []
    hint = f" The nearest: {', '.join(list(dict.fromkeys(close))[:5])}." if close else ""
    raise ConfigError(f'There is no device "{name}".{hint} `builder devices` lists all; others go into a file of your own.')


def search(
    text: str = "",
    *,
    kind: str | None = None,
    min_flash: int | None = None,
    min_ram: int | None = None,
    precision: str | None = None,
    devices: Sequence[Device] | None = None,
) -> tuple[Device, ...]:
    """Devices with every word of a text somewhere in their entry; unknown memory satisfies no minimum.

    Args:
        text: words, such as `stm32 m7`.
        kind: a class: mcu, npu, tpu, sbc, gpu or phone.
        min_flash: bytes.
        min_ram: bytes.
        precision: a variant that must run.
        devices: where to search; by default all.

    Raises:
        ConfigError: a class or precision that does not exist.
    """
    if kind is not None and kind not in KINDS:
        raise ConfigError(f'There is no class "{kind}": use {", ".join(KINDS)}.{nearest(kind, KINDS)}')
    if precision is not None and precision not in VARIANTS:
        raise ConfigError(f'There is no precision "{precision}": use {", ".join(VARIANTS)}.{nearest(precision, VARIANTS)}')
    words = text.lower().split()
    return tuple(
        device
        for device in (load() if devices is None else devices)
        if (kind is None or device.kind == kind)
        and (min_flash is None or (device.flash_bytes or 0) >= min_flash)
        and (min_ram is None or (device.ram_bytes or 0) >= min_ram)
        and (precision is None or device.runs(precision))
        and all(word in _text_of(device) or plain(word) in plain(_text_of(device)) for word in words)
    )


def runtime(device: Device) -> Runtime | None:
    """What the device's usual kernel library takes besides the model, where a source gives it."""
    return _runtimes().get(device.cpu.library)


@cache
def _runtimes() -> dict[str, Runtime]:
    return read_runtimes(CATALOGUE)


def plain(name: str) -> str:
    """A name without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9+]", "", name.lower())


@cache
def _text_of(device: Device) -> str:
    """What `search` looks through."""
    parts = (
        device.name,
        *device.aliases,
        device.kind,
        KINDS[device.kind],
        device.cpu.core or "",
        device.accelerator_name,
        device.note,
    )
    return " ".join(parts).lower()


def _distinct(devices: tuple[Device, ...], file: Path, others: Sequence[Device]) -> tuple[Device, ...]:
    """The devices, unless a name is there twice or is the catalogue's."""
    taken = {plain(each): device.name for device in others for each in (device.name, *device.aliases)}
    for device in devices:
        if plain(device.name) in taken:
            where = "the catalogue" if any(plain(device.name) == plain(other.name) for other in others) else "another device"
            raise ConfigError(f'{file}: device "{device.name}": name is taken by {where}; give it another one.')
        taken |= {plain(each): device.name for each in (device.name, *device.aliases)}
    return devices
