"""A tiny set of photos in the shape of `builder.data.Dataset`, easily told apart, and the first layers of a network to do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.architecture import Layer, Network, layers


@dataclass(frozen=True)
class Split:
    """Photos and labels in memory."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class Stripes:
    """Two or more classes of noisy stripes, 32 px."""

    train: Split
    validation: Split
    classes: tuple[str, ...]
    fingerprint: str = "stripes"


def stripes(train: int = 40, validation: int = 12, classes: int = 2, channels: int = 3) -> Stripes:
    """Seeded photos, the classes in turn."""
    rng = np.random.default_rng(0)

    def split(count: int) -> Split:
        labels = (np.arange(count) % classes).astype(np.int32)
        rows, columns = np.mgrid[:32, :32]
        angles = labels[:, None, None] * np.pi / classes
        waves = np.sin((rows * np.cos(angles) + columns * np.sin(angles)) * 0.8 + rng.uniform(0, 6, (count, 1, 1)))
        noisy = 128 + 80 * waves[..., None] + rng.normal(0, 20, (count, 32, 32, channels))
        return Split(np.clip(noisy, 0, 255).astype(np.uint8), labels)

    return Stripes(split(train), split(validation), tuple(f"angle {number}" for number in range(classes)))


def short_table(classes: int = 2, channels: int = 3) -> tuple[Layer, ...]:
    """The first two blocks of MobileNet v1 with a classifier: compiles in a fifth of the time."""
    table = layers(Network(alpha=0.5, resolution=32, channels=channels, classes=classes))[:5]
    height, width, depth = table[-1].output_shape
    pool = Layer("global_average_pooling", "pool", height, 1, (height, width, depth), (1, 1, depth), batch_norm=False)
    classifier = Layer("conv_preds", "classifier", 1, 1, (1, 1, depth), (1, 1, classes), batch_norm=False)
    return (*table, pool, classifier)
