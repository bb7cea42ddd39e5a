"""The nearest change of each dial alone that makes a variant fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from builder.architecture import BASE_RESOLUTION, RESOLUTION_MIN
from builder.formats import format_bytes, format_points
from builder.planner.plane import Cell, cells
from builder.planner.setting import WARM_ALPHAS, Setting

Dial = Literal["alpha", "rho", "precision", "grayscale", "classes", "together", "device"]

Value = TypeVar("Value")

ALPHA_STEP = 0.01
RESOLUTION_STEP = 8  # pixels


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to make it fit, all else left as it is.

    Args:
        dial: what to change; `together` changes alpha, resolution and precision at once, where no dial alone is enough.
        before: the dial's value now: alpha, resolution in px for `rho`, variant, channels, classes, or the device's name.
        after: the value that fits.
        text: a sentence, with what it costs.
    """

    dial: Dial
    before: float | int | str
    after: float | int | str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; the key `from` is a word of Python's."""
        return {"dial": self.dial, "from": self.before, "to": self.after, "text": self.text}


class Probe:
    """Looks at the same design with a dial changed; several variants at once, since they share most of the work."""

    def __init__(self, setting: Setting, variants: Sequence[str]) -> None:
        self.setting, self.variants = setting, tuple(variants)
        self.known: dict[tuple[float, int, int, int], dict[str, Cell]] = {}

    def at(
        self,
        cell: Cell,
        *,
        alpha: float | None = None,
        resolution: int | None = None,
        channels: int | None = None,
        classes: int | None = None,
    ) -> Cell:
        """The design with one dial changed."""
        setting = self.setting
        key = (alpha or cell.alpha, resolution or cell.resolution, channels or setting.channels, classes or setting.classes)
        if key not in self.known:
            if channels or classes:
                labels = None if setting.labels is None else setting.labels[: key[3]]
                setting = replace(setting, channels=key[2], classes=key[3], labels=labels)
            self.known[key] = {each.variant: each for each in cells(setting, key[:1], key[1:2], self.variants)}
        return self.known[key][cell.variant]


def remedies(probe: Probe, cell: Cell, others: Sequence[Cell]) -> tuple[Remedy, ...]:
    """The nearest change of each dial that fits, for a design that does not.

    Args:
        probe: of the budget, and what stays the same.
        cell: the design that does not fit.
        others: the same design as its other variants.

    Returns:
        In the order alpha, rho, precision, grayscale, classes; dials that cannot do it alone are left out.
    """
    device = probe.setting.device
    if device is not None and not device.runs(cell.variant):
        found = [precision(cell, others, runs=False)]
    else:
        found = [
            narrower(probe, cell),
            coarser(probe, cell),
            precision(cell, others, runs=True),
            grayscale(probe, cell),
            fewer(probe, cell),
        ]
    return tuple(remedy for remedy in found if remedy is not None)


def narrower(probe: Probe, cell: Cell) -> Remedy | None:
    """The largest smaller alpha; and the largest with a warm start, where that is another one."""

    def at(alpha: float) -> Cell:
        return probe.at(cell, alpha=alpha)

    steps = [round(ALPHA_STEP * step, 2) for step in range(1, int(cell.alpha / ALPHA_STEP) + 1)]
    best = largest([alpha for alpha in steps if alpha < cell.alpha], at)
    if best is None:
        return None
    text = f"alpha {best.alpha:g} instead of {cell.alpha:g} fits: {costs(cell, best)}"
    if not best.warm_start:
        warm = largest([alpha for alpha in WARM_ALPHAS if alpha < best.alpha], at)
        text += "; it has no ImageNet weights to start from" + ("" if warm is None else f", alpha {warm.alpha:g} has")
    return Remedy("alpha", cell.alpha, best.alpha, f"{text}.")


def coarser(probe: Probe, cell: Cell) -> Remedy | None:
    """The largest smaller resolution."""
    below = range(RESOLUTION_MIN, cell.resolution, RESOLUTION_STEP)
    best = largest(below, lambda resolution: probe.at(cell, resolution=resolution))
    if best is None:
        return None
    text = f"{best.resolution} px (rho {best.resolution / BASE_RESOLUTION:.3f}) instead of {cell.resolution} px fits"
    return Remedy("rho", cell.resolution, best.resolution, f"{text}: {costs(cell, best)}.")


def precision(cell: Cell, others: Sequence[Cell], *, runs: bool) -> Remedy | None:
    """The most accurate other variant that fits, the smallest of equals."""
    fitting = [other for other in others if other.fits and other.variant != cell.variant]
    if not fitting:
        return None
    best = min(fitting, key=lambda other: (-other.accuracy, other.flash_bytes))
    text = f"{best.variant} instead of {cell.variant} fits: {costs(cell, best) if runs else sizes(best)}."
    return Remedy("precision", cell.variant, best.variant, text)


def grayscale(probe: Probe, cell: Cell) -> Remedy | None:
    """One input channel instead of three."""
    if probe.setting.channels == 1:
        return None
    grey = probe.at(cell, channels=1)
    if not grey.fits:
        return None
    return Remedy("grayscale", 3, 1, f"Grayscale instead of colour fits: {costs(cell, grey, accuracy=False)}.")


def fewer(probe: Probe, cell: Cell) -> Remedy | None:
    """The largest smaller number of classes."""
    before = probe.setting.classes
    best = largest_place(range(2, before), lambda classes: bool(probe.at(cell, classes=classes).fits))
    if best is None:
        return None
    classes = range(2, before)[best]
    text = f"{classes:,} classes instead of {before:,} fit: {costs(cell, probe.at(cell, classes=classes), accuracy=False)}."
    return Remedy("classes", before, classes, text)


def together(before: Cell, to: Cell) -> Remedy:
    """Alpha, resolution and precision changed at once."""
    here, there = (f"alpha {cell.alpha:g} at {cell.resolution} px as {cell.variant}" for cell in (before, to))
    return Remedy("together", here, there, f"No dial alone is enough; {there} fits: {sizes(to)}.")


def by_way_of(variant: str, other: str, remedy: Remedy) -> Remedy:
    """Another variant and its own remedy, for one that no dial alone makes fit."""
    return Remedy("together", variant, other, f"No change of {variant} alone is enough; as {other}, {remedy.text}")


def largest(values: Sequence[Value], at: Callable[[Value], Cell]) -> Cell | None:
    """The design at the largest value that fits, where larger values cost more."""
    place = largest_place(values, lambda value: bool(at(value).fits))
    return None if place is None else at(values[place])


def largest_place(values: Sequence[Value], fits: Callable[[Value], bool]) -> int | None:
    """By halving: the index of the last of sorted values that fits; None if the first does not."""
    if not values or not fits(values[0]):
        return None
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(values[middle]) else (low, middle)
    return low


def costs(before: Cell, after: Cell, *, accuracy: bool = True) -> str:
    """What a change gives and takes: `-48.0 KiB flash, -12.0 KiB RAM, −2.1 points`."""
    parts = [
        f"{'+' if change > 0 else '−'}{format_bytes(abs(change))} {name}"
        for name, change in (("flash", after.flash_bytes - before.flash_bytes), ("RAM", after.ram_typical - before.ram_typical))
        if change
    ]
    if accuracy and after.accuracy != before.accuracy:
        parts.append(f"{format_points(after.accuracy - before.accuracy)} points of accuracy to expect")
    return ", ".join(parts) or "nothing else changes"


def sizes(cell: Cell) -> str:
    """What a design takes: `304.8 KiB flash, 101.4 KiB RAM`."""
    return f"{format_bytes(cell.flash_bytes)} flash, {format_bytes(cell.ram_typical)} RAM"
