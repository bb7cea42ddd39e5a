"""From photos to a verified MobileNet v1 .tflite that fits your device.

    from builder import Budget, BuildConfig, Device, build, compress_build, evaluate, fit, inspect, plan, predict

    plan(BuildConfig(alpha=0.25, resolution=96), classes=4).variants["int8_micro"].flash_bytes
    fit(Budget.of(flash="1 MiB", ram="256 KiB"), classes=4).candidates[0]
    finished = build(BuildConfig(data="photos", alpha=0.25, resolution=96))
    compress_build(Run(finished.folder), Request(("int8", "qat"))).chosen

Names are resolved when they are first used, so importing `builder` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from builder.architecture import Network as Network
    from builder.batch.file import Batch as Batch
    from builder.batch.running import run_batch as run_batch
    from builder.budget import Budget as Budget
    from builder.compress.settings import Compression as Compression
    from builder.config import BuildConfig as BuildConfig
    from builder.device import Device as Device
    from builder.errors import BuilderError as BuilderError
    from builder.exporting import export_at as export_at
    from builder.gate import Gate as Gate
    from builder.lab import Request as Request
    from builder.lab import compress_build as compress_build
    from builder.planner import fit as fit
    from builder.planner import plan as plan
    from builder.ranking import leaderboard as leaderboard
    from builder.runs import Run as Run
    from builder.slim.file import slim_file as slim_file
    from builder.start import build as build
    from builder.verify import evaluate as evaluate
    from builder.verify import inspect as inspect
    from builder.verify import predict as predict

_HOMES = {
    "Batch": "builder.batch.file",
    "Budget": "builder.budget",
    "BuildConfig": "builder.config",
    "BuilderError": "builder.errors",
    "Compression": "builder.compress.settings",
    "Device": "builder.device",
    "Gate": "builder.gate",
    "Network": "builder.architecture",
    "Request": "builder.lab",
    "Run": "builder.runs",
    "build": "builder.start",
    "compress_build": "builder.lab",
    "evaluate": "builder.verify",
    "export_at": "builder.exporting",
    "fit": "builder.planner",
    "inspect": "builder.verify",
    "leaderboard": "builder.ranking",
    "plan": "builder.planner",
    "predict": "builder.verify",
    "run_batch": "builder.batch.running",
    "slim_file": "builder.slim.file",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'builder' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
