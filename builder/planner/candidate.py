"""A design that fits a budget, what is left of it, and what the next better one would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.architecture import BASE_RESOLUTION
from builder.planner.expectation import Expectation
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

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "alpha": self.alpha,
            "rho": self.resolution / BASE_RESOLUTION,
            "resolution": self.resolution,
            "variant": self.variant,
            "points": round(100 * self.points, 4),
            "flash_bytes": self.flash_bytes,
            "ram_bytes": self.ram_bytes,
            "multiply_adds": self.multiply_adds,
            "latency_ms": self.latency_ms,
            "fits": self.fits,
            "text": self.text,
        }


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
        return self.resolution / BASE_RESOLUTION

    def to_json(self) -> dict[str, Any]:
        """One of `candidates` of the contract."""
        return {
            "alpha": self.alpha,
            "rho": self.rho,
            "resolution": self.resolution,
            "variant": self.variant,
            "flash_bytes": self.flash_bytes,
            "arena_bytes": self.arena_bytes,
            "peak_ram_bytes": self.ram.to_json(),
            "multiply_adds": self.multiply_adds,
            "latency_ms": None if self.latency_ms is None else dict(zip(("low", "typical", "high"), self.latency_ms, strict=True)),
            **self.expected.to_json(),
            "warm_start": self.warm_start,
            "loses": self.loses or None,
            "headroom": {resource: round(share, 6) for resource, share in self.headroom.items()},
            "next_step": None if self.next_step is None else self.next_step.to_json(),
        }
