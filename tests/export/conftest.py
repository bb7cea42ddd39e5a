"""One small network with trained-looking numbers, exported once for all tests of this room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.architecture import Network, layers
from builder.config import VARIANTS, Variant
from builder.export.metadata import ModelMetadata

RESOLUTION = 48
NAMES = ("cat", 'a "dog"', "🦊/fox", "two\nlines", "C:\\new", "x" * 500, "ünï", "it's", "a,b;c", "last")
NETWORK = Network(alpha=0.25, resolution=RESOLUTION, classes=len(NAMES))
METADATA = ModelMetadata(
    NAMES, name="Hands", description="Ten signs.", author="Ada", license="Apache-2.0", version="1.2.0", config_hash="ab12cd34ef"
)


@dataclass(frozen=True)
class Exported:
    """The model, what it was exported to, and the events on the way."""

    model: Any
    photos: NDArray[np.uint8]
    paths: dict[Variant, Path]
    events: list[tuple[str, dict[str, Any]]]

    def content(self, variant: Variant) -> bytes:
        return self.paths[variant].read_bytes()


def filled(model: Any) -> Any:
    """Every weight seeded and none zero, as after training; equal constants would be merged by the converter."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        if hasattr(layer, "moving_mean"):
            channels = layer.moving_mean.shape[0]
            uniform, normal = random.uniform(0.5, 1.5, (2, channels)), random.normal(0, 0.3, (2, channels))
            layer.set_weights([uniform[0], normal[0], normal[1], uniform[1]])
        elif layer.name == "conv_preds":
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel * 4, random.normal(0, 0.3, bias.shape)])
    return model


def photos_of(count: int, channels: int = 3) -> NDArray[np.uint8]:
    """Smooth coloured patches without a black or a white pixel."""
    random = np.random.default_rng(1)
    coarse = random.integers(9, 247, (count, RESOLUTION // 8, RESOLUTION // 8, channels), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """All five variants of a filled network."""
    import keras

    from builder.export.convert import export
    from builder.model import build

    model = filled(build(keras, layers(NETWORK)))
    photos = photos_of(20)
    events: list[tuple[str, dict[str, Any]]] = []

    def emit(event: str, /, **values: Any) -> None:
        events.append((event, values))

    paths = export(model, VARIANTS, photos, METADATA, tmp_path_factory.mktemp("exported"), emit)
    return Exported(model, photos, paths, events)
