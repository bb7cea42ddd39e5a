"""The accuracy to expect of a design: a prior until builds of the same photos exist, then what they reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expectation:
    """A top-1 accuracy to expect.

    Args:
        accuracy: a share, 0 to 1. On ImageNet, unless `measured`.
        prior: what it rests on, in words for people.
        extrapolated: outside the published plane (alpha 0.25 to 1, 128 to 224 px).
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
