"""One estimate beside what was measured, and how far off many of them are."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Shares that are compared by their difference; everything else by the share of what was measured.
IN_POINTS = ("accuracy",)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One estimate beside what was measured, in the same unit.

    Args:
        where: the build or the device.
        estimate: `flash_bytes`, `arena_bytes`, `parameters`, `multiply_adds`, `accuracy` (a share) or `latency_ms`.
        variant: the file that it is about.
        predicted: the estimate.
        measured: above zero, except an accuracy.
    """

    where: str
    estimate: str
    variant: str
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """Predicted less measured, as a share of what was measured (0.01 is 1 %), or for an accuracy as it is (0.01 is a point)."""
        difference = self.predicted - self.measured
        return difference if self.estimate in IN_POINTS else difference / self.measured

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"error": self.error}


@dataclass(frozen=True, slots=True)
class Spread:
    """How far off one estimate is, over many comparisons.

    Args:
        estimate: as in `Comparison`.
        variant: None where all variants were taken together.
        count: how many.
        median_error: of the errors without their sign.
        worst_error: the largest, with its sign: above zero the estimate was too high.
        worst_where: the build or device of the worst.
    """

    estimate: str
    variant: str | None
    count: int
    median_error: float
    worst_error: float
    worst_where: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; `unit` says what an error of 0.01 is."""
        return asdict(self) | {"unit": "points / 100" if self.estimate in IN_POINTS else "share of the measured value"}


def spread(rows: Sequence[Comparison]) -> Spread:
    """Sums up comparisons of one estimate; there must be one at least."""
    worst = max(rows, key=lambda row: abs(row.error))
    variants = {row.variant for row in rows}
    return Spread(
        estimate=rows[0].estimate,
        variant=variants.pop() if len(variants) == 1 else None,
        count=len(rows),
        median_error=statistics.median(abs(row.error) for row in rows),
        worst_error=worst.error,
        worst_where=worst.where,
    )
