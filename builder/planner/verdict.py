"""Whether a variant fits a budget, with how much left or by how much not, and because of which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Resource = Literal["flash", "ram", "multiply_adds", "latency"]


@dataclass(frozen=True, slots=True)
class Check:
    """One resource held against its limit.

    Args:
        resource: flash and ram in bytes, multiply_adds as a count, latency in milliseconds.
        used: what the variant takes (of a band, its typical value).
        limit: what the budget leaves for the model, the reserve taken off.
        part: the layer or part that takes most of it, in words.
    """

    resource: Resource
    used: float
    limit: float
    part: str

    @property
    def fits(self) -> bool:
        """Whether it is within the limit."""
        return self.used <= self.limit

    @property
    def headroom(self) -> float:
        """Share of the limit that is left; negative where it does not fit."""
        return 1 - self.used / self.limit


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a variant fits; `fits` is None where there is no budget. `reasons` are sentences."""

    fits: bool | None
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
