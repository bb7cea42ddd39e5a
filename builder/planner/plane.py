"""The plane of alpha and rho, for every variant: what the dials cost and what they give."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """One design, alpha and resolution as one variant.

    `accuracy` is the share to expect (0 to 1); `latency_ms` is the band's typical value, None where it is unknown; `fits` is
    None without a budget; `arena_bytes` is None except for `int8_micro`; `parameters` are those of the file.
    """

    alpha: float
    resolution: int
    variant: str
    flash_bytes: int
    arena_bytes: int | None
    ram_low: int
    ram_typical: int
    ram_high: int
    multiply_adds: int
    parameters: int
    latency_ms: float | None
    accuracy: float
    extrapolated: bool
    warm_start: bool
    fits: bool | None

    @property
    def rho(self) -> float:
        """The resolution multiplier."""
        return self.resolution / 224
