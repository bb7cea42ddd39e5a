"""Whether a variant fits a budget, with how much left or by how much not, and because of which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.architecture import Network
from builder.arena import arena
from builder.cost import Cost, LayerCost
from builder.device import INTERPRETER, LIBRARY, Device, Runtime
from builder.formats import format_bytes, format_count, format_latency, format_percent
from builder.latency import why_unknown
from builder.planner.plane import Cell
from builder.planner.ram import on_microcontroller
from builder.planner.setting import Setting

Resource = Literal["flash", "ram", "multiply_adds", "latency"]

NAMES: dict[str, str] = {"flash": "flash", "ram": "RAM", "multiply_adds": "mult-adds", "latency": "latency"}
KINDS = {"conv": "the first convolution", "depthwise": "depthwise convolutions", "pointwise": "1x1 convolutions"}


@dataclass(frozen=True, slots=True)
class Check:
    """One resource held against its limit.

    Args:
        resource: flash and ram in bytes, multiply_adds as a count, latency in milliseconds.
        used: what the variant takes (of a band, its typical value).
        limit: what the budget leaves for the model, the reserve taken off.
        part: the layer or part that takes most of it, in words.
    """

    resource: Resource
    used: float
    limit: float
    part: str

    @property
    def fits(self) -> bool:
        """Whether it is within the limit."""
        return self.used <= self.limit

    @property
    def headroom(self) -> float:
        """Share of the limit that is left; negative where it does not fit."""
        return 1 - self.used / self.limit

    @property
    def text(self) -> str:
        """A sentence."""
        name, used, limit = NAMES[self.resource], amount(self.resource, self.used), amount(self.resource, self.limit)
        if self.fits:
            return f"{name}: {used} of {limit}, {format_percent(self.headroom, 0)} left."
        over = amount(self.resource, self.used - self.limit)
        ratio = self.used / self.limit
        share = (
            f"{ratio:.0f} times as much"
            if ratio >= 10
            else f"{ratio:.1f} times as much"
            if ratio >= 2
            else f"{format_percent(ratio - 1, 0)} over"
        )
        return f"{name}: {used} of {limit}, {over} too much ({share}): {self.part}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a variant fits; `fits` is None where there is no budget. `reasons` are sentences, what does not fit first."""

    fits: bool | None
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]


def verdict(setting: Setting, cell: Cell, cost: Cost) -> Verdict:
    """Holds one design against the budget.

    Args:
        setting: the budget, and what the design is for.
        cell: the design.
        cost: its counts by layer.
    """
    budget, device = setting.budget, setting.device
    if device is not None and not device.runs(cell.variant):
        runs = ", ".join(device.precisions)
        return Verdict(False, (), (f"unsupported: {device.name} does not run {cell.variant}; it runs {runs}.",))
    if budget is None:
        return Verdict(None, (), ())
    found = checks(setting, cell, cost)
    texts = [check.text for check in sorted(found, key=lambda check: check.fits)]
    return Verdict(cell.fits, found, (*texts, *cautions(setting, cell)))


def checks(setting: Setting, cell: Cell, cost: Cost) -> tuple[Check, ...]:
    """Each resource that has a limit and can be held against it."""
    budget = setting.budget
    if budget is None:
        return ()
    found = []
    if budget.model_flash_bytes is not None:
        found.append(Check("flash", cell.flash_bytes, budget.model_flash_bytes, weights_part(cost)))
    if budget.model_ram_bytes is not None:
        found.append(Check("ram", cell.ram_typical, budget.model_ram_bytes, ram_part(setting, cell)))
    if budget.multiply_adds is not None:
        found.append(Check("multiply_adds", cell.multiply_adds, budget.multiply_adds, compute_part(cost)))
    if budget.latency_ms is not None and cell.latency_ms is not None:
        found.append(Check("latency", cell.latency_ms, budget.latency_ms, compute_part(cost)))
    return tuple(found)


def cautions(setting: Setting, cell: Cell) -> list[str]:
    """What the verdict does not cover: limits that nobody knows, bands that reach over the limit."""
    budget, device = setting.budget, setting.device
    said: list[str] = []
    if budget is None:
        return said
    if device is not None:
        for name, known in (("flash", budget.flash_bytes), ("ram", budget.ram_bytes)):
            if known is None:
                said.append(
                    f"{NAMES[name]}: that of {device.name} is not known, so nothing was held against it; --{name} gives it."
                )
    if budget.latency_ms is not None and device is not None and cell.latency_ms is None:
        said.append(f"latency: not held against {format_latency(budget.latency_ms)}. {why_unknown(device, cell.variant)}".strip())
    ram = budget.model_ram_bytes
    if ram is not None and cell.ram_typical <= ram < cell.ram_high:
        said.append(f"RAM: may take up to {format_bytes(cell.ram_high)}, which is more than there is.")
    flash, code = budget.model_flash_bytes, budget.runtime.flash_bytes
    if device is not None and flash is not None and code is not None and flash - code < cell.flash_bytes <= flash:
        said.append(
            f"flash: what is left is less than {budget.runtime.library} takes for its own code, {format_bytes(code)}; "
            "--reserve-flash keeps it free."
        )
    return said


def weights_part(cost: Cost) -> str:
    """Where the bytes of the file are."""
    layer = max(cost.layers, key=lambda each: each.parameters)
    return f"{layer.name} alone holds {format_percent(layer.parameters / cost.parameters, 0)} of the weights"


def ram_part(setting: Setting, cell: Cell) -> str:
    """What takes most of the memory: of LiteRT's, often its own; on a microcontroller, the peak layer's."""
    if not on_microcontroller(setting.device, cell.variant):
        own = INTERPRETER + LIBRARY
        if 2 * own >= cell.ram_typical:
            return f"LiteRT's own interpreter and library take {format_bytes(own)} of it; TFLite Micro needs neither"
        return f"LiteRT keeps the file, a packed copy of its weights, activations and {format_bytes(own)} of its own"
    network = Network(cell.alpha, cell.resolution, setting.channels, setting.classes)
    return f"{arena(network).peak_layer} needs its input and its output at the same time"


def compute_part(cost: Cost) -> str:
    """Where mult-adds are."""

    def of(layer: LayerCost) -> int:
        return layer.multiply_adds

    shares: dict[str, int] = {}
    for layer in cost.layers:
        shares[layer.kind] = shares.get(layer.kind, 0) + of(layer)
    kind = max(shares, key=shares.__getitem__)
    share = format_percent(shares[kind] / cost.multiply_adds, 0)
    return f"{KINDS.get(kind, kind)} do {share} of the mult-adds, {max(cost.layers, key=of).name} most"


def amount(resource: str, value: float) -> str:
    """A figure in its resource's unit."""
    if resource in ("flash", "ram"):
        return format_bytes(value)
    return format_latency(value) if resource == "latency" else format_count(value)


def used(cell: Cell, resource: str) -> float | None:
    """What a design takes of a resource."""
    return {
        "flash": cell.flash_bytes,
        "ram": cell.ram_typical,
        "multiply_adds": cell.multiply_adds,
        "latency": cell.latency_ms,
    }[resource]


def limits(setting: Setting) -> dict[str, float]:
    """The limits that there are, by resource, the reserve taken off."""
    budget = setting.budget
    if budget is None:
        return {}
    every = {
        "flash": budget.model_flash_bytes,
        "ram": budget.model_ram_bytes,
        "multiply_adds": budget.multiply_adds,
        "latency": budget.latency_ms,
    }
    return {resource: value for resource, value in every.items() if value is not None}


def left_out(device: Device | None, runtime: Runtime | None) -> tuple[str, ...]:
    """What the figures of flash and RAM leave out, with typical sizes; the budget's reserves are for it.

    Args:
        device: where it runs; None is a microcontroller.
        runtime: what the device's kernel library takes besides the model, where a source gives it.
    """
    margin = "--reserve-flash and --reserve-ram keep room for it."
    if device is not None and device.on_linux:
        return (
            "The system and the rest of the app; the runtime's own library, some MB in the app's package.",
            f"A camera frame: 1920 x 1080 in RGB is {format_bytes(1920 * 1080 * 3)} of RAM.",
            margin,
        )
    code = "The runtime's code in flash: 16 KiB to 110 KiB, by library and operators."
    if runtime is not None and runtime.flash_bytes:
        state = f" and {format_bytes(runtime.ram_bytes)} of RAM for its state" if runtime.ram_bytes else ""
        code = f"The runtime's code: some {format_bytes(runtime.flash_bytes)} of flash{state} ({runtime.source})."
    return (
        code,
        f"A camera frame: 320 x 240 in RGB565 is {format_bytes(320 * 240 * 2)} of RAM.",
        "Stack, drivers, network and the app itself: a stack of 8 KiB, for example, where the project's settings say so.",
        margin,
    )
