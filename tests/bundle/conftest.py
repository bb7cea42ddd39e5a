"""A real finished build whose folder each test may change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.runs import Run

if TYPE_CHECKING:
    from builder.start import FinishedBuild


@pytest.fixture
def run(small_build: FinishedBuild, tmp_path: Path) -> Run:
    """A copy of a finished build."""
    folder = tmp_path / "exports" / small_build.folder.name
    shutil.copytree(small_build.folder, folder)
    return Run(folder)
