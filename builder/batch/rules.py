"""When a batch stops before everything is built."""

from __future__ import annotations

from dataclasses import dataclass

from builder.batch.outcome import Outcome
from builder.batch.record import MEETS, CellRecord
from builder.conditions import Condition

RETRY_SECONDS = 10.0  # a full disk or a network may be well again by then


@dataclass(frozen=True, slots=True)
class Rules:
    """When to stop, and what to wait for.

    Args:
        stop_when: a condition on a finished build; the first one that meets it ends the batch.
        max_hours: of this run.
        memory_bytes_max: of a worker between two builds; one that holds more is replaced. None is no limit.
        retry_seconds: before a build that failed is tried once more.
    """

    stop_when: Condition | None = None
    max_hours: float | None = None
    memory_bytes_max: int | None = None
    retry_seconds: float = RETRY_SECONDS

    def goal_met(self, cell: CellRecord) -> str:
        """Why a finished cell ends the batch, as a sentence; empty where it does not."""
        condition = self.stop_when
        if condition is None or cell.state != "done" or not condition.holds(condition_values(cell)):
            return ""
        return cell.named() + MEETS.format(condition.text)

    def hours_over(self, seconds: float) -> str:
        """Why the batch ends after some seconds, as a sentence; empty where it does not."""
        if self.max_hours is None or seconds < self.max_hours * 3600:
            return ""
        return f"The {self.max_hours:g} hours of --max-hours are over; the same command goes on from here."


def condition_values(cell: CellRecord) -> dict[str, float | str | None]:
    """What `--stop-when` may ask of a finished build; nothing that was measured on test photos, since it is a choice."""
    outcome = cell.outcome or Outcome()
    return {
        "accuracy": outcome.accuracy if outcome.is_judged else None,
        "flash": outcome.flash_bytes,
        "arena": outcome.arena_bytes,
        "multiply_adds": outcome.multiply_adds,
        "parameters": outcome.parameters,
        "latency": outcome.latency_ms,
        "epochs": outcome.epochs,
        "variant": outcome.variant,
    }


CONDITION_NAMES = tuple(condition_values(CellRecord(1, {})))
