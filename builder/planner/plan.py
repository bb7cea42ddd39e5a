"""What a design costs before it exists: exact counts, sizes of every file, a verdict against a budget, and the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

from builder.architecture import Network
from builder.arena import Arena, arena, channels, map_sides, operators, tensors
from builder.budget import Budget
from builder.cost import Cost, cost, cost_of, standard_convolutions
from builder.device import VARIANTS, Device
from builder.errors import ConfigError
from builder.flash import Texts
from builder.formats import format_bytes
from builder.latency import Latency, estimates
from builder.planner.compute import Binary, Separable, Share, binary, separable, shares
from builder.planner.expectation import Builds, Expectation, expectation
from builder.planner.nothing import NothingFits, nothing_fits
from builder.planner.plane import ALPHAS, RESOLUTIONS, Cell, cells
from builder.planner.ram import Ram, basis
from builder.planner.remedies import Probe, Remedy, by_way_of, remedies, together
from builder.planner.setting import WARM_ALPHAS, Setting
from builder.planner.verdict import Check, left_out, verdict


class Design(Protocol):
    """Whatever names the dials: a `BuildConfig` or a `Network`."""

    @property
    def alpha(self) -> float: ...
    @property
    def resolution(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """One file of the design.

    Args:
        variant: float32, float16, dynamic, int8 or int8_micro.
        flash_bytes: the file's size.
        arena_bytes: TFLite Micro's arena on a 64-bit host with reference kernels; None except for `int8_micro`.
        greedy_arena_bytes: the same without the memory plan that the file carries; equal where it carries none.
        ram: RAM while it runs, on the budget's device or on a typical one.
        latency: None where there is no device, or its speed is unknown.
        expected: accuracy to expect.
        fits: None without a budget.
        checks: each limited resource held against its limit.
        reasons: sentences: how much is left or missing, and because of which part.
        remedies: the nearest change of each dial alone that would fit; empty where it fits.
    """

    variant: str
    flash_bytes: int
    arena_bytes: int | None
    greedy_arena_bytes: int | None
    ram: Ram
    latency: Latency | None
    expected: Expectation
    fits: bool | None = None
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def is_tight(self) -> bool:
        """Whether it fits as a rule, but its band of RAM reaches over the limit."""
        return self.fits is True and any(check.resource == "ram" and self.ram.high > check.limit for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """One of `variants` of the contract."""
        time = self.latency
        return {
            "flash_bytes": self.flash_bytes,
            "arena_bytes": self.arena_bytes,
            "greedy_arena_bytes": self.greedy_arena_bytes,
            "peak_ram_bytes": self.ram.to_json(),
            "latency_ms": None if time is None else {"low": time.low, "typical": time.typical, "high": time.high},
            "fits": self.fits,
            "reasons": list(self.reasons),
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "headroom": {check.resource: round(check.headroom, 6) for check in self.checks},
            **self.expected.to_json(),
            "ram_basis": self.ram.basis,
            "latency_basis": None if time is None else {"rests_on": list(time.rests_on), "note": time.note},
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What a design costs, and whether it fits.

    Args:
        network: the design.
        cost: exact counts, in total and by layer.
        standard_convolution: the same network with standard convolutions.
        binary: the same with 1-bit weights and activations.
        separable: the paper's ratio for each of the 13 blocks.
        shares: where parameters and mult-adds sit, by kind of layer.
        variants: by name, in the order of `builder.flash.VARIANTS`.
        peak_layer: the layer while which most activation bytes are alive.
        peak_note: what is in memory then, and what lowers it.
        ram_by_layer: (name, bytes of activations alive at int8) for each operator of `int8_micro`.
        left_out: what the figures of flash and RAM leave out, as sentences with typical sizes.
        budget: what it was held against; None without one.
        nothing_fits: what would do, where no variant fits and no design of the plane does.
        builds_note: why finished builds of the same photos do not move the accuracy; empty where they do.
    """

    network: Network
    cost: Cost
    standard_convolution: Cost
    binary: Binary
    separable: tuple[Separable, ...]
    shares: tuple[Share, ...]
    variants: Mapping[str, VariantPlan]
    peak_layer: str
    peak_note: str
    ram_by_layer: tuple[tuple[str, int], ...]
    left_out: tuple[str, ...]
    budget: Budget | None = None
    nothing_fits: NothingFits | None = None
    builds_note: str = ""

    @property
    def device(self) -> Device | None:
        """The device that it was held against."""
        return None if self.budget is None else self.budget.device

    @property
    def warm_start(self) -> bool:
        """Whether ImageNet weights exist for its alpha."""
        return self.network.alpha in WARM_ALPHAS

    def to_json(self) -> dict[str, Any]:
        """Plain values for `plan --json` and for `predicted` in report.json."""
        network = self.network
        return {
            "alpha": network.alpha,
            "rho": network.rho,
            "resolution": network.resolution,
            "classes": network.classes,
            "channels": network.channels,
            "parameters": self.cost.parameters,
            "keras_parameters": self.cost.keras_parameters,
            "multiply_adds": self.cost.multiply_adds,
            "warm_start": self.warm_start,
            "device": None if self.device is None else self.device.name,
            "variants": {name: variant.to_json() for name, variant in self.variants.items()},
            "standard_convolution": {
                "multiply_adds": self.standard_convolution.multiply_adds,
                "parameters": self.standard_convolution.parameters,
            },
            "separable": [asdict(block) for block in self.separable],
            "binary": asdict(self.binary),
            "shares": [asdict(share) for share in self.shares],
            "peak_layer": self.peak_layer,
            "left_out": list(self.left_out),
            "nothing_fits": None if self.nothing_fits is None else self.nothing_fits.to_json(),
            "layers": [asdict(layer) for layer in self.cost.layers],
        }


def plan(
    design: Design,
    *,
    classes: int | None = None,
    labels: Sequence[str] | None = None,
    budget: Budget | Device | None = None,
    texts: Texts | None = None,
    builds: Builds | None = None,
) -> Plan:
    """What a design costs, without building it, and whether it fits.

    Args:
        design: a `BuildConfig` or a `Network`.
        classes: number of classes, where the design leaves it open; as many as there are labels, where those are given.
        labels: class names, for the exact size of the files; the numbers from 0 by default.
        budget: limits, or a device whose memory is the limit.
        texts: what the files say about themselves; by default of the lengths that a build writes.
        builds: finished builds of the same photos; they move the published accuracy, if they tell enough.

    Returns:
        A `Plan`; `plan(design).cost.multiply_adds` and its kind are exact counts.

    Raises:
        ConfigError: a value is out of range, nobody said how many classes there are, or labels that are not one for each.

    Example:
        >>> plan(Network(alpha=0.25, resolution=96, classes=2)).cost.parameters
        210850
    """
    count = design.classes if classes is None else classes
    if count is None and labels is not None:
        count = len(labels)
    if count is None:
        raise ConfigError("The number of classes is needed: give classes=10, say.")
    network = Network(alpha=design.alpha, resolution=design.resolution, channels=design.channels, classes=count)
    limited = Budget.of(budget) if isinstance(budget, Device) else budget
    setting = Setting(count, network.channels, None if labels is None else tuple(labels), texts or Texts(), limited, builds)
    counted = cost(network)
    designs = cells(setting, [network.alpha], [network.resolution], VARIANTS)
    variants, missing = judged(setting, designs, counted)
    device, runtime = setting.device, None if limited is None or limited.device is None else limited.runtime
    memory = arena(network)
    return Plan(
        network=network,
        cost=counted,
        standard_convolution=cost_of(standard_convolutions(network)),
        binary=binary(counted),
        separable=separable(counted),
        shares=shares(counted),
        variants=variants,
        peak_layer=memory.peak_layer,
        peak_note=peak_note(memory),
        ram_by_layer=ram_by_layer(network),
        left_out=left_out(device, runtime),
        budget=limited,
        nothing_fits=missing,
        builds_note="" if builds is None else builds.note,
    )


def judged(setting: Setting, designs: Sequence[Cell], counted: Cost) -> tuple[dict[str, VariantPlan], NothingFits | None]:
    """Every variant with its verdict and its remedies; and what would do where there are none."""
    times = {} if setting.device is None else estimates(setting.device, counted, VARIANTS)
    probe = Probe(setting, [cell.variant for cell in designs if cell.fits is False and cell.variant in setting.variants])
    variants = {}
    for cell in designs:
        found = verdict(setting, cell, counted)
        variants[cell.variant] = VariantPlan(
            cell.variant,
            cell.flash_bytes,
            cell.arena_bytes,
            None if cell.arena_bytes is None else arena(network_of(setting, cell)).greedy_bytes,
            Ram(cell.ram_low, cell.ram_typical, cell.ram_high, basis(cell.variant, setting.device)),
            times.get(cell.variant),
            expectation(cell.alpha, cell.resolution, setting.channels, cell.variant, setting.builds),
            found.fits,
            found.checks,
            found.reasons,
            remedies(probe, cell, designs) if found.fits is False else (),
        )
    if setting.budget is None or not setting.budget.limited:
        return variants, None
    ways = [(variant, variant.remedies) for variant in variants.values() if variant.remedies]
    if ways:
        best_way, (first, *_) = max(ways, key=lambda way: (way[0].expected.accuracy, -way[0].flash_bytes))
        bare = [name for name, variant in variants.items() if variant.fits is False and not variant.remedies]
        return variants | {
            name: replace(variants[name], remedies=(by_way_of(name, best_way.variant, first),)) for name in bare
        }, None
    if any(variant.fits is not False for variant in variants.values()):
        return variants, None
    best, missing = elsewhere(setting)
    if best is not None:
        variants = {cell.variant: replace(variants[cell.variant], remedies=(together(cell, best),)) for cell in designs}
    return variants, missing


def elsewhere(setting: Setting) -> tuple[Cell | None, NothingFits | None]:
    """Where no dial alone is enough: the best design of the plane, if possible with a warm start, or what to say without any."""
    plane: list[Cell] = []
    # From few designs to all: each is looked at only where those before have none that fits.
    for alphas, resolutions in ((WARM_ALPHAS, RESOLUTIONS), (ALPHAS[::2], RESOLUTIONS[::4]), (ALPHAS, RESOLUTIONS)):
        plane = cells(setting, alphas, resolutions, setting.variants)
        fitting = [cell for cell in plane if cell.fits]
        if fitting:
            return min(fitting, key=lambda cell: (-cell.accuracy, cell.flash_bytes, cell.ram_typical)), None
    return None, nothing_fits(setting, plane)


def ram_by_layer(network: Network) -> tuple[tuple[str, int], ...]:
    """Bytes of activations alive while each operator of `int8_micro` runs: its input and its output."""
    sides = map_sides(network.resolution)
    pooled = sides[-1] > 1
    sizes = tensors(channels(network.alpha), sides, network, pooled)
    return tuple((name, before + after) for name, (before, after) in zip(operators(pooled), pairwise(sizes), strict=True))


def network_of(setting: Setting, cell: Cell) -> Network:
    """The network of a design."""
    return Network(cell.alpha, cell.resolution, setting.channels, setting.classes)


def peak_note(memory: Arena) -> str:
    """What is in memory at the peak, what lowers it, and what the memory plan in the file saves."""
    what = f"At the peak, {memory.peak_layer} has its input and its output in memory at the same time."
    lower = "rho lowers both with its square, alpha lowers them in proportion"
    if memory.peak_layer == "conv1":
        lower = "its input is the image: rho lowers both with its square, grayscale takes two thirds off"
        lower += " the image, alpha acts on the output only"
    note = f"{what} What lowers it: {lower}; fewer classes do not."
    if not memory.has_plan:
        return f"{note} TFLite Micro's own plan of it is the smallest already."
    return (
        f"{note} int8_micro carries a plan of it: {format_bytes(memory.total_bytes)} of arena instead of the "
        f"{format_bytes(memory.greedy_bytes)} by TFLite Micro's own."
    )
