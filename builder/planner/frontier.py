"""What fits a budget best: the Pareto frontier of (alpha, rho, variant), ranked by the accuracy to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.budget import Budget
from builder.planner.expectation import Expectation
from builder.planner.plane import Cell
from builder.planner.ram import Ram


@dataclass(frozen=True, slots=True)
class NextStep:
    """The cheapest design that is noticeably better, and what it costs more; negative is less.

    Args:
        alpha: of the better design, as `resolution` and `variant` are.
        points: accuracy gained, as a share (0.021 is 2.1 points).
        flash_bytes: additional bytes, as `ram_bytes` are.
        multiply_adds: additional ones.
        latency_ms: additional milliseconds; None where it is unknown.
        fits: whether it is still within the budget.
        text: a sentence such as `+48 KiB flash buys +2.1 points`.
    """

    alpha: float
    resolution: int
    variant: str
    points: float
    flash_bytes: int
    ram_bytes: int
    multiply_adds: int
    latency_ms: float | None
    fits: bool
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One design that fits, and that no other one beats in every respect.

    Args:
        alpha: width multiplier.
        resolution: pixels.
        variant: the file.
        flash_bytes: the file's size.
        arena_bytes: TFLite Micro's arena; None except for `int8_micro`.
        ram: RAM while it runs.
        multiply_adds: of one inference.
        latency_ms: (low, typical, high), None where it is unknown.
        expected: accuracy to expect.
        warm_start: whether ImageNet weights exist for its alpha.
        headroom: share of each limited resource that is left: "flash", "ram", "multiply_adds", "latency".
        next_step: the next better design; None at the top of the plane.
        loses: what is lost without a warm start; empty with one.
    """

    alpha: float
    resolution: int
    variant: str
    flash_bytes: int
    arena_bytes: int | None
    ram: Ram
    multiply_adds: int
    latency_ms: tuple[float, float, float] | None
    expected: Expectation
    warm_start: bool
    headroom: Mapping[str, float]
    next_step: NextStep | None
    loses: str = ""

    @property
    def rho(self) -> float:
        """The resolution multiplier."""
        return self.resolution / 224


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Why no design fits, and what would do.

    Args:
        smallest: the design that comes nearest.
        shortfall: by resource, how much too large it is, in the resource's unit.
        devices: names of devices that hold the smallest design, the smallest device first.
        text: a sentence.
    """

    smallest: Cell
    shortfall: Mapping[str, float]
    devices: tuple[str, ...]
    text: str


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
