"""Hand-written builds as folders, of which the leaderboard reads: the report of a real design with figures that a test chooses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.architecture import Network
from builder.gate import Gate, Verdict
from builder.matrix import Matrix, write_matrix
from builder.planner import plan
from builder.ranking import Entry
from builder.report import BuildReport, report_text
from builder.report.model import GateFinding, KerasScores, Measured, VariantMeasure
from builder.runs import FORMAT
from tests.report.samples import sample, variants

CREATED = 1_760_000_000.0  # seconds since 1970
VALIDATION_PHOTOS = 200


def report(
    *,
    alpha: float = 0.25,
    resolution: int = 128,
    seed: int = 0,
    accuracy: float = 0.99,
    flash_bytes: int = 256_392,
    fingerprint: str = "9c" * 32,
    split_seed: int = 0,
    measures: dict[str, VariantMeasure] | None = None,
    **changes: Any,
) -> BuildReport:
    """A report; `accuracy` and `flash_bytes` are those of int8, the file that is listed."""
    made = variants() if measures is None else measures
    if measures is None:
        made["int8"] = replace(made["int8"], accuracy=accuracy, flash_bytes=flash_bytes)
    base = sample()
    return replace(
        base,
        predicted=plan(Network(alpha=alpha, resolution=resolution, classes=10)).to_json(),
        measured=Measured(KerasScores(0.9927, 0.99, 410), made),
        dataset=replace(base.dataset, fingerprint=fingerprint),
        seeds={"seed": seed, "split_seed": split_seed},
        gate=GateFinding("int8", Gate(), Verdict(True, (), 0.005, "hand 1", 0.05, VALIDATION_PHOTOS)),
        **changes,
    )


def build(exports: Path, number: int, made: BuildReport | None = None, matrix: Matrix | None = None, **figures: Any) -> Path:
    """A finished build's folder; `figures` are those of `report`."""
    folder = exports / f"hands-{number:010x}"
    folder.mkdir(parents=True)
    described = {"format": FORMAT, "id": f"{number:010x}", "title": f"Hands {number}", "created": CREATED + number}
    (folder / "build.json").write_text(json.dumps(described))
    (folder / "report.json").write_text(report_text(made or report(**figures)))
    if matrix is not None:
        (folder / "compressed").mkdir()
        write_matrix(folder, matrix)
    return folder


def describe(folder: Path, **values: Any) -> None:
    """Changes build.json."""
    path = folder / "build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def entry(number: int = 0, **figures: Any) -> Entry:
    """A row without a folder."""
    values: dict[str, Any] = {
        "folder": f"hands-{number:010x}",
        "file": "int8.tflite",
        "listed": True,
        "id": f"{number:010x}",
        "title": f"Hands {number}",
        "created": CREATED + number,
        "data": "photos/hands",
        "dataset": "9c" * 32,
        "split": "",
        "test_photos": 410,
        "variant": "int8",
        "technique": "int8",
        "sound": True,
        "accuracy": 0.99,
        "val_accuracy": None,
        "flash_bytes": 256_392,
        "gzip_bytes": None,
        "arena_bytes": 160_992,
        "multiply_adds": 13_316_608,
        "parameters": 212_906,
        "latency_ms": 1.02,
        "alpha": 0.25,
        "resolution": 128,
        "channels": 3,
        "classes": 10,
        "seed": 0,
        "epochs": 6,
    }
    return Entry(**(values | figures))
