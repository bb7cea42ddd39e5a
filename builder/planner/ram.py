"""The RAM that a file takes while it runs, as a band: on a microcontroller's interpreter, or on Linux and phones.

TFLite Micro: the arena, exact on a 64-bit host with reference kernels, plus the scratch memory of the device's kernel library
(optimised kernels are for int8).

LiteRT on Linux and phones: the file, mapped; a second copy of the weights, packed for XNNPACK; activations; the interpreter and
the pages of its library. Measured as the resident memory that opening and running a file adds to a process (LiteRT 2.3 with
XNNPACK on 64-bit Linux, alpha 0.25 to 1, 96 to 224 px, five variants): `typical` was within 13 % of each of sixteen files, 4 % in
the median. `low` leaves out what the system can drop or share: the mapped file and the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from builder.architecture import Network
from builder.arena import CONVOLUTIONS, Arena, arena, chain_of, map_sides
from builder.device import INTERPRETER, LIBRARY, LITERT, Device
from builder.planner.counts import Widths, widths
from builder.planner.scratch import Scratch, scratch
from builder.planner.scratch import basis as scratch_basis

MAINLY_LINUX = ("float16", "dynamic")  # TFLite Micro refuses them
ST = "x-cube-ai"
KIB = 1024

# ST's own runtime beside TFLite Micro's arena for the same network: rows of its model zoo for MobileNet v1 on an STM32H747I-DISCO
# (X-CUBE-AI 7.3 and 10.0, total RAM).
ST_LEAST, ST_MOST = 0.53, 1.06
ST_SOURCE = "STMicroelectronics/stm32ai-modelzoo: image_classification/mobilenetv1/README.md, total RAM with X-CUBE-AI 7.3 and 10.0"
# Activations on an NPU's compiler beside the greedy plan: ST's rows for the STM32N6570-DK (392 to 588 KiB where the plan has 392).
NPU_MOST = 1.5
NPU_SOURCE = "STMicroelectronics/stm32ai-modelzoo: rows of the STM32N6570-DK"
ARENA = "TFLite Micro's arena"


@dataclass(frozen=True, slots=True)
class Ram:
    """Bytes of RAM while one inference runs; `basis` says what the band rests on. Budgets are held against `typical`."""

    low: int
    typical: int
    high: int
    basis: str

    def to_json(self) -> dict[str, int]:
        """`peak_ram_bytes` of the contract."""
        return {"low": self.low, "typical": self.typical, "high": self.high}


def on_microcontroller(device: Device | None, variant: str) -> bool:
    """Whether TFLite Micro or its kind runs the file; without a device, `int8_micro` is for one and the others are for phones."""
    if variant in MAINLY_LINUX:
        return False
    if device is None:
        return variant == "int8_micro"
    return not device.on_linux


def ram(network: Network, variant: str, flash_bytes: int, device: Device | None = None) -> Ram:
    """The RAM of a file.

    Args:
        network: what is in it.
        variant: float32, float16, dynamic, int8 or int8_micro.
        flash_bytes: the file's size.
        device: where it runs; None is a typical microcontroller for `int8_micro` and a phone for the rest.

    Returns:
        A `Ram`; the variant may be one that the device does not run.

    Example:
        >>> ram(Network(0.25, 96, classes=2), "int8_micro", 300_000).typical
        85264
    """
    of = widths(network.alpha, network.channels, network.classes)
    band = bands(network, of, {variant: flash_bytes}, device)[variant]
    return Ram(*band, basis(variant, device))


def bands(network: Network, of: Widths, flash_bytes: Mapping[str, int], device: Device | None) -> dict[str, tuple[int, int, int]]:
    """(low, typical, high) of several variants of one network, whose sizes are given."""
    found, own, plan = {}, None, arena(network)
    for variant, size in flash_bytes.items():
        if not on_microcontroller(device, variant):
            found[variant] = on_linux(plan, of, variant, size)
            continue
        if own is None:
            own = kernels(plan, network, of, device)
        found[variant] = on_micro(plan if variant == "int8_micro" else arena(network, variant), variant, own)
    return found


@dataclass(frozen=True, slots=True)
class Kernels:
    """What kernels add to an arena of int8 values, and the shares and sums that bound what other runtimes take.

    `scratch` is for the file's own plan, `greedy_scratch` for files that carry none.
    """

    scratch: Scratch
    greedy_scratch: Scratch
    least: float  # of the arena
    most: float  # of the arena
    npu_low: int | None
    npu_high: int


def kernels(plan: Arena, network: Network, of: Widths, device: Device | None) -> Kernels:
    """The kernels of a device; of typical microcontrollers where there is none."""
    library, core = ("", None) if device is None else (device.cpu.library, device.cpu.core)
    chain = chain_of(network)
    maps = chain.values[:CONVOLUTIONS]  # the image and the output of each convolution in front of the classifier
    sides = (network.resolution, *map_sides(network.resolution))
    greedy = scratch(library, core, plan.greedy_activation_bytes, maps, of.channels, sides)
    fixed = plan.activation_bytes if plan.has_plan else None
    own = greedy if fixed is None else scratch(library, core, fixed, maps, of.channels, sides, planned=True)
    least, most = (ST_LEAST, ST_MOST) if library.startswith(ST) else (1.0, 1.0)
    if device is None or device.accelerator is None:
        return Kernels(own, greedy, least, most, None, 0)
    # The least that any plan of a chain needs is the largest input and output together; records with 32-bit pointers take half.
    low = max(chain.alive[: CONVOLUTIONS - 1]) + plan.persistent_bytes // 2
    return Kernels(own, greedy, least, most, low, round(NPU_MOST * plan.greedy_activation_bytes) + plan.persistent_bytes)


def on_micro(plan: Arena, variant: str, own: Kernels) -> tuple[int, int, int]:
    """TFLite Micro: arena and scratch memory. Optimised kernels and accelerators are for int8."""
    total, greedy = plan.total_bytes, plan.greedy_bytes
    if variant == "float32":
        return round(own.least * greedy), total, round(own.most * greedy)
    added = own.scratch if variant == "int8_micro" else own.greedy_scratch
    typical = total + added.typical
    low, high = total, total + added.high
    if own.most != own.least:  # a runtime that plans for itself
        low, high = min(low, round(own.least * greedy)), max(high, round(own.most * greedy))
    if own.npu_low is not None:
        low, high = min(low, own.npu_low), max(high, own.npu_high)
    return low, typical, high


def on_linux(plan: Arena, of: Widths, variant: str, flash_bytes: int) -> tuple[int, int, int]:
    """LiteRT with XNNPACK: the file, packed weights, activations, interpreter."""
    wide = variant in ("float32", "float16")
    packed = 4 * of.parameters if wide else of.parameters + 8 * sum(of.channels)
    # Dynamic ranges keep activations in float32 and quantized copies beside them (measured).
    values = 1 if variant in ("int8", "int8_micro") else 8 if variant == "dynamic" else 4
    private = packed + values * plan.greedy_activation_bytes + INTERPRETER
    resident = private + flash_bytes + LIBRARY
    return private, resident, resident + packed


@lru_cache(maxsize=1024)
def basis(variant: str, device: Device | None) -> str:
    """What the band of a variant rests on, in words."""
    if not on_microcontroller(device, variant):
        return f"LiteRT's memory, {LITERT.source}"
    library, core = ("", None) if device is None else (device.cpu.library, device.cpu.core)
    planned = " and the file's own memory plan" if variant == "int8_micro" else ""
    parts = [f"{ARENA}, exact on a 64-bit host with reference kernels{planned}"]
    if variant != "float32":
        parts.append(scratch_basis(library, core))
    if library.startswith(ST):
        parts.append(f"ST's own runtime takes {ST_LEAST} to {ST_MOST} of the arena ({ST_SOURCE})")
    if device is not None and device.accelerator is not None and variant != "float32":
        parts.append(f"an NPU's compiler may take up to {NPU_MOST} times the activations ({NPU_SOURCE})")
    return "; ".join(parts)
