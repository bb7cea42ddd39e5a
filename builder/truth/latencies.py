"""Latencies that people measured on their devices and reported back, beside the band that was predicted.

They are kept as lines of JSON in the state folder, each with the prediction of that day, and change no estimate.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder import latency
from builder.architecture import Network
from builder.cost import cost
from builder.device import VARIANTS
from builder.devices import Device
from builder.errors import ConfigError, StorageError, nearest
from builder.places import state_dir
from builder.truth.comparison import Comparison, Spread, spread

FILE = "latencies.jsonl"
FORMAT = 1
USUAL = ("int8_micro", "int8", "dynamic", "float16", "float32")  # the first of these that a device runs


@dataclass(frozen=True, slots=True)
class Band:
    """Predicted milliseconds: nine in ten should lie between `low` and `high`."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True, slots=True)
class Reported:
    """One latency that somebody measured.

    Args:
        device: name in the catalogue or the user's file.
        variant: the file that ran.
        network: what it was a file of.
        measured_ms: one inference, milliseconds.
        predicted: what was predicted when it was reported; None where nothing could be (`why_not` says why).
        why_not: empty where there is a prediction.
        build: the build that the file came from; None where only the dials were named.
        when: seconds since 1970.
    """

    device: str
    variant: str
    network: Network
    measured_ms: float
    predicted: Band | None
    why_not: str = ""
    build: str | None = None
    when: float = 0.0

    @property
    def comparison(self) -> Comparison | None:
        """The typical latency beside the measured one; None without a prediction."""
        if self.predicted is None:
            return None
        return Comparison(self.device, "latency_ms", self.variant, self.predicted.typical, self.measured_ms)

    @property
    def inside(self) -> bool | None:
        """Whether it lies in the band; None without a prediction."""
        return None if self.predicted is None else self.predicted.low <= self.measured_ms <= self.predicted.high

    def to_json(self) -> dict[str, Any]:
        """Plain values for `calibrate --json`."""
        compared = self.comparison
        return asdict(self) | {"error": compared.error if compared else None, "inside_band": self.inside}


@dataclass(frozen=True, slots=True)
class Latencies:
    """All latencies of a file, in the order in which they were reported; `damaged` lines of it could not be read."""

    file: Path
    rows: tuple[Reported, ...]
    damaged: int = 0

    def of(self, device: str) -> Latencies:
        """Only those of one device, by its name."""
        return Latencies(self.file, tuple(row for row in self.rows if row.device == device), self.damaged)

    def by_device(self) -> dict[str, tuple[Reported, ...]]:
        """The rows of each device."""
        names = dict.fromkeys(row.device for row in self.rows)
        return {name: tuple(row for row in self.rows if row.device == name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """Plain values for `calibrate --json`."""
        return {
            "file": str(self.file),
            "damaged_lines": self.damaged,
            "devices": [
                {
                    "device": name,
                    "spread": found.to_json() if (found := spread_of(rows)) else None,
                    "inside_band": sum(row.inside is True for row in rows),
                    "rows": [row.to_json() for row in rows],
                }
                for name, rows in self.by_device().items()
            ],
        }


def spread_of(rows: Sequence[Reported]) -> Spread | None:
    """How far off the latencies of a device are; None where none was predicted."""
    compared = [row.comparison for row in rows if row.comparison]
    return spread(compared) if compared else None


def reported(
    device: Device, network: Network, measured_ms: float, *, variant: str | None = None, build: str | None = None
) -> Reported:
    """A measured latency with the prediction for it; nothing is kept yet.

    Args:
        device: from `builder.devices`.
        network: what ran.
        measured_ms: one inference, milliseconds.
        variant: the file that ran; by default int8_micro where the device runs it, else the next that it runs.
        build: where the file came from.

    Raises:
        ConfigError: a time that is none, a variant that does not exist or does not run there.
    """
    check_milliseconds(measured_ms)
    variant = variant or usual_variant(device)
    if variant not in VARIANTS:
        raise ConfigError(f'There is no variant "{variant}": use {", ".join(VARIANTS)}.{nearest(variant, VARIANTS)}')
    if not device.runs(variant):
        raise ConfigError(latency.why_unknown(device, variant))
    found = latency.estimate(device, cost(network), variant)
    return Reported(
        device=device.name,
        variant=variant,
        network=network,
        measured_ms=measured_ms,
        predicted=Band(found.low, found.typical, found.high) if found else None,
        why_not="" if found else latency.why_unknown(device, variant),
        build=build,
        when=round(time.time(), 3),
    )


def check_milliseconds(measured_ms: float) -> None:
    """Raises `ConfigError` unless it is a number above zero."""
    if not math.isfinite(measured_ms) or measured_ms <= 0:
        raise ConfigError(f"A measured latency is a number of milliseconds above zero, such as 123 or 4.5, not {measured_ms:g}.")


def usual_variant(device: Device, among: Sequence[str] = USUAL) -> str:
    """The variant that most likely ran on a device; where it runs none of them, the first."""
    order = [each for each in USUAL if each in among] or USUAL
    return next((each for each in order if device.runs(each)), order[0])


def record(row: Reported) -> Path:
    """Appends a measured latency to the file: a whole line or nothing, whoever else appends at the same time.

    Returns:
        The file.

    Raises:
        StorageError: it cannot be written.
    """
    file = state_dir() / FILE
    line = (json.dumps({"format": FORMAT} | asdict(row), ensure_ascii=False, allow_nan=False) + "\n").encode()
    try:
        with file.open("a+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            size = stream.seek(0, os.SEEK_END)
            if size and not ends_a_line(stream, size):
                line = b"\n" + line  # somebody was killed in mid-line
            if stream.write(line) != len(line):
                stream.truncate(size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(stream.fileno())
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written ({error.strerror}), so the latency was not kept. Free some space there, or set "
            "BUILDER_STATE_DIR to a folder you can write to."
        ) from None
    return file


def ends_a_line(stream: Any, size: int) -> bool:
    """Whether the last byte is a line's end."""
    stream.seek(size - 1)
    return bool(stream.read(1) == b"\n")


def read_latencies(file: Path | None = None) -> Latencies:
    """All latencies that were reported; lines that are damaged are counted and left out.

    Args:
        file: by default the one in the state folder.

    Raises:
        StorageError: it is there, and cannot be read.
    """
    file = file or state_dir() / FILE
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return Latencies(file, ())
    except OSError as error:
        raise StorageError(f"{file} cannot be read ({error.strerror}). Make it readable, or move it away.") from None
    lines = [line for line in content.splitlines() if line.strip()]
    rows = tuple(row for line in lines for row in parsed(line))
    return Latencies(file, rows, len(lines) - len(rows))


def parsed(line: bytes) -> Iterator[Reported]:
    """The latency on a line; nothing where the line is damaged."""
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, ConfigError):
        values = json.loads(line)
        if values.pop("format") != FORMAT:
            return
        band = values.pop("predicted")
        row = Reported(**values | {"network": Network(**values["network"]), "predicted": Band(**band) if band else None})
        band_times = asdict(row.predicted).values() if row.predicted else ()
        times = all(isinstance(value, int | float) and math.isfinite(value) for value in (row.measured_ms, row.when, *band_times))
        texts = all(isinstance(text, str) for text in (row.device, row.variant, row.why_not, row.build or ""))
        if times and texts and row.measured_ms > 0:
            yield row
