"""A real finished build with its shelf, for tests that look at it, and copies for those that change it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.compress.settings import Compression
from builder.lab import Request, compress_build
from builder.matrix import Matrix
from builder.runs import Run

if TYPE_CHECKING:
    from builder.start import FinishedBuild

TECHNIQUES = ("float16", "int8", "int16", "pruned_qat")


@pytest.fixture(scope="package")
def shelf_run(small_build: FinishedBuild, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of a finished build, for the shelf."""
    folder = tmp_path_factory.mktemp("lab") / small_build.folder.name
    shutil.copytree(small_build.folder, folder)
    return Run(folder)


@pytest.fixture(scope="package")
def made(shelf_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Techniques of each kind, tuned for two epochs."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
        patch.setenv("BUILDER_STATE_DIR", str(base / "state"))
        return compress_build(shelf_run, Request(TECHNIQUES, Compression(epochs=2)), capture_output=True)


@pytest.fixture
def run(shelf_run: Run, made: Matrix, tmp_path: Path) -> Run:
    """A copy of the build with its shelf."""
    assert made.rows
    folder = tmp_path / shelf_run.folder.name
    shutil.copytree(shelf_run.folder, folder)
    return Run(folder)
