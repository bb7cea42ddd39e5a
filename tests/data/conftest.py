"""Small photos written for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeClass = Callable[..., list[Path]]


def draw(number: int) -> Image.Image:
    """A picture of 12 x 12 px that differs for each number."""
    return Image.fromarray(np.random.default_rng(number).integers(0, 256, (12, 12, 3)).astype(np.uint8))


@pytest.fixture
def picture() -> Callable[[int], Image.Image]:
    """Draws a picture that differs for each number."""
    return draw


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that no other test has written to."""
    folder = tmp_path / "own-cache"
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def make_class() -> MakeClass:
    """Writes numbered PNG photos into a folder; `start` keeps classes different."""

    def make(folder: Path, count: int, start: int = 0) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{number:05d}.png" for number in range(start, start + count)]
        for number, path in enumerate(paths, start):
            draw(number).save(path)
        return paths

    return make


@pytest.fixture
def two_classes(tmp_path: Path, make_class: MakeClass) -> Path:
    """A folder with 30 photos of cats and 20 of dogs."""
    make_class(tmp_path / "pets" / "cat", 30)
    make_class(tmp_path / "pets" / "dog", 20, start=1000)
    return tmp_path / "pets"
