"""The public face: the names that `from builder import …` gives, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

import builder

PUBLIC = [
    "Batch",
    "Budget",
    "BuildConfig",
    "BuilderError",
    "Compression",
    "Device",
    "Gate",
    "Network",
    "Request",
    "Run",
    "build",
    "compress_build",
    "evaluate",
    "export_at",
    "fit",
    "inspect",
    "leaderboard",
    "plan",
    "predict",
    "run_batch",
    "slim_file",
]


def test_public_names_are_these() -> None:
    assert builder.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_resolves_and_is_documented(name: str) -> None:
    assert getattr(builder, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = builder.nonsense


def test_importing_the_package_imports_no_room() -> None:
    code = "import sys, builder; print([name for name in sys.modules if name.startswith('builder.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
