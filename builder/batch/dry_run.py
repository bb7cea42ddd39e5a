"""What a page shows of a batch's dry run: the first rows, counts over all, how long it takes on how many workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from builder.batch.time_needed import Seconds

if TYPE_CHECKING:
    from builder.batch.planning import BatchPlan

ROWS_MAX = 1_000  # more than anybody reads; of all others there are counts
REASONS_MAX = 20
WORKERS_MAX = 64  # beyond it a page says the time of so many


@dataclass(frozen=True, slots=True)
class DryRun:
    """A dry run in short.

    Args:
        cells: how many the batch has.
        counts: by state, as `BatchPlan.counts`.
        rows: the first ones, as `PlannedCell.to_json` has them.
        reasons: why cells are not built, and how many for each reason, the most frequent first.
        times: what all takes on 1, 2, 3 and more workers.
        time_basis: what the times rest on.
        notes: what people should know.
    """

    cells: int
    counts: dict[str, int]
    rows: tuple[dict[str, Any], ...]
    reasons: tuple[tuple[str, int], ...]
    times: tuple[Seconds, ...]
    time_basis: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, plan: BatchPlan, workers_max: int = 1) -> Self:
        """In short what was planned.

        Args:
            plan: of the whole batch.
            workers_max: up to how many workers the time is wanted for.
        """
        reasons = Counter(cell.skipped for cell in plan.cells if cell.skipped)
        return cls(
            cells=len(plan.cells),
            counts=plan.counts(),
            rows=tuple(cell.to_json() for cell in plan.cells[:ROWS_MAX]),
            reasons=tuple(reasons.most_common(REASONS_MAX)),
            times=tuple(plan.seconds(workers) for workers in range(1, min(max(workers_max, 1), WORKERS_MAX) + 1)),
            time_basis=plan.time_basis,
            notes=plan.notes,
        )

    @property
    def to_build(self) -> int:
        """How many are to be trained, or completed."""
        return sum(self.counts.get(state, 0) for state in ("new", "unfinished", "incomplete"))

    def seconds(self, workers: int) -> Seconds:
        """What all takes on so many workers."""
        return self.times[min(max(workers, 1), len(self.times)) - 1]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "cells": self.cells,
            "counts": self.counts,
            "rows": list(self.rows),
            "reasons": [list(each) for each in self.reasons],
            "times": [each.to_json() for each in self.times],
            "time_basis": self.time_basis,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            cells=values["cells"],
            counts=values["counts"],
            rows=tuple(values["rows"]),
            reasons=tuple((reason, count) for reason, count in values["reasons"]),
            times=tuple(Seconds(**each) for each in values["times"]),
            time_basis=values["time_basis"],
            notes=tuple(values["notes"]),
        )
