"""What earlier builds of the same photos reached."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from builder.history import builds_of
from builder.report import BuildReport
from builder.runs import REPORT
from tests.report.samples import sample


def keep(report: BuildReport, exports: Path, name: str) -> None:
    (exports / name).mkdir(parents=True)
    (exports / name / REPORT).write_text(json.dumps(report.to_json()), encoding="utf-8")


def test_builds_of_these_photos_are_found_by_fingerprint(tmp_path: Path) -> None:
    report = sample()
    keep(report, tmp_path, "one")
    found = builds_of(tmp_path, report.dataset.fingerprint)
    assert found is not None
    design = report.predicted
    for variant, made in report.measured.variants.items():
        key = (design["alpha"], design["resolution"], design["channels"], variant)
        kept = found.accuracy.get(key)
        assert (None if kept is None else kept.accuracy) == made.accuracy
        if kept is not None:
            assert (kept.photos, kept.start) == (report.measured.keras.images, report.warm_start.kind)
            assert kept.low < kept.accuracy <= kept.high
    assert builds_of(tmp_path, "of other photos") is None


def test_a_place_without_builds_has_none(tmp_path: Path) -> None:
    assert builds_of(tmp_path / "absent", "x") is None


def test_untrained_damaged_and_set_aside_builds_are_passed_over(tmp_path: Path) -> None:
    report = sample()
    keep(replace(report, training=replace(report.training, best_epoch=None)), tmp_path, "untrained")
    keep(report, tmp_path, ".old")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / REPORT).write_text("{")
    assert builds_of(tmp_path, report.dataset.fingerprint) is None


def test_the_best_of_several_builds_of_a_design_counts(tmp_path: Path) -> None:
    report = sample()
    name = next(variant for variant, made in report.measured.variants.items() if made.accuracy is not None)
    worse = replace(report.measured.variants[name], accuracy=0.01)
    keep(report, tmp_path, "a")
    keep(replace(report, measured=replace(report.measured, variants={**report.measured.variants, name: worse})), tmp_path, "b")
    found = builds_of(tmp_path, report.dataset.fingerprint)
    assert found is not None
    key = (report.predicted["alpha"], report.predicted["resolution"], report.predicted["channels"], name)
    assert found.accuracy[key].accuracy == pytest.approx(report.measured.variants[name].accuracy)
