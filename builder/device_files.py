"""Files of devices: TOML, checked field by field, so that a slip is named with its file, device and field."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from builder.device import KINDS, VARIANTS, Device, Processor, Runtime
from builder.errors import ConfigError, nearest
from builder.sizes import parse_size

UNKNOWN = "unknown"

ON_MICROCONTROLLERS = ("float32", "int8", "int8_micro")
ON_LINUX_AND_PHONES = ("float32", "float16", "dynamic", "int8")
USUAL_PRECISIONS: dict[str, tuple[str, ...]] = {
    "mcu": ON_MICROCONTROLLERS,
    "npu": ON_MICROCONTROLLERS,
    "tpu": ("int8",),
    "sbc": ON_LINUX_AND_PHONES,
    "gpu": ON_LINUX_AND_PHONES,
    "phone": ON_LINUX_AND_PHONES,
}
USUAL_LIBRARY = {"mcu": "cmsis-nn", "npu": "cmsis-nn"}  # elsewhere xnnpack

# field: accepted types. Sizes may be text with a unit.
FIELDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "aliases": (list,),
    "class": (str,),
    "core": (str,),
    "clock_mhz": (int, float),
    "threads": (int,),
    "library": (str,),
    "flash_bytes": (int, str),
    "ram_bytes": (int, str),
    "accelerator": (str,),
    "accelerator_core": (str,),
    "accelerator_clock_mhz": (int, float),
    "accelerator_library": (str,),
    "vela": (str,),
    "precisions": (list,),
    "source": (str,),
    "note": (str,),
}
MAY_BE_UNKNOWN = ("core", "clock_mhz", "accelerator_clock_mhz", "flash_bytes", "ram_bytes")
REQUIRED = ("name", "class", "flash_bytes", "ram_bytes")
TYPE_NAMES = {str: "text", list: "a list of texts", int: "a number", float: "a number"}


def read(file: Path) -> tuple[Device, ...]:
    """The devices of a file.

    Raises:
        ConfigError: not TOML, a field that is missing, unknown or of the wrong type, a name that is there twice.
    """
    data = read_toml(file)
    entries = data.get("device")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{file}: devices are written as [[device]] tables, with name, class, flash_bytes and ram_bytes.")
    strange = sorted(set(data) - {"device", "library"})
    if strange:
        raise ConfigError(f'{file}: unknown table "{strange[0]}"; devices are written as [[device]].')
    return tuple(_device(entry, f"{file}: {_title(entry, number)}") for number, entry in enumerate(entries, start=1))


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; what is wrong with it as a `ConfigError`."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not a TOML file: {error}.") from None


def read_runtimes(file: Path) -> dict[str, Runtime]:
    """What kernel libraries take besides the model."""
    return {
        name: Runtime(
            name,
            entry.get("runtime_flash_bytes"),
            entry.get("runtime_ram_bytes"),
            entry.get("scratch_ram_bytes"),
            entry["source"],
        )
        for name, entry in read_toml(file).get("library", {}).items()
    }


def _title(entry: dict[str, Any], number: int) -> str:
    """How messages name a device: by its name, else by its place."""
    name = entry.get("name")
    return f'device "{name}"' if isinstance(name, str) and name else f"device {number}"


def _device(entry: dict[str, Any], where: str) -> Device:
    """Checks one table."""
    _check_fields(entry, where)
    kind = entry["class"]
    if kind not in KINDS:
        raise ConfigError(f'{where}: class must be one of {", ".join(KINDS)}, not "{kind}".{nearest(kind, KINDS)}')
    precisions = tuple(entry.get("precisions", USUAL_PRECISIONS[kind]))
    for precision in precisions:
        if precision not in VARIANTS:
            raise ConfigError(f'{where}: precisions are of {", ".join(VARIANTS)}, not "{precision}".{nearest(precision, VARIANTS)}')
    threads = entry.get("threads", 1)
    if threads < 1:
        raise ConfigError(f"{where}: threads must be 1 or more, not {threads}.")
    cpu = Processor(
        core=_known(entry.get("core")),
        clock_mhz=_clock(entry, "clock_mhz", where),
        threads=threads,
        library=entry.get("library", USUAL_LIBRARY.get(kind, "xnnpack")),
    )
    accelerator = None
    if "accelerator_core" in entry:
        clock = _clock(entry, "accelerator_clock_mhz", where)
        accelerator = Processor(entry["accelerator_core"], clock, 1, entry.get("accelerator_library", entry["accelerator_core"]))
    return Device(
        name=entry["name"],
        kind=kind,
        flash_bytes=_size(entry, "flash_bytes", where),
        ram_bytes=_size(entry, "ram_bytes", where),
        cpu=cpu,
        accelerator=accelerator,
        accelerator_name=entry.get("accelerator", ""),
        precisions=precisions,
        vela=entry.get("vela"),
        source=entry.get("source", "the user's file"),
        note=entry.get("note", ""),
        aliases=tuple(entry.get("aliases", ())),
    )


def _check_fields(entry: dict[str, Any], where: str) -> None:
    """Every field known, of its type, and the required ones there."""
    for field in REQUIRED:
        if field not in entry:
            hint = f' Write "{UNKNOWN}" where nobody knows it.' if field.endswith("_bytes") else ""
            raise ConfigError(f"{where}: {field} is missing.{hint}")
    for field, value in entry.items():
        if field not in FIELDS:
            raise ConfigError(f'{where}: unknown field "{field}".{nearest(field, FIELDS)}')
        if value == UNKNOWN and field in MAY_BE_UNKNOWN:
            continue
        types = FIELDS[field]
        if (
            isinstance(value, bool)
            or not isinstance(value, types)
            or (isinstance(value, list) and not all(isinstance(v, str) for v in value))
        ):
            wanted = " or ".join(dict.fromkeys(TYPE_NAMES[each] for each in types))
            raise ConfigError(f"{where}: {field} must be {wanted}, not {value!r}.")
    if not entry["name"].strip():
        raise ConfigError(f"{where}: name is empty.")


def _known(value: str | None) -> str | None:
    return None if value == UNKNOWN else value


def _size(entry: dict[str, Any], field: str, where: str) -> int | None:
    return None if entry[field] == UNKNOWN else parse_size(entry[field], f"{where}: {field}")


def _clock(entry: dict[str, Any], field: str, where: str) -> float | None:
    clock = entry.get(field, UNKNOWN)
    if clock == UNKNOWN:
        return None
    if not math.isfinite(clock) or clock <= 0:
        raise ConfigError(f"{where}: {field} must be above zero, not {clock!r}.")
    return float(clock)
