"""How long one inference takes on a device: a band, and the published rows that it rests on.

The band is meant to hold nine in ten. How well it does, each board predicted without its own rows: `benchmarks/latency_rows.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

from builder.cost import Cost
from builder.devices import VARIANTS, Device, Processor
from builder.latency_model import Curve, Key, Model, cycles_of, kernel_precision, size_of, terms
from builder.latency_rows import Core, Engine, Row, published
from builder.least_squares import Vector

RESTS_ON_MAX = 6
# Cores that compute floats in software; none has a published row in float32.
WITHOUT_FPU = ("Cortex-M0", "Cortex-M0+", "Cortex-M3", "RV32IMC")
SOFT_FLOAT = "No floating-point unit and no published row in float32: floats in software may take longer than this band."

# What the kernels compute in. Weights in float16 become float32 when the file is loaded.
PRECISIONS = {"float32": "float32", "float16": "float32", "int8": "int8", "int8_micro": "int8"}


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one inference, batch 1: nine in ten should lie between `low` and `high`.

    `rests_on` are published rows, nearest first; `note` says why the band is as wide as it is.
    """

    low: float
    typical: float
    high: float
    library: str
    rests_on: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Predictor:
    """Everything about a device, a variant and a library that does not depend on the network."""

    key: Key
    curve: Curve
    overhead: Vector
    precision: str
    cycles_in_a_millisecond: float
    reach: float
    rests_on: tuple[str, ...]
    note: str

    def band(self, counts: Cost) -> tuple[float, float, float]:
        """(low, typical, high) in milliseconds."""
        return self.band_of(terms(counts, self.precision))

    def band_of(self, work: Vector) -> tuple[float, float, float]:
        """The same from the network's terms: mult-adds, activation bytes, weight bytes, operators."""
        engine, overhead, scale = self.key.core.engine, self.overhead, self.cycles_in_a_millisecond
        x = size_of(engine, work)
        middle = self.curve.s[0] + self.curve.s[1] * x
        first, second, third = self.curve.variance
        error = self.reach * math.sqrt(max(first + second * x + third * x * x, 0.0))
        return (
            cycles_of(engine, overhead, work, middle - error) / scale,
            cycles_of(engine, overhead, work, middle) / scale,
            cycles_of(engine, overhead, work, middle + error) / scale,
        )

    def typical_of(self, work: Vector) -> float:
        """The middle of that band."""
        engine = self.key.core.engine
        middle = self.curve.s[0] + self.curve.s[1] * size_of(engine, work)
        return cycles_of(engine, self.overhead, work, middle) / self.cycles_in_a_millisecond


def estimate(device: Device, counts: Cost, variant: str, *, library: str | None = None) -> Latency | None:
    """The latency of a network on a device.

    Args:
        device: from `builder.devices`.
        counts: `builder.cost.cost(network)`.
        variant: `float32`, `float16`, `dynamic`, `int8` or `int8_micro`.
        library: kernels other than the device's usual ones, such as `cmsis-nn`.

    Returns:
        A `Latency`, or `None` where the device does not run the variant, or its core or clock is unknown
        (`why_unknown` says which).

    Example:
        >>> round(estimate(devices.find("NUCLEO-L4R5ZI"), cost(Network(0.25, 96, classes=2)), "int8_micro").typical)
        89
    """
    return estimates(device, counts, (variant,), library=library)[variant]


def estimates(
    device: Device, counts: Cost, variants: tuple[str, ...] = VARIANTS, *, library: str | None = None
) -> dict[str, Latency | None]:
    """`estimate` of several variants at once; those that compute in the same precision cost no more than one."""
    bands: dict[str, Latency | None] = {}

    def of(variant: str) -> Latency | None:
        precision = PRECISIONS.get(variant, "")
        if precision not in bands:
            found = predictor(device, variant, library)
            bands[precision] = (
                None if found is None else Latency(*found.band(counts), found.key.library, found.rests_on, found.note)
            )
        return bands[precision]

    answers: dict[str, Latency | None] = {}
    for variant in variants:
        if variant not in device.precisions:
            answers[variant] = None
        elif variant == "dynamic":
            answers[variant] = _between(of("int8"), of("float32"))
        else:
            answers[variant] = of(variant)
    return answers


def _between(fast: Latency | None, slow: Latency | None) -> Latency | None:
    """Weights in int8, activations in float32: no published row, so it lies between the two."""
    if fast is None or slow is None:
        return None
    return Latency(
        low=min(fast.low, slow.low),
        typical=math.sqrt(fast.typical * slow.typical),
        high=max(fast.high, slow.high),
        library=slow.library,
        rests_on=(fast.rests_on + slow.rests_on)[:RESTS_ON_MAX],
        note=f"No published row computes with dynamic ranges: between int8 and float32. {slow.note}".strip(),
    )


@cache
def model() -> Model:
    """The model of all published rows, made when first needed (some ten milliseconds)."""
    everything = published()
    return Model(everything.rows, everything)


@lru_cache(maxsize=4096)
def predictor(device: Device, variant: str, library: str | None = None, *, of: Model | None = None) -> Predictor | None:
    """What to keep when many networks are estimated for one device; None as for `estimate`."""
    processor = processor_of(device, variant)
    precision = PRECISIONS.get(variant)
    if precision is None or processor.core is None or why_unknown(device, variant):
        return None
    model_ = of or model()
    core = core_of(processor.core, engine_of(device, processor))
    key = Key(device.name, core, library or processor.library, kernel_precision(core, precision))
    rests_on, note = basis(model_, key)
    mhz = clock_of(device, processor)
    if processor.clock_mhz is None and mhz is not None:
        note = f"{note} The clock of its NPU is not published and taken to be its core's.".strip()
    if precision == "float32" and core.name in WITHOUT_FPU:
        note = f"{note} {SOFT_FLOAT}".strip()
    cycles = model_.clock(mhz, processor.threads)
    return Predictor(
        key, model_.curve(key), model_.overhead(key), precision, cycles, model_.reach[model_.peers(key)], rests_on, note
    )


def processor_of(device: Device, variant: str) -> Processor:
    """The part of the device that runs the variant: its accelerator for int8, if it has one, else its CPU."""
    if device.accelerator is not None and PRECISIONS.get(variant) == "int8":
        return device.accelerator
    return device.cpu


def core_of(name: str, engine: Engine) -> Core:
    """What is known of a core; one that no row mentions is a family of its own."""
    return published().cores.get(name) or Core(name, engine, family=name)


def engine_of(device: Device, processor: Processor) -> Engine:
    """The kind of processor: by its core if that is known, else by the device's class."""
    known = published().cores.get(processor.core or "")
    if known is not None:
        return known.engine
    if processor is device.accelerator:
        return "npu"
    return "micro" if device.kind in ("mcu", "npu") else "cpu"


def needs_clock(device: Device, processor: Processor) -> bool:
    """Whether time cannot be told without a clock: unless the rows are without one too, those of the chip or of the very board."""
    rows = [row for row in published().rows if row.library == processor.library]
    return any(row.mhz for row in rows) and not any(row.device == device.name and row.mhz is None for row in rows)


def clock_of(device: Device, processor: Processor) -> float | None:
    """MHz; an NPU beside a microcontroller's core, and without a published clock, is taken to run at the core's."""
    beside_core = processor is device.accelerator and engine_of(device, device.cpu) == "micro"
    if processor.clock_mhz is None and beside_core and needs_clock(device, processor):
        return device.cpu.clock_mhz
    return processor.clock_mhz


def why_unknown(device: Device, variant: str) -> str:
    """Why `estimate` has no answer, in a sentence; an empty string where it has one."""
    if variant not in device.precisions:
        return f"{device.name} does not run {variant}; it runs {', '.join(device.precisions)}."
    processor = processor_of(device, variant)
    if not processor.core:
        return f"The core of {device.name} is not known, so its speed is not either."
    if clock_of(device, processor) is None and (processor is device.cpu or needs_clock(device, processor)):
        return f"The clock of {device.name} is not known, so its speed is not either."
    return ""


def basis(of: Model, key: Key) -> tuple[tuple[str, ...], str]:
    """The rows that say most about a key, and why the band is as wide as it is."""
    keys = [(row, other) for other, rows in of.series.items() for row in rows if other.core.engine == key.core.engine]
    kernels = (key.library, key.precision)
    tiers = (
        ("", lambda k: k.device == key.device and (k.library, k.precision) == kernels),
        (
            "from {n} of the same core and kernels on other boards",
            lambda k: k.core == key.core and (k.library, k.precision) == kernels,
        ),
        ("from {n} of the same core with other kernels, and of these kernels on other cores", lambda k: k.core == key.core),
        ("from {n} of related cores with these kernels", lambda k: k.core.family == key.core.family and k.library == key.library),
        ("from {n} of related cores with other kernels", lambda k: k.core.family == key.core.family),
        ("from {n} of the same kernels on cores of other kinds", lambda k: k.library == key.library),
    )
    for text, belongs in tiers:
        rows = [row for row, other in keys if belongs(other)]
        if rows:
            rests_on = tuple(str(row) for row in rows[-RESTS_ON_MAX:])
            count = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
            note = f"No published row of this board with {key.library}: {text.format(n=count)}." if text else ""
            return rests_on, note
    return (
        (),
        f"No published row of this board, its core ({key.core.name}) or its kernels ({key.library}): a guess within a wide band.",
    )


def published_rows(device: Device) -> tuple[Row, ...]:
    """Everything published of this device, MLPerf Tiny's results among it, to show beside an estimate."""
    return tuple(row for row in published().rows if row.device == device.name and row.measured)
