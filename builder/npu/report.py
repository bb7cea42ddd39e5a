"""What Vela says about a model, read from its summary and from the file that it compiled."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder.errors import MissingTool
from builder.npu.target import Target

KIB = 1024
MEMORIES = ("sram", "dram", "on_chip_flash", "off_chip_flash")
# What Vela counts cycles of; memories work beside the NPU, so that the total is less than the sum.
CYCLES = ("npu", *(f"{memory}_access" for memory in MEMORIES), "total")


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of Vela's summary, in plain units: bytes, Hz, cycles of one inference."""

    system_config: str
    memory_mode: str
    clock_hz: float
    memory_bytes: dict[str, int]
    original_weights_bytes: int
    encoded_weights_bytes: int
    macs: int
    cycles: dict[str, int]


@dataclass(frozen=True, slots=True)
class OnCpu:
    """Operators of one kind that stay on the CPU, how many, and the reason that Vela gave, if any."""

    operator: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class NpuReport:
    """What a model costs on an Ethos-U, by Vela's estimate.

    Args:
        file: the model.
        target: the NPU.
        vela: version of the compiler.
        summary: Vela's figures for what runs on the NPU.
        multiply_adds: of the whole model, as `builder inspect` counts them: Vela's MACs have pooling and softmax too.
        cpu_multiply_adds: the part that stays on the CPU.
        operators: of the model.
        on_cpu: those that stay on the CPU.
        compiled_bytes: size of the compiled file.
    """

    file: str
    target: Target
    vela: str
    summary: Summary
    multiply_adds: int
    cpu_multiply_adds: int
    operators: int
    on_cpu: tuple[OnCpu, ...]
    compiled_bytes: int

    @property
    def cpu_operators(self) -> int:
        """How many operators stay on the CPU."""
        return sum(each.count for each in self.on_cpu)

    @property
    def latency_ms(self) -> float:
        """Milliseconds of one inference on the NPU at the clock that Vela assumes."""
        return self.summary.cycles["total"] / self.summary.clock_hz * 1000

    @property
    def device_latency_ms(self) -> float | None:
        """The same cycles at the device's clock; None where that is unknown."""
        clock = self.target.clock_mhz
        return None if clock is None else self.summary.cycles["total"] / clock / 1000

    @property
    def compression(self) -> float | None:
        """Encoded weights / original weights; None for a model without any on the NPU."""
        original = self.summary.original_weights_bytes
        return self.summary.encoded_weights_bytes / original if original else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the figures leave out."""
        found = ["Vela estimates by a model of the NPU and its memories; it measures nothing.", self.target.note]
        if self.on_cpu:
            found.append("Cycles, times and weights are of the NPU's part; what stays on the CPU comes on top.")
        return tuple(note for note in found if note)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `npu --json`."""
        found = self.summary
        at_device = self.device_latency_ms
        return {
            "file": self.file,
            "device": self.target.name,
            "accelerator": self.target.accelerator,
            "vela_version": self.vela,
            "system_config": found.system_config,
            "memory_mode": found.memory_mode,
            "macs": found.macs,
            "multiply_adds": self.multiply_adds,
            "cycles": found.cycles,
            "clock_mhz": found.clock_hz / 1e6,
            "latency_ms": self.latency_ms,
            "inferences_per_second": 1000 / self.latency_ms,
            "device_clock_mhz": self.target.clock_mhz,
            "device_latency_ms": at_device,
            "device_inferences_per_second": None if at_device is None else 1000 / at_device,
            "memory_bytes": found.memory_bytes,
            "device_ram_bytes": self.target.ram_bytes,
            "device_flash_bytes": self.target.flash_bytes,
            "weights_bytes": {"original": found.original_weights_bytes, "encoded": found.encoded_weights_bytes},
            "weights_ratio": self.compression,
            "compiled_bytes": self.compiled_bytes,
            "operators": self.operators,
            "npu_operators": self.operators - self.cpu_operators,
            "cpu_operators": [asdict(each) for each in self.on_cpu],
            "cpu_multiply_adds": self.cpu_multiply_adds,
            "notes": list(self.notes),
        }


def read_summary(file: Path) -> Summary:
    """Reads the summary that Vela writes beside the compiled file; its memory is in KiB, its clock in Hz.

    Raises:
        MissingTool: columns are missing: a version of Vela that this builder does not know.
    """
    with file.open(newline="", encoding="utf-8") as text:
        row = next(csv.DictReader(text), {})
    try:
        return Summary(
            system_config=row["system_config"],
            memory_mode=row["memory_mode"],
            clock_hz=number(row["core_clock"]),
            memory_bytes={memory: round(number(row[f"{memory}_memory_used"]) * KIB) for memory in MEMORIES},
            original_weights_bytes=round(number(row["total_original_weights"])),
            encoded_weights_bytes=round(number(row["total_npu_encoded_weights"])),
            macs=round(number(row["nn_macs"])),
            cycles={part: round(number(row[f"cycles_{part}"])) for part in CYCLES},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MissingTool(
            f"Vela's summary has another form than known ({type(error).__name__}: {error}). Install ethos-u-vela 5.2."
        ) from None


def number(text: str) -> float:
    """A finite number."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no figure")
    return value
