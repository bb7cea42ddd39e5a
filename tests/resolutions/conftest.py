"""A real build that takes seconds, alone in its folder, and the same exported at two more resolutions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.config import Augmentation, BuildConfig, Training
from builder.exporting import export_at
from builder.runs import Run

if TYPE_CHECKING:
    from builder.start import FinishedBuild

OTHERS = (40, 48)


@pytest.fixture(scope="session")
def thin_config() -> BuildConfig:
    """Few channels and one epoch: nothing here asks how good it is."""
    return BuildConfig(
        data="digits",
        alpha=0.1,
        resolution=32,
        init="scratch",
        variants=("float32", "int8", "int8_micro"),
        author="Ada",
        training=Training(epochs=1),
        augmentation=Augmentation(strength="none"),
    )


@pytest.fixture(scope="session")
def thin_build(thin_config: BuildConfig, tmp_path_factory: pytest.TempPathFactory) -> FinishedBuild:
    """One finished build for all tests here; whoever changes its folder takes a copy."""
    from builder.start import build

    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
        patch.setenv("BUILDER_STATE_DIR", str(base / "state"))
        return build(thin_config, tmp_path_factory.mktemp("thin"), capture_output=True)


@pytest.fixture(scope="session")
def exported_build(thin_build: FinishedBuild, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of it, exported at two more resolutions; for tests that only look at it."""
    base = tmp_path_factory.getbasetemp()
    run = copy_of(Run(thin_build.folder), tmp_path_factory.mktemp("exported"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_CACHE_DIR", str(base / "cache"))
        patch.setenv("BUILDER_STATE_DIR", str(base / "state"))
        export_at(run, OTHERS, capture_output=True)
    return run


@pytest.fixture
def run(thin_build: FinishedBuild, tmp_path: Path) -> Run:
    """A copy of the build as it was when it was done."""
    return copy_of(Run(thin_build.folder), tmp_path)


@pytest.fixture
def exported(exported_build: Run, tmp_path: Path) -> Run:
    """A copy of the exported build, to change."""
    return copy_of(exported_build, tmp_path)


def copy_of(run: Run, place: Path) -> Run:
    """A copy of a build's folder below `place`."""
    return Run(Path(shutil.copytree(run.folder, place / run.folder.name)))
