"""Successive halving: all cells train a little, the better share of them trains on, until the last ones train to the end.

After K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", arXiv:1502.07943: the
rungs lie at eta^-k of the epochs, and at each one the best 1/eta of the cells go on. Compared is the best share of validation
photos right so far, among cells of the same photos only. A cell's learning rate follows its whole schedule, as if it were never
stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from builder.errors import ConfigError

ETA_MIN, ETA_MAX = 2, 10


def check_eta(eta: int) -> int:
    """Returns eta, or raises `ConfigError` where it is no whole number from 2 to 10."""
    if isinstance(eta, bool) or not isinstance(eta, int) or not ETA_MIN <= eta <= ETA_MAX:
        raise ConfigError(f"--halving keeps one of {ETA_MIN} to {ETA_MAX} cells at each comparison, not one of {eta!r}.")
    return eta


def rung_count(cells: int, epochs: int, eta: int) -> int:
    """How many comparisons there are: as long as cells can be divided by eta, and the first one comes after a whole epoch.

    Args:
        cells: that are compared with each other.
        epochs: the fewest that one of them trains.
        eta: one of so many goes on.
    """
    count = 0
    while eta ** (count + 1) <= min(cells, epochs):
        count += 1
    return count


def pause_after(epochs: int, rung: int, rungs: int, eta: int) -> int | None:
    """The epoch after which a cell pauses for a comparison; None for the last stretch, which goes to the end.

    Args:
        epochs: that the cell trains in all.
        rung: number of the comparison, from 0.
        rungs: how many there are.
        eta: one of so many goes on.
    """
    return None if rung >= rungs else max(1, math.ceil(epochs / eta ** (rungs - rung)))


def survivors(scores: Mapping[int, float], eta: int) -> list[int]:
    """Those that go on, the best first: one of eta, at least one; of equal ones, the lower number.

    Args:
        scores: share of validation photos right, by the cell's number.
        eta: one of so many goes on.
    """
    ranked = in_order(scores)
    return ranked[: max(1, math.ceil(len(ranked) / eta))]


def in_order(scores: Mapping[int, float]) -> list[int]:
    """All, the best first; of equal ones, the lower number."""
    return sorted(scores, key=lambda number: (-scores[number], number))
