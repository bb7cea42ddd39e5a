"""Uploads of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the sets."""
    folder = tmp_path / "uploads"
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(folder))
    return folder
