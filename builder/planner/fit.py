"""What fits a budget best: the Pareto frontier of (alpha, rho, variant), ranked by the accuracy to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from builder.architecture import check_alpha, check_resolution
from builder.budget import Budget
from builder.device import VARIANTS, Device
from builder.errors import ConfigError, nearest
from builder.flash import Texts
from builder.formats import format_bytes
from builder.latency import why_unknown
from builder.planner.candidate import Candidate
from builder.planner.expectation import Builds, expectation
from builder.planner.frontier import costs, frontier, next_step
from builder.planner.nothing import NothingFits, nothing_fits
from builder.planner.plane import ALPHAS, RESOLUTIONS, Cell, cells, latency_band
from builder.planner.ram import Ram, basis
from builder.planner.setting import WARM_ALPHAS, Setting
from builder.planner.verdict import limits

SCRATCH_FROM = 50_000  # photos: with fewer, training from nothing loses more than a larger alpha gains
LOSES = (
    "no ImageNet weights to start from: on 2,062 photos of hands, six epochs reached 100.0 % with them and 63.9 % without "
    "(alpha 0.25 at 128 px, measured)"
)


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer of `fit`.

    Args:
        budget: what it was held against; `budget.device` may be None.
        classes: number of classes.
        channels: 3 or 1.
        photos: how many there are to train on; None is unknown.
        candidates: best first.
        nothing_fits: None where there are candidates.
        plane: every design that was looked at, to draw; row by row: alpha, then resolution, then variant.
        notes: sentences for people.
    """

    budget: Budget
    classes: int
    channels: int
    photos: int | None
    candidates: tuple[Candidate, ...]
    nothing_fits: NothingFits | None
    plane: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for `fit --json`."""
        return {
            "device": None if self.budget.device is None else self.budget.device.name,
            "classes": self.classes,
            "channels": self.channels,
            "photos": self.photos,
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "nothing_fits": None if self.nothing_fits is None else self.nothing_fits.to_json(),
            "notes": list(self.notes),
        }


def fit(
    budget: Budget | Device,
    *,
    classes: int,
    channels: int = 3,
    photos: int | None = None,
    any_alpha: bool = False,
    labels: Sequence[str] | None = None,
    texts: Texts | None = None,
    builds: Builds | None = None,
    alphas: Sequence[float] | None = None,
    resolutions: Sequence[int] | None = None,
    variants: Sequence[str] | None = None,
) -> Fit:
    """The designs that fit a budget and that no other one beats, the most accurate first.

    Args:
        budget: limits, or a device whose memory is the limit.
        classes: number of classes.
        channels: 3 for colour, 1 for grayscale.
        photos: how many there are to train on; below 50,000, or where it is not known, only alphas with ImageNet weights are
            offered, unless `any_alpha`.
        any_alpha: offer alphas without ImageNet weights too, after the others.
        labels: class names, for the exact size of the files.
        texts: what the files say about themselves.
        builds: finished builds of the same photos; they move the published accuracy, if they tell enough.
        alphas: widths to choose from, in place of the usual ones.
        resolutions: pixels to choose from, 32 to 224 by default.
        variants: files to choose from; all that the device runs by default.

    Returns:
        A `Fit`; without candidates, `nothing_fits` says what would do.

    Raises:
        ConfigError: no limit at all, a latency that nobody knows, an unknown variant, or a dial out of range.

    Example:
        >>> fit(Budget.of(flash="300 KiB", ram="128 KiB"), classes=2).candidates[0].alpha
        0.25
    """
    limited = Budget.of(budget) if isinstance(budget, Device) else budget
    setting = Setting(classes, channels, None if labels is None else tuple(labels), texts or Texts(), limited, builds)
    wanted = chosen_variants(setting, variants)
    check_limits(setting, wanted)
    plane = cells(setting, chosen_alphas(alphas, photos, any_alpha), chosen_resolutions(resolutions), wanted)
    limit = limits(setting)
    resources = tuple(limit)
    ranked = []
    shift = None if builds is None else builds.shift
    # Designs without a warm start never push aside those with one, unless there are photos enough.
    groups = [plane] if enough(photos) else [[cell for cell in plane if cell.warm_start is warm] for warm in (True, False)]
    for group in groups:
        best = frontier(group, resources)
        ranked += [candidate(setting, cell, best, limit, photos, shift) for cell in best if cell.fits]
    notes = notes_of(setting, photos, any_alpha or alphas is not None)
    missing = None
    if not ranked:
        missing = nothing_fits(setting, plane)
        notes = (*notes, *narrower(setting, wanted, photos, any_alpha or alphas is not None, resolutions))
    return Fit(limited, classes, channels, photos, tuple(ranked), missing, tuple(plane), notes)


def candidate(
    setting: Setting, cell: Cell, best: Sequence[Cell], limit: dict[str, float], photos: int | None, shift: float | None
) -> Candidate:
    """A cell with all that is told about it."""
    device, resources = setting.device, tuple(limit)
    return Candidate(
        alpha=cell.alpha,
        resolution=cell.resolution,
        variant=cell.variant,
        flash_bytes=cell.flash_bytes,
        arena_bytes=cell.arena_bytes,
        ram=Ram(cell.ram_low, cell.ram_typical, cell.ram_high, basis(cell.variant, device)),
        multiply_adds=cell.multiply_adds,
        latency_ms=None if device is None else latency_band(device, cell, setting),
        expected=expectation(cell.alpha, cell.resolution, setting.channels, cell.variant, setting.builds, shift),
        warm_start=cell.warm_start,
        headroom={name: 1 - taken / limit[name] for name, taken in zip(resources, costs(cell, resources), strict=True)},
        next_step=next_step(cell, best, limit),
        loses="" if cell.warm_start or enough(photos) else LOSES,
    )


def enough(photos: int | None) -> bool:
    """Whether there are photos enough to train from nothing."""
    return photos is not None and photos >= SCRATCH_FROM


def chosen_alphas(alphas: Sequence[float] | None, photos: int | None, any_alpha: bool) -> Sequence[float]:
    """The widths to search."""
    if alphas is not None:
        return [check_alpha(alpha) for alpha in alphas]
    return ALPHAS if any_alpha or enough(photos) else WARM_ALPHAS


def chosen_resolutions(resolutions: Sequence[int] | None) -> Sequence[int]:
    """The resolutions to search."""
    return RESOLUTIONS if resolutions is None else [check_resolution(resolution) for resolution in resolutions]


def chosen_variants(setting: Setting, variants: Sequence[str] | None) -> tuple[str, ...]:
    """The files to search: those asked for that the device runs."""
    for variant in variants or ():
        if variant not in VARIANTS:
            raise ConfigError(f'There is no variant "{variant}": use {", ".join(VARIANTS)}.{nearest(variant, VARIANTS)}')
    wanted = tuple(variant for variant in setting.variants if not variants or variant in variants)
    if not wanted and setting.device is not None:
        runs = ", ".join(setting.device.precisions)
        raise ConfigError(f"{setting.device.name} does not run {', '.join(variants or ())}; it runs {runs}.")
    return wanted


def check_limits(setting: Setting, variants: Sequence[str]) -> None:
    """Refuses a budget that nothing can be held against."""
    device, budget = setting.device, setting.budget
    if not limits(setting):
        what = "Give a device or a limit: --device, --flash, --ram, --latency or --multiply-adds."
        if device is not None:
            what = f"Neither flash nor RAM of {device.name} is known: give limits with --flash and --ram."
        raise ConfigError(what)
    if budget is not None and budget.latency_ms is not None and device is not None:
        unknown = [why_unknown(device, variant) for variant in variants]
        if all(unknown):
            raise ConfigError(f"The latency budget cannot be held against anything. {unknown[0]}")


def notes_of(setting: Setting, photos: int | None, any_alpha: bool) -> tuple[str, ...]:
    """What people should know about the answer."""
    said = [setting.builds.note] if setting.builds is not None and setting.builds.note else []
    if not enough(photos) and not any_alpha:
        count = "an unknown number of" if photos is None else f"{photos:,}"
        said.append(
            f"For {count} photos only alphas with ImageNet weights are offered (0.25, 0.5, 0.75, 1.0); --any-alpha offers the "
            f"others, which have {LOSES}."
        )
    budget, device = setting.budget, setting.device
    if budget is not None and device is not None:
        for name, known in (("flash", budget.flash_bytes), ("ram", budget.ram_bytes)):
            if known is None:
                shown = "RAM" if name == "ram" else name
                said.append(f"The {shown} of {device.name} is not known, so nothing was held against it; --{name} gives it.")
    if budget is not None and not (budget.reserve_flash_bytes or budget.reserve_ram_bytes):
        said.append(
            "Nothing is kept for the runtime's code, stack, camera frame and the app; --reserve-flash and --reserve-ram do that, "
            "and `builder plan` has typical sizes."
        )
    return tuple(said)


def narrower(
    setting: Setting, variants: Sequence[str], photos: int | None, any_alpha: bool, resolutions: Sequence[int] | None
) -> list[str]:
    """Whether other alphas would fit where those with a warm start do not."""
    if any_alpha or enough(photos):
        return []
    every = cells(setting, ALPHAS, chosen_resolutions(resolutions), variants)
    fitting = [cell for cell in every if cell.fits]
    if not fitting:
        least = min(every, key=lambda cell: (cell.flash_bytes, cell.ram_typical))
        return [
            f"--any-alpha goes lower, to alpha {least.alpha:g} at {least.resolution} px as {least.variant} "
            f"({format_bytes(least.flash_bytes)} of flash, {format_bytes(least.ram_typical)} of RAM), but that does not fit either."
        ]
    best = max(fitting, key=lambda cell: cell.accuracy)
    return [f"Without a warm start, alpha {best.alpha:g} at {best.resolution} px as {best.variant} fits: --any-alpha offers it."]
