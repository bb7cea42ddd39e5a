"""The accuracy to expect of a design: a prior until builds of the same photos exist, then what they reached.

Where this very design was built, its measured accuracy counts. Other designs keep the shape of the prior: their log-odds are
moved by as much as the builds' differ from theirs on average.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from builder.accuracy import expected, log_odds, per_cent

CERTAIN = 99.95  # per cent: log-odds of 0 and 100 % would be infinite
Key = tuple[float, int, int, str]  # alpha, resolution, channels, variant


@dataclass(frozen=True, slots=True)
class Expectation:
    """A top-1 accuracy to expect.

    Args:
        accuracy: a share, 0 to 1. On ImageNet, unless `measured`.
        prior: what it rests on, in words for people.
        extrapolated: outside the published plane (alpha 0.25 to 1, 128 to 224 px), or carried over from builds of other designs.
        measured: it comes from builds of the user's own photos: this very design's, or other designs' carried over.
        error: by how much another training of the same network differs, as a share; None is unknown.
        source: of the prior.
    """

    accuracy: float
    prior: str
    extrapolated: bool
    measured: bool = False
    error: float | None = None
    source: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "expected_accuracy": round(self.accuracy, 6),
            "accuracy_prior": self.prior,
            "extrapolated": self.extrapolated,
            "measured": self.measured,
        }


@dataclass(frozen=True, slots=True)
class Builds:
    """Finished builds of the user's photos.

    Args:
        accuracy: share of test photos that each file names right, by (alpha, resolution, channels, variant).
    """

    accuracy: Mapping[Key, float]

    @property
    def shift(self) -> float:
        """How far their log-odds lie above the prior's, on average; 0 without builds."""
        if not self.accuracy:
            return 0.0
        return statistics.fmean(
            log_odds(min(max(100 * reached, 100 - CERTAIN), CERTAIN)) - log_odds(prior(alpha, resolution, variant).top1)
            for (alpha, resolution, _, variant), reached in self.accuracy.items()
        )


@lru_cache(maxsize=16384)
def prior(alpha: float, resolution: int, variant: str) -> Prior:
    """The published accuracy, kept."""
    found = expected(alpha, resolution, variant)
    return Prior(found.top1, found.extrapolated, found.error, found.prior, found.source)


@dataclass(frozen=True, slots=True)
class Prior:
    """`builder.accuracy.Expected`, in per cent."""

    top1: float
    extrapolated: bool
    error: float
    name: str
    source: str


def expectation(
    alpha: float, resolution: int, channels: int, variant: str, builds: Builds | None = None, shift: float | None = None
) -> Expectation:
    """The accuracy to expect of a design.

    Args:
        alpha: width multiplier.
        resolution: pixels.
        channels: 3 or 1.
        variant: the file.
        builds: finished builds of the same photos.
        shift: `builds.shift`, where it is known already.
    """
    before = prior(alpha, resolution, variant)
    if builds is None or not builds.accuracy:
        return Expectation(before.top1 / 100, before.name, before.extrapolated, error=before.error / 100, source=before.source)
    count = len({key[:3] for key in builds.accuracy})
    these = f"{count} build{'s' if count > 1 else ''} of these photos"
    own = builds.accuracy.get((alpha, resolution, channels, variant))
    if own is not None:
        return Expectation(own, "measured on the test photos of this design's build", False, measured=True)
    moved = per_cent(log_odds(before.top1) + (builds.shift if shift is None else shift)) / 100
    return Expectation(moved, f"{before.name}, moved to what {these} reached", True, measured=True, source=before.source)
