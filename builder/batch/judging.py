"""The file of a build that its target runs, held against the batch's limits: once for each design, however many seeds it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from builder import planner
from builder.batch.sections import Limits
from builder.budget import Budget
from builder.config import BuildConfig
from builder.cost import cost
from builder.data import Source
from builder.device import Device
from builder.flash import Texts
from builder.latency import why_unknown
from builder.planner import Setting
from builder.planner.plan import network_of
from builder.planner.ram import on_microcontroller
from builder.planner.verdict import NAMES, verdict
from builder.report.model import PREFERRED

FOR_FIRMWARE = "int8_micro"
KNOWN_MAX = 20_000  # designs that are kept: with more of them, most have few seeds


class Group(NamedTuple):
    """All that decides a design's figures but alpha and resolution."""

    channels: int
    labels: tuple[str, ...]
    variants: tuple[str, ...]
    author: str
    license: str

    @classmethod
    def of(cls, config: BuildConfig, source: Source) -> Group:
        """The group of a build."""
        return cls(config.channels, source.classes, config.variants, config.author, config.license)


class Design(NamedTuple):
    """A group's design."""

    group: Group
    alpha: float
    resolution: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A design on the target that it fits, or on the first one: only what a dry run shows, since there may be 99,999 of them.

    Args:
        variant: the file that this target runs; the figures are its own.
        flash_bytes: its size.
        arena_bytes: TFLite Micro's arena; None except for `int8_micro`.
        ram_bytes: while it runs, the typical value.
        multiply_adds: of one inference.
        parameters: of the file.
        latency_ms: the typical one; None without a device, or where nobody knows.
        fits: names of the devices that it fits.
        refused: why it fits nothing, as a sentence; empty where it fits, or where there is no limit.
    """

    variant: str
    flash_bytes: int
    arena_bytes: int | None
    ram_bytes: int
    multiply_adds: int
    parameters: int
    latency_ms: float | None
    fits: tuple[str, ...] = ()
    refused: str = ""

    @classmethod
    def of(cls, cell: planner.Cell, fits: tuple[str, ...] = (), refused: str = "") -> Self:
        """The figures of a planned design."""
        ram, latency = cell.ram_typical, cell.latency_ms
        return cls(
            cell.variant, cell.flash_bytes, cell.arena_bytes, ram, cell.multiply_adds, cell.parameters, latency, fits, refused
        )


class Court:
    """Judges designs, each once.

    Args:
        devices: names from `builder.devices`.
        limits: of the batch; without any, and without a device, designs have the figures of the file that a build shows at its end.
    """

    def __init__(self, devices: Sequence[str], limits: Limits | None) -> None:
        self.budgets = [(limits or Limits()).budget(name) for name in (*devices,) or (None,)]
        self.has_target = bool(devices) or limits is not None
        self.known: dict[Design, Judgement] = {}
        self.targets: dict[tuple[str, str], None] = {}  # (device, file) that were judged, in their order

    def judge(self, designs: Iterable[Design]) -> None:
        """Finds out about the designs that were not seen yet; `known` has all of these afterwards, others while they are few."""
        if len(self.known) > KNOWN_MAX:
            self.known.clear()
        wanted: dict[Group, dict[float, set[int]]] = defaultdict(lambda: defaultdict(set))
        for design in designs:
            if design not in self.known:
                wanted[design.group][design.alpha].add(design.resolution)
        for group, plane in wanted.items():
            settings = [self.setting(group, budget) for budget in self.budgets]
            targets = [(each, variant_for(group, each.device, has_target=self.has_target)) for each in settings]
            self.targets |= {(each.device.name, variant): None for each, variant in targets if each.device is not None}
            for alpha, resolutions in plane.items():
                pixels = sorted(resolutions)
                columns = [planner.cells(each, [alpha], pixels, [variant]) for each, variant in targets]
                for resolution, *cells in zip(pixels, *columns, strict=True):
                    self.known[Design(group, alpha, resolution)] = judged(settings, cells)

    def notes(self) -> list[str]:
        """What was not held against a limit, since nobody knows it."""
        said = []
        for budget in self.budgets:
            if budget is None or budget.device is None:
                continue
            device = budget.device
            for name, limit in (("flash", budget.flash_bytes), ("ram", budget.ram_bytes)):
                if limit is None:
                    said.append(
                        f"The {NAMES[name]} of {device.name} is not known, so nothing is held against it; budget.{name} gives it."
                    )
            unknown = (
                why_unknown(device, variant) for name, variant in self.targets if name == device.name and device.runs(variant)
            )
            if budget.latency_ms is not None:
                said += [f"The latency on {device.name} is not held against its limit. {why}" for why in unknown if why]
        return said

    @staticmethod
    def setting(group: Group, budget: Budget | None) -> Setting:
        """What stays the same for a group on a target."""
        texts = Texts(author=group.author, license=group.license)
        return Setting(len(group.labels), group.channels, group.labels, texts, budget)


def variant_for(group: Group, device: Device | None, *, has_target: bool) -> str:
    """The file that a target runs, of those that the build writes: int8 for phones, int8_micro for microcontrollers.

    With limits and without a device it is that of microcontrollers, whose memory is known exactly. Without any target, and where
    the device runs none, it is the one that a build is judged by and shows: int8, where it is written.
    """
    first = (FOR_FIRMWARE,) if has_target and on_microcontroller(device, FOR_FIRMWARE) else ()
    order: list[str] = [variant for variant in (*first, *PREFERRED) if variant in group.variants]
    return next((variant for variant in order if device is None or device.runs(variant)), order[0])


def judged(settings: list[Setting], cells: list[planner.Cell]) -> Judgement:
    """A design on every target."""
    fitting = [place for place, cell in enumerate(cells) if cell.fits is not False]
    if fitting:
        names = (settings[place].device for place in fitting)
        return Judgement.of(cells[fitting[0]], tuple(device.name for device in names if device is not None))
    reasons = [reason(setting, cell) for setting, cell in zip(settings, cells, strict=True)]
    return Judgement.of(cells[0], refused=" ".join(reasons))


def reason(setting: Setting, cell: planner.Cell) -> str:
    """Why a design does not fit a target, in the planner's words."""
    found = verdict(setting, cell, cost(network_of(setting, cell)))
    words = " ".join(check.text for check in found.checks if not check.fits) or " ".join(found.reasons)
    where = "the budget" if setting.device is None else setting.device.name
    return f"Does not fit {where} as {cell.variant}: {words}"
