"""The command line: thin commands over the Python functions. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

from builder.cli import planning, photos, building, batching, compressing, slimming, exporting  # isort: skip  # each joins, in the order of --help
from builder.cli import bundling, serving, files, measuring, leading, machine  # isort: skip
from builder.cli.application import app

__all__ = [
    "app",
    "batching",
    "building",
    "bundling",
    "compressing",
    "exporting",
    "files",
    "leading",
    "machine",
    "measuring",
    "photos",
    "planning",
    "serving",
    "slimming",
]
