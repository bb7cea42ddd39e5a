"""Hand-written builds, as their folders look in every state: for tests of pages that only read folders."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from builder import outcomes
from builder.config import BuildConfig
from builder.data import Rows
from builder.report import BuildReport, render_html, report_text
from builder.runs import FORMAT, LOCK, Run
from tests.report.samples import sample

PHOTOS = 12  # of a finished build's outcomes
CREATED = 1_760_000_000.0  # seconds since 1970


def folder(exports: Path, number: int, title: str, config: BuildConfig | None = None) -> Run:
    """A build that has begun: settings, identity, lock; no event yet."""
    config = config or BuildConfig(data="photos/hands", alpha=0.25, resolution=128)
    label = f"hands-a{config.alpha:g}-r{config.resolution}"
    run = Run(exports / f"{label}-{number:010x}")
    run.folder.mkdir(parents=True)
    values = {"format": FORMAT, "id": run.id, "label": label, "title": title, "created": CREATED + number}
    (run.folder / "build.json").write_text(json.dumps(values))
    (run.folder / "config.yaml").write_text(config.to_yaml())
    (run.folder / LOCK).touch()
    return run


def tell(run: Run, *events: tuple[str, dict[str, Any]], began: float = CREATED) -> None:
    """Appends events, a second apart."""
    with run.events_path.open("a") as file:
        for second, (event, values) in enumerate(events):
            file.write(json.dumps({"time": began + second, "event": event, **values}) + "\n")


def epoch(number: int, of: int = 8) -> tuple[str, dict[str, Any]]:
    """An epoch's end; accuracies rise."""
    return "epoch", {
        "epoch": number, "epochs": of, "loss": 2.0 / number, "accuracy": 1 - 0.5 / number, "val_loss": 1.8 / number,
        "val_accuracy": 1 - 0.4 / number, "learning_rate": 1e-3, "seconds": 4.0, "images_per_second": 410.0,
        "best_epoch": number, "best_val_accuracy": 1 - 0.4 / number,
    }  # fmt: skip


BEGUN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stage", {"stage": "data", "state": "start"}),
    ("progress", {"stage": "data", "done": 2062, "total": 2062, "unit": "photos"}),
    ("stage", {"stage": "data", "state": "done"}),
    ("stage", {"stage": "train", "state": "start"}),
    ("note", {"message": "Training starts from ImageNet weights."}),
)


def running(exports: Path, number: int = 1, title: str = "Running", epochs: int = 3) -> tuple[Run, IO[bytes]]:
    """A build whose process lives: its lock is held as long as the returned file is open."""
    run = folder(exports, number, title)
    tell(run, *BEGUN, *(epoch(each) for each in range(1, epochs + 1)))
    tell(run, ("step", {"epoch": epochs + 1, "epochs": 8, "step": 20, "steps": 52, "loss": 0.4, "accuracy": 0.9,
                        "images_per_second": 402.0}))  # fmt: skip
    lock = (run.folder / LOCK).open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return run, lock


def failed(exports: Path, number: int = 2, title: str = "Failed", message: str = "The disk is full.", code: int = 2) -> Run:
    """A build that said why it stopped; with exit code 130 it was stopped by somebody."""
    run = folder(exports, number, title)
    tell(run, *BEGUN, epoch(1), ("failed", {"message": message, "exit_code": code}))
    run.log_path.write_text("2026-01-01 loading\nOSError: [Errno 28] No space left on device\n")
    return run


def died(exports: Path, number: int = 3, title: str = "Died") -> Run:
    """A build whose process was killed: no last word, only a log."""
    run = folder(exports, number, title)
    tell(run, *BEGUN, epoch(1), epoch(2))
    run.log_path.write_text("\n".join(f"line {line}" for line in range(200)) + "\nKilled here\n")
    return run


def empty(exports: Path, number: int = 4, title: str = "Empty") -> Run:
    """A build that was killed before its first event."""
    return folder(exports, number, title)


def done(
    exports: Path,
    number: int = 5,
    title: str = "Hands",
    report: BuildReport | None = None,
    classes: Sequence[str] | None = None,
    photos: bool = False,
) -> Run:
    """A finished build, with what was said about twelve test photos where `photos` says so. Its .tflite files are no models, but
    their hashes are those of the report.
    """
    report = report or (sample(tuple(classes)) if classes else sample())
    run = folder(exports, number, title, BuildConfig(**report.config))
    measured = {}
    for name, made in report.measured.variants.items():
        content = f"TFL3 stand-in of {name} in build {number}".encode()
        (run.folder / made.file).write_bytes(content)
        measured[name] = replace(made, sha256=hashlib.sha256(content).hexdigest())
    report = replace(
        report,
        build=replace(report.build, id=run.id, title=title),
        measured=replace(report.measured, variants=measured),
    )
    tell(run, *BEGUN, *(epoch(each, 6) for each in range(1, 7)), ("stage", {"stage": "train", "state": "done"}))
    (run.folder / "labels.txt").write_text("\n".join(report.labels) + "\n")
    (run.folder / "report.html").write_text(render_html(report))
    if photos:
        outcomes.keep(run.folder, said(report), report.hero, noise(PHOTOS))
    run.report_path.write_text(report_text(report))
    return run


def said(report: BuildReport) -> outcomes.Outcomes:
    """Twelve photos: all are wrong about photo 1, the integers about photo 2 as well."""
    classes = len(report.labels)
    true = tuple(photo % classes for photo in range(PHOTOS))
    network = outcomes.Answers((true[0], (true[1] + 1) % classes, *true[2:]), (0.875,) * PHOTOS)
    integers = outcomes.Answers((*network.labels[:2], (true[2] + 1) % classes, *true[3:]), (0.75,) * PHOTOS)
    names = tuple(f"{report.labels[label]}/{photo}.jpg" for photo, label in enumerate(true))
    variants = {name: integers if name.startswith("int8") else network for name in report.measured.variants}
    return outcomes.Outcomes(report.labels, names, true, network, variants)


def noise(count: int, side: int = 16) -> Rows:
    """Photos."""
    return Rows(np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8), np.arange(count))


def damaged(exports: Path, number: int = 6, title: str = "Damaged") -> Run:
    """A finished build whose report was cut in half."""
    run = done(exports, number, title)
    run.report_path.write_text(run.report_path.read_text()[:2000])
    return run


def vanish(run: Run) -> None:
    """Deletes a build's folder, as somebody on a shell may."""
    shutil.rmtree(run.folder)
