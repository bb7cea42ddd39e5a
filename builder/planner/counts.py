"""Exact counts of a network without walking its layers: what belongs to alpha is computed once, and so is the resolution's part.

The same figures as `builder.cost`, some fifty times as fast, for the many designs of a plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import mul

from builder.architecture import scale_channels
from builder.arena import channels as output_channels
from builder.arena import map_sides

KERNEL_AREA = 9
LAYERS = 29  # rows of the table: 27 convolutions, pooling, classifier


@dataclass(frozen=True, slots=True)
class Widths:
    """What alpha, the image's channels and the classes decide; `kernels` are values in each of the 28 kernels."""

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    parameters: int
    image_channels: int
    classes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Mult-adds, parameters of the file, and values that go in and out of all layers."""

    multiply_adds: int
    parameters: int
    activations: int


@lru_cache(maxsize=2048)
def widths(alpha: float, image_channels: int, classes: int) -> Widths:
    """The part of the counts that does not depend on the resolution."""
    channels = output_channels(alpha)
    kernels = [KERNEL_AREA * image_channels * scale_channels(32, alpha)]
    for depthwise, pointwise in zip(channels[1::2], channels[2::2], strict=True):
        kernels += (KERNEL_AREA * depthwise, depthwise * pointwise)
    kernels.append(channels[-1] * classes)
    biases = sum(channels) + classes
    return Widths(channels, tuple(kernels), sum(kernels) + biases, image_channels, classes)


@lru_cache(maxsize=2048)
def areas(resolution: int) -> tuple[int, ...]:
    """Pixels of the output of each convolution, the classifier's one pixel last."""
    return (*(side * side for side in map_sides(resolution)), 1)


def counts(of: Widths, resolution: int) -> Counts:
    """The exact counts at a resolution."""
    pixels = areas(resolution)
    maps = sum(map(mul, of.channels, pixels))
    image = resolution * resolution * of.image_channels
    # Each map is written once and read once; pooling writes and the classifier reads a single pixel.
    activations = image + 2 * maps + 2 * of.channels[-1] + of.classes
    return Counts(sum(map(mul, of.kernels, pixels)), of.parameters, activations)
