"""Fixtures that many rooms share: places of their own for each test, and the real photos and models beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.config import Augmentation, BuildConfig, Training

if TYPE_CHECKING:
    from builder.start import FinishedBuild

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SHARED = Path(os.environ.get("BUILDER_SHARED") or Path(__file__).parents[2] / "shared").resolve()


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache, slots or exports."""
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
    monkeypatch.setenv("BUILDER_STATE_DIR", str(base / "state"))
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(base / "uploads"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and models beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"real photos and models are not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def hands(shared: Path) -> Path:
    """2,062 photos of hands in ten classes, 100 x 100 px."""
    return shared / "data" / "sign_language_digits"


@pytest.fixture(scope="session")
def models(shared: Path) -> Path:
    """Real .tflite files that this project did not make."""
    return shared / "models"


@pytest.fixture(scope="session")
def small_config() -> BuildConfig:
    """A build that takes seconds and learns: 77 % of its test photos. No test may rely on that figure."""
    return BuildConfig(
        data="digits",
        resolution=32,
        init="scratch",
        training=Training(epochs=4, batch_size=16),
        augmentation=Augmentation(strength="none"),
    )


@pytest.fixture(scope="session")
def small_build(small_config: BuildConfig, tmp_path_factory: pytest.TempPathFactory) -> FinishedBuild:
    """One finished build for all tests that only look at it; whoever changes its folder takes a copy."""
    from builder.start import build

    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the workers' common folder: one of them builds, the others join
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
        patch.setenv("BUILDER_STATE_DIR", str(base / "state"))
        return build(small_config, base / "small-exports", capture_output=True)
