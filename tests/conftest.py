"""Fixtures that many rooms share: places of their own for each test, and the real photos and models beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SHARED = Path(os.environ.get("BUILDER_SHARED") or Path(__file__).parents[2] / "shared").resolve()


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache, slots or exports."""
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
    monkeypatch.setenv("BUILDER_STATE_DIR", str(base / "state"))


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
