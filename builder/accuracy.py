"""The accuracy to expect, as a prior: published ImageNet top-1 over alpha and resolution, interpolated.

It tells what the dials trade, not what a model will reach on the user's photos. Where builds of the user's data exist, measure.

Between published points the log-odds of being right are linear in log(alpha) and log(resolution), so that accuracy rises with
either dial and stays between 0 and 100 %. Left out one at a time and predicted from their neighbours along the dials, the twelve
published float accuracies that have neighbours on both sides are met within 0.5 points in the median, 1.7 at worst
(`cross_validate`); between published points the gaps are half as wide. Another training of the same network differs by 0.8.
"""

from __future__ import annotations

import math
import statistics
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from builder.architecture import check_alpha, check_resolution
from builder.errors import ConfigError, nearest

DATA = Path(__file__).with_name("accuracy.toml")
PRIOR = "published ImageNet top-1, {}, interpolated"
PRECISIONS = {"float": "float", "dynamic": "dynamic range", "ptq": "int8 after training (PTQ)", "qat": "int8 in training (QAT)"}
METHODS = {"float32": "float", "float16": "float", "dynamic": "dynamic", "int8": "ptq", "int8_micro": "ptq"}


@dataclass(frozen=True, slots=True)
class Expected:
    """Top-1 on ImageNet in per cent, from `prior`; `extrapolated` outside the published plane (alpha 0.25 to 1, 128 to 224 px).

    `error` is what another training of the same network differs by, in points (median of published ones).
    """

    top1: float
    extrapolated: bool
    error: float
    prior: str
    source: str


@dataclass(frozen=True, slots=True)
class Plane:
    """Log-odds on a grid of log(alpha), in rows, and log(resolution), in columns."""

    alphas: tuple[float, ...]
    resolutions: tuple[float, ...]
    log_odds: tuple[tuple[float, ...], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Landmark:
    """Another network's published place beside MobileNet v1."""

    name: str
    million_multiply_adds: float
    million_parameters: float
    top1: float
    source: str


def expected(alpha: float, resolution: int, variant: str = "float32", *, quantization_aware: bool = False) -> Expected:
    """The accuracy to expect of a design, on ImageNet.

    Args:
        alpha: width multiplier, in (0, 2].
        resolution: pixels, 32 to 2048.
        variant: `float32`, `float16`, `dynamic`, `int8` or `int8_micro`.
        quantization_aware: int8 files come from quantization-aware training instead of post-training quantization.

    Returns:
        An `Expected`, in per cent. Photos with one channel count as with three: nothing is published for them.

    Raises:
        ConfigError: alpha, resolution or variant out of range.

    Example:
        >>> expected(0.5, 160).top1
        59.1
    """
    check_alpha(alpha)
    check_resolution(resolution)
    method = METHODS.get(variant)
    if method is None:
        raise ConfigError(f'There is no variant "{variant}": use {", ".join(METHODS)}.{nearest(variant, METHODS)}')
    return _expected(alpha, resolution, "qat" if quantization_aware and method == "ptq" else method)


def _expected(alpha: float, resolution: int, method: str) -> Expected:
    prior = published()
    plane = prior.qat if method == "qat" else prior.float_
    top1, outside = _on_plane(alpha, resolution, method == "qat")
    source = plane.source
    if method in ("ptq", "dynamic"):
        lost = prior.lost_to_ptq if method == "ptq" else prior.lost_to_dynamic
        share = interpolate(lost.alphas, lost.shares, min(math.log(alpha), lost.alphas[-1]))  # no less beyond the widest published
        top1, source = top1 * (1 - share), lost.source_after
    return Expected(top1, outside, prior.error, PRIOR.format(PRECISIONS[method]), source)


@lru_cache(maxsize=16384)
def _on_plane(alpha: float, resolution: int, quantization_aware: bool) -> tuple[float, bool]:
    """Top-1 in per cent before any post-training quantization, and whether it lies outside the published plane."""
    plane = published().qat if quantization_aware else published().float_
    x, y = math.log(alpha), math.log(resolution)
    inside = plane.alphas[0] <= x <= plane.alphas[-1] and plane.resolutions[0] <= y <= plane.resolutions[-1]
    return per_cent(on_plane(plane, x, y)), not inside


@dataclass(frozen=True, slots=True)
class Loss:
    """Share of the accuracy that a quantization costs, by log(alpha); `source_after` names the float table and the loss."""

    alphas: tuple[float, ...]
    shares: tuple[float, ...]
    source_after: str


@dataclass(frozen=True, slots=True)
class Prior:
    """Everything in `accuracy.toml`, ready for use."""

    float_: Plane
    qat: Plane
    lost_to_ptq: Loss
    lost_to_dynamic: Loss
    error: float
    landmarks: tuple[Landmark, ...]


@cache
def published() -> Prior:
    """Reads `accuracy.toml`, once."""
    with DATA.open("rb") as file:
        data = tomllib.load(file)
    float_ = _plane(data["float"])
    ptq, dynamic = data["ptq"], data["dynamic"]
    return Prior(
        float_=float_,
        qat=_plane(data["qat"]),
        lost_to_ptq=Loss(
            tuple(map(math.log, ptq["alphas"])),
            tuple(1 - after / before for before, after in zip(ptq["before"], ptq["after"], strict=True)),
            f"{float_.source}; loss: {ptq['source']}",
        ),
        lost_to_dynamic=Loss((0.0,), (1 - dynamic["after"] / dynamic["before"],), f"{float_.source}; loss: {dynamic['source']}"),
        error=statistics.median(
            abs(per_cent(on_plane(float_, math.log(other["alpha"]), math.log(other["resolution"]))) - other["top1"])
            for other in data["other"]
        ),
        landmarks=tuple(Landmark(**landmark) for landmark in data["landmark"]),
    )


def _plane(table: dict[str, Any]) -> Plane:
    return Plane(
        alphas=tuple(map(math.log, table["alphas"])),
        resolutions=tuple(map(math.log, table["resolutions"])),
        log_odds=tuple(tuple(map(log_odds, row)) for row in table["top1"]),
        source=table["source"],
    )


def log_odds(top1: float) -> float:
    """log(p / (1 - p)) of a percentage."""
    return math.log(top1 / (100 - top1))


def per_cent(odds: float) -> float:
    """The inverse of `log_odds`."""
    return 100 / (1 + math.exp(-odds))


def _interval(places: Sequence[float], at: float) -> int:
    """The index of the upper end of the interval that a point lies in, or that is nearest to it."""
    return min(max(bisect_right(places, at), 1), len(places) - 1)


def interpolate(places: Sequence[float], values: Sequence[float], at: float) -> float:
    """Linear between two places; flat where there is one place only, and beyond the ends the slope goes on."""
    if len(places) == 1:
        return values[0]
    i = _interval(places, at)
    share = (at - places[i - 1]) / (places[i] - places[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])


def on_plane(plane: Plane, log_alpha: float, log_resolution: float) -> float:
    """Log-odds at a point of the plane."""
    i = _interval(plane.alphas, log_alpha)
    rows = [interpolate(plane.resolutions, row, log_resolution) for row in plane.log_odds[i - 1 : i + 1]]
    return interpolate(plane.alphas[i - 1 : i + 1], rows, log_alpha)


def cross_validate(plane: Plane) -> Iterator[tuple[float, int, float, float]]:
    """Each published point with neighbours on both sides along a dial, predicted without it.

    Yields:
        (alpha, resolution, published top-1, predicted top-1), the mean of both dials where both have neighbours.
    """
    for i, alpha in enumerate(plane.alphas):
        for j, resolution in enumerate(plane.resolutions):
            guesses = []
            for places, values, k in (
                (plane.alphas, [row[j] for row in plane.log_odds], i),
                (plane.resolutions, list(plane.log_odds[i]), j),
            ):
                if 0 < k < len(places) - 1:
                    others = [place for n, place in enumerate(places) if n != k]
                    guesses.append(interpolate(others, [value for n, value in enumerate(values) if n != k], places[k]))
            if guesses:
                yield (
                    round(math.exp(alpha), 6),
                    round(math.exp(resolution)),
                    per_cent(plane.log_odds[i][j]),
                    per_cent(statistics.fmean(guesses)),
                )


def landmarks() -> tuple[Landmark, ...]:
    """GoogleNet, VGG 16, AlexNet, SqueezeNet and the paper's own MobileNets, to draw beside a design."""
    return published().landmarks
