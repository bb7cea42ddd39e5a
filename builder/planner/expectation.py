"""The accuracy to expect of a design: the published one, moved to the level of the user's photos where builds tell it well enough.

Every design is rated on the same scale. What this very design's build measured stands beside it and takes no part in the
ranking: on few test photos it may be far off, and a single row would push aside all that were not built. Builds move the scale,
all log-odds by as much, if there are test photos enough and the builds started from the same kind of weights.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

from builder.accuracy import expected, log_odds, per_cent

PUBLISHED_ALPHA, PUBLISHED_PIXELS = (0.25, 1.0), (128, 224)  # the plane of arXiv:1704.04861
WIDTH_MAX = 0.10  # of the 95 % interval of what was measured, as a share: wider says too little to move all designs
CERTAIN = 99.95  # per cent: log-odds of 0 and 100 % would be infinite
Key = tuple[float, int, int, str]  # alpha, resolution, channels, variant


@dataclass(frozen=True, slots=True)
class Measured:
    """What a build's file reached on test photos.

    Args:
        accuracy: share of them that it names right.
        photos: how many there were.
        low: end of the 95 % interval, as `high` is; shares.
        start: kind of weights that the training started from: imagenet, scratch, ...
    """

    accuracy: float
    photos: int
    low: float
    high: float
    start: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A top-1 accuracy to expect.

    Args:
        accuracy: a share, 0 to 1. On ImageNet, unless `measured`.
        prior: what it rests on, in words for people.
        extrapolated: outside the published plane (alpha 0.25 to 1, 128 to 224 px), or carried over from builds of other designs.
        measured: builds of the user's own photos moved it.
        error: by how much another training of the same network differs, as a share; None is unknown.
        source: of the prior.
        own: what this very design's build measured; beside `accuracy`, not in it.
    """

    accuracy: float
    prior: str
    extrapolated: bool
    measured: bool = False
    error: float | None = None
    source: str = ""
    own: Measured | None = None

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "expected_accuracy": round(self.accuracy, 6),
            "accuracy_prior": self.prior,
            "extrapolated": self.extrapolated,
            "measured": self.measured,
            "measured_accuracy": None if self.own is None else self.own.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Builds:
    """Finished builds of the user's photos.

    Args:
        accuracy: what each file reached, by (alpha, resolution, channels, variant).
    """

    accuracy: Mapping[Key, Measured]

    @property
    def why_not(self) -> str:
        """Why they do not move other designs' accuracy; empty where they do."""
        starts = {each.start for each in self.accuracy.values()}
        if len(starts) > 1:
            return f"they started from different weights ({', '.join(sorted(starts))})"
        widest = max(self.accuracy.values(), key=lambda each: each.high - each.low, default=None)
        if widest is None or widest.high - widest.low <= WIDTH_MAX:
            return ""
        return (
            f"on {widest.photos:,} test photos the 95 % interval is {100 * (widest.high - widest.low):.0f} points wide, "
            f"more than {100 * WIDTH_MAX:.0f}"
        )

    @property
    def note(self) -> str:
        """A sentence where they move nothing; empty where they do or there are none."""
        reason = self.why_not
        return f"Builds of these photos do not move the accuracy to expect: {reason}." if reason else ""

    @property
    def shift(self) -> float:
        """How far their log-odds lie above the prior's, on average; 0 without builds, or where they say too little."""
        if not self.accuracy or self.why_not:
            return 0.0
        return statistics.fmean(
            log_odds(min(max(100 * reached.accuracy, 100 - CERTAIN), CERTAIN)) - log_odds(prior(alpha, resolution, variant).top1)
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
    own = builds.accuracy.get((alpha, resolution, channels, variant))
    moved_by = builds.shift if shift is None else shift
    if not moved_by:
        plain, error = before.top1 / 100, before.error / 100
        return Expectation(plain, before.name, before.extrapolated, error=error, source=before.source, own=own)
    count = len({key[:3] for key in builds.accuracy})
    these = f"{count} build{'s' if count > 1 else ''} of these photos"
    moved = per_cent(log_odds(before.top1) + moved_by) / 100
    return Expectation(moved, f"{before.name}, moved to what {these} reached", True, measured=True, source=before.source, own=own)


def outside(alpha: float, resolution: int) -> str:
    """On which side of the published plane a design lies: `below 128 px`; empty inside."""
    sides = [
        *([f"below alpha {PUBLISHED_ALPHA[0]:g}"] if alpha < PUBLISHED_ALPHA[0] else []),
        *([f"above alpha {PUBLISHED_ALPHA[1]:g}"] if alpha > PUBLISHED_ALPHA[1] else []),
        *([f"below {PUBLISHED_PIXELS[0]} px"] if resolution < PUBLISHED_PIXELS[0] else []),
        *([f"above {PUBLISHED_PIXELS[1]} px"] if resolution > PUBLISHED_PIXELS[1] else []),
    ]
    return " and ".join(sides)
