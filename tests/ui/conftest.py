"""What every test of a page needs: an exports folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import listing


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An exports folder of the test's own."""
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))
    (tmp_path / "exports").mkdir()
    listing.kept.clear()
    yield tmp_path / "exports"
    listing.kept.clear()
