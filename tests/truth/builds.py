"""Folders of finished builds, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.report import BuildReport, TrainingSummary, report_text
from tests.report.samples import sample

FLASH = {"int8": 256_000, "int8_micro": 256_064}  # measured: 256,392 and 256,064
ARENA = 161_000  # measured: 160,992


def estimates() -> dict[str, Any]:
    """As `plan --json` has them."""
    ram = {"low": 1, "typical": 2, "high": 3}
    return {
        "int8": {"flash_bytes": FLASH["int8"], "arena_bytes": None, "peak_ram_bytes": ram, "latency_ms": None},
        "int8_micro": {"flash_bytes": FLASH["int8_micro"], "arena_bytes": ARENA, "peak_ram_bytes": ram, "latency_ms": None},
    }


def a_build(exports: Path, name: str, *, estimated: bool = True, trained: bool = True) -> BuildReport:
    """Writes a finished build's folder: alpha 0.25, 128 px, ten classes."""
    report = sample()
    older = {key: value for key, value in report.predicted.items() if key != "variants"}
    changes: dict[str, Any] = {"predicted": older | ({"variants": estimates()} if estimated else {})}
    if not trained:
        changes["training"] = TrainingSummary(0)
    report = sample(**changes)
    folder = exports / name
    folder.mkdir(parents=True)
    (folder / "build.json").write_text("{}\n")
    (folder / "report.json").write_text(report_text(report))
    return report
