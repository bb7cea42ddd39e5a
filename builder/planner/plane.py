"""The plane of alpha and rho, for every variant: what the dials cost and what they give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from builder.architecture import BASE_RESOLUTION, Network
from builder.arena import arena
from builder.device import VARIANTS, Device
from builder.flash import flash_sizes
from builder.flash.metadata import label_bytes
from builder.latency import PRECISIONS, Predictor, predictor
from builder.least_squares import Vector
from builder.planner.counts import LAYERS, Counts, counts, widths
from builder.planner.expectation import expectation, prior
from builder.planner.ram import bands
from builder.planner.setting import WARM_ALPHAS, Setting

# The plane that is searched: 40 widths, 25 resolutions.
ALPHAS = (*(round(0.025 * step, 3) for step in range(2, 41)), 1.25)
RESOLUTIONS = tuple(range(32, BASE_RESOLUTION + 1, 8))


class Cell(NamedTuple):
    """One design, alpha and resolution as one variant.

    `accuracy` is the share to expect (0 to 1); `latency_ms` is the band's typical value, None where it is unknown; `fits` is
    None without a budget, or where a limit cannot be checked; `arena_bytes` is None except for `int8_micro`; `parameters` are
    those of the file.
    """

    alpha: float
    resolution: int
    variant: str
    flash_bytes: int
    arena_bytes: int | None
    ram_low: int
    ram_typical: int
    ram_high: int
    multiply_adds: int
    parameters: int
    latency_ms: float | None
    accuracy: float
    extrapolated: bool
    warm_start: bool
    fits: bool | None

    @property
    def rho(self) -> float:
        """The resolution multiplier."""
        return self.resolution / BASE_RESOLUTION


def cells(
    setting: Setting,
    alphas: Iterable[float] = ALPHAS,
    resolutions: Sequence[int] = RESOLUTIONS,
    variants: Sequence[str] = VARIANTS,
) -> list[Cell]:
    """Every design of a plane.

    Args:
        setting: what stays the same.
        alphas: width multipliers.
        resolutions: pixels.
        variants: files; those that the device does not run get `fits` False.

    Returns:
        Row by row: alpha, then resolution, then variant.

    Example:
        >>> cells(Setting(classes=2), [0.25], [96], ["int8_micro"])[0].arena_bytes
        103696
    """
    return list(_cells(setting, alphas, resolutions, variants))


def _cells(setting: Setting, alphas: Iterable[float], resolutions: Sequence[int], variants: Sequence[str]) -> Iterator[Cell]:
    device, channels, classes, texts = setting.device, setting.channels, setting.classes, setting.texts
    named = 0 if setting.labels is None else label_bytes(setting.labels, classes) - label_bytes(None, classes)
    speeds = {variant: predictors(device, variant) for variant in variants}
    shift = None if setting.builds is None else setting.builds.shift
    judge = Judge(setting, variants)
    for alpha in alphas:
        of = widths(alpha, channels, classes)
        warm = alpha in WARM_ALPHAS
        for resolution in resolutions:
            network = Network(alpha, resolution, channels, classes)
            plan = arena(network)
            sizes = flash_sizes(network, variants, texts=texts)
            if named:
                sizes = {variant: size + named for variant, size in sizes.items()}
            ram = bands(network, of, sizes, device)
            count = counts(of, resolution)
            known: dict[int, float] = {}
            for variant in variants:
                flash, (low, typical, high) = sizes[variant], ram[variant]
                latency = milliseconds(speeds[variant], count, known)
                if shift is None:
                    before = prior(alpha, resolution, variant)
                    accuracy, extrapolated = before.top1 / 100, before.extrapolated
                else:
                    expected = expectation(alpha, resolution, channels, variant, setting.builds, shift)
                    accuracy, extrapolated = expected.accuracy, expected.extrapolated
                yield Cell(
                    alpha,
                    resolution,
                    variant,
                    flash,
                    plan.total_bytes if variant == "int8_micro" else None,
                    low,
                    typical,
                    high,
                    count.multiply_adds,
                    count.parameters,
                    latency,
                    accuracy,
                    extrapolated,
                    warm,
                    judge.fits(variant, flash, typical, count.multiply_adds, latency),
                )


class Judge:
    """Holds designs against a budget, quickly; `verdict` says why."""

    __slots__ = ("flash", "limited", "milliseconds", "multiply_adds", "ram", "runs")

    def __init__(self, setting: Setting, variants: Sequence[str]) -> None:
        budget = setting.budget
        self.limited = budget is not None and budget.limited
        self.runs = {variant: setting.device is None or setting.device.runs(variant) for variant in variants}
        self.flash = limit(None if budget is None else budget.model_flash_bytes)
        self.ram = limit(None if budget is None else budget.model_ram_bytes)
        self.multiply_adds = limit(None if budget is None else budget.multiply_adds)
        self.milliseconds = None if budget is None else budget.latency_ms

    def fits(self, variant: str, flash: int, ram: int, multiply_adds: int, latency: float | None) -> bool | None:
        """Whether it fits; None without a budget, or where all else fits and the latency is unknown."""
        if not self.runs[variant]:
            return False
        if not self.limited:
            return None
        if flash > self.flash or ram > self.ram or multiply_adds > self.multiply_adds:
            return False
        if self.milliseconds is None:
            return True
        return None if latency is None else latency <= self.milliseconds


def limit(value: int | None) -> float:
    """A limit that may not be there."""
    return math.inf if value is None else value


def predictors(device: Device | None, variant: str) -> tuple[Predictor, ...]:
    """What tells the time of a variant: one, the two that dynamic ranges lie between, or none."""
    if device is None or variant not in device.precisions:
        return ()
    wanted = ("int8", "float32") if variant == "dynamic" else (variant,)
    found = tuple(predictor(device, each) for each in wanted if each in PRECISIONS)
    return tuple(each for each in found if each is not None) if all(found) else ()


def work_of(count: Counts, precision: str) -> Vector:
    """`builder.latency_model.terms` from counts."""
    size = 4 if precision == "float32" else 1
    return float(count.multiply_adds), float(count.activations * size), float(count.parameters * size), float(LAYERS)


def milliseconds(of: tuple[Predictor, ...], count: Counts, known: dict[int, float]) -> float | None:
    """The typical latency; `known` keeps what was found for another variant of the same network."""
    if not of:
        return None
    product = 1.0
    for each in of:
        place = id(each)
        if place not in known:
            known[place] = each.typical_of(work_of(count, each.precision))
        product *= known[place]
    return product if len(of) == 1 else math.sqrt(product)


def latency_band(device: Device, cell: Cell, setting: Setting) -> tuple[float, float, float] | None:
    """(low, typical, high) in milliseconds; what `builder.latency.estimate` gives, without walking layers."""
    found = predictors(device, cell.variant)
    if not found:
        return None
    count = counts(widths(cell.alpha, setting.channels, setting.classes), cell.resolution)
    bands_ = [each.band_of(work_of(count, each.precision)) for each in found]
    low, high = min(band[0] for band in bands_), max(band[2] for band in bands_)
    return low, cell.latency_ms or bands_[0][1], high
