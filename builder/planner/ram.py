"""The RAM that a model takes while it runs, as a band."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ram:
    """Bytes of RAM while one inference runs; `basis` says what the band rests on. Budgets are held against `typical`."""

    low: int
    typical: int
    high: int
    basis: str

    def to_json(self) -> dict[str, int]:
        """`peak_ram_bytes` of the contract."""
        return {"low": self.low, "typical": self.typical, "high": self.high}
