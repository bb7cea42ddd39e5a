"""How long a build takes on this machine, as a band."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time: what it is as a rule, and between which it lies nine times out of ten."""

    low: float
    typical: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Plain values."""
        return {"low": round(self.low, 1), "typical": round(self.typical, 1), "high": round(self.high, 1)}
