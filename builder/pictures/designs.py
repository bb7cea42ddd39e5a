"""The designs that the pictures show: from the planner's own plane, never computed in another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.architecture import Network
from builder.budget import Budget
from builder.pictures.grid import Grid, Limit, axes, limits_of
from builder.planner import Candidate, Expectation, Fit, Plan, plan
from builder.planner.plane import Cell, cells
from builder.planner.ram import on_microcontroller
from builder.planner.setting import Setting
from builder.report.model import PREFERRED

IMAGENET_CLASSES = 1000  # published networks are counted with a classifier for them


@dataclass(frozen=True, slots=True)
class Whole:
    """All limits at once, for designs of which any file may be taken: the places in `fits`."""

    name: str
    fits: frozenset[tuple[float, int]]
    resource: str = "flash"  # drawn like it, as a solid line

    def holds(self, cell: Cell) -> bool:
        """Whether a file of the design fits."""
        return (cell.alpha, cell.resolution) in self.fits


def shown_variant(plan: Plan, budget: Budget | None) -> str:
    """The file to draw: of those that fit, or else of those that run, the usual one for the device."""
    device = None if budget is None else budget.device
    order = ("int8_micro", *PREFERRED) if on_microcontroller(device, "int8_micro") else PREFERRED
    runs = [variant for variant in order if device is None or device.runs(variant)] or list(order)
    fitting = [variant for variant in runs if plan.variants[variant].fits]
    return (fitting or runs)[0]


def plan_grid(plan: Plan, variant: str, budget: Budget | None) -> tuple[Grid, tuple[Limit, ...]]:
    """The plane around a design, and the limits that hold there.

    Files are larger or smaller than with the usual texts by what the plan's own file says: its class names.
    """
    network = plan.network
    setting = Setting(network.classes, network.channels, budget=budget)
    alphas, resolutions = axes(network.alpha, network.resolution)
    own = cells(setting, [network.alpha], [network.resolution], [variant])[0]
    more = plan.variants[variant].flash_bytes - own.flash_bytes
    drawn = [cell._replace(flash_bytes=cell.flash_bytes + more) for cell in cells(setting, alphas, resolutions, [variant])]
    return Grid.of(drawn), limits_of(setting)


def compared(network: Network) -> tuple[list[Cell], Cell]:
    """Designs to stand beside published networks, and this one: in float32, with ImageNet's number of classes, as those are."""
    setting = Setting(IMAGENET_CLASSES, network.channels)
    alphas, resolutions = axes(network.alpha, network.resolution)
    own = cells(setting, [network.alpha], [network.resolution], ["float32"])[0]
    return cells(setting, alphas, resolutions, ["float32"]), own


def fit_cells(fit: Fit) -> list[Cell]:
    """Every design of the plane as every file that the device runs, those without ImageNet weights too."""
    setting = Setting(fit.classes, fit.channels, budget=fit.budget)
    widest = max((candidate.alpha for candidate in fit.candidates), default=0.0)
    finest = max((candidate.resolution for candidate in fit.candidates), default=0)
    alphas, resolutions = axes(widest, finest)
    drawn = cells(setting, alphas, resolutions, setting.variants)
    more = _more(fit.candidates, setting)
    return [cell._replace(flash_bytes=cell.flash_bytes + more) for cell in drawn] if more else drawn


def best_plan(fit: Fit) -> Plan | None:
    """The best candidate as a plan; None where nothing fits."""
    if not fit.candidates:
        return None
    best = fit.candidates[0]
    return plan(Network(best.alpha, best.resolution, channels=fit.channels, classes=fit.classes), budget=fit.budget)


def contour_variant(fit: Fit) -> str:
    """The file whose accuracy the lines of a fit's plane join: the best candidate's, or else the first one that the device runs.

    From one file only: where the most accurate file that fits changes from cell to cell, lines would jump.
    """
    if fit.candidates:
        return fit.candidates[0].variant
    runs = Setting(fit.classes, fit.channels, budget=fit.budget).variants
    return "int8_micro" if "int8_micro" in runs else runs[0]


def _more(candidates: Sequence[Candidate], setting: Setting) -> int:
    """Bytes that the class names add to a file."""
    if not candidates:
        return 0
    first = candidates[0]
    return first.flash_bytes - cells(setting, [first.alpha], [first.resolution], [first.variant])[0].flash_bytes


def any_file(fit: Fit, drawn: Iterable[Cell]) -> tuple[Grid, Whole]:
    """One cell a design: the most accurate file that fits, or else the most accurate one; and the border of all limits."""
    designs: dict[tuple[float, int], list[Cell]] = defaultdict(list)
    bounds = limits_of(Setting(fit.classes, fit.channels, budget=fit.budget))
    for cell in drawn:
        designs[cell.alpha, cell.resolution].append(cell)
    fitting = {place: [cell for cell in files if all(bound.holds(cell) for bound in bounds)] for place, files in designs.items()}
    best = [max(fitting[place] or files, key=lambda cell: cell.accuracy) for place, files in designs.items()]
    name = ", ".join(bound.name for bound in bounds)
    return Grid.of(best), Whole(name, frozenset(place for place, files in fitting.items() if files))


def prior_words(expected: Expectation) -> str:
    """What an accuracy rests on."""
    return expected.prior.replace("interpolated", "extrapolated") if expected.extrapolated else expected.prior


def nothing_words(fit: Fit) -> str:
    """Why nothing fits, for below those very words; empty where something does."""
    return "" if fit.nothing_fits is None else fit.nothing_fits.text.removeprefix("Nothing fits. ")
