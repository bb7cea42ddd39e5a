"""Photos of hands as pixels, and published files to which this project's metadata were added: no training, no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.data import load_photo
from builder.export import metadata, metadata_portable

Pixels = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session")
def photos(hands: Path) -> list[Path]:
    """Twelve photos of hands."""
    return sorted(hands.glob("[0-3]/*.JPG"))[::60][:12]


@pytest.fixture(scope="session")
def pixels(photos: list[Path]) -> Pixels:
    """The photos as uint8 (N, H, W, 3) at a resolution."""

    def load(resolution: int, count: int = 12) -> NDArray[np.uint8]:
        return np.stack([load_photo(photo, resolution=resolution, channels=3) for photo in photos[:count]])

    return load


@pytest.fixture(scope="session")
def imagenet_labels(models: Path) -> tuple[str, ...]:
    """1,001 labels."""
    return tuple((models / "imagenet_labels.txt").read_text().splitlines())


def described(model: Path, labels: tuple[str, ...]) -> bytes:
    """A model with our metadata, by the writer that does not import TensorFlow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "packed", metadata_portable.pack)
        return metadata.write(model.read_bytes(), metadata.ModelMetadata(labels=labels))


@pytest.fixture(scope="session")
def float_file(models: Path, imagenet_labels: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Google's float MobileNet with our metadata: a float32 variant."""
    path = tmp_path_factory.mktemp("float") / "float32.tflite"
    path.write_bytes(described(models / "mobilenet_v1_0.25_224_float.tflite", imagenet_labels))
    return path


@pytest.fixture(scope="session")
def micro_file(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLPerf Tiny's int8 person detection with our metadata: an int8_micro variant."""
    path = tmp_path_factory.mktemp("micro") / "int8_micro.tflite"
    path.write_bytes(described(models / "vww_96_int8.tflite", ("nobody", "person")))
    return path
