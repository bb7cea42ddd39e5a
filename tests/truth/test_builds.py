"""Estimates in reports beside what the same reports measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.accuracy import expected
from builder.architecture import Network
from builder.errors import InvalidInput
from builder.report import report_text
from builder.truth import Spread, collect, network_of_build
from tests.truth.builds import ARENA, FLASH, a_build


def by_name(spreads: tuple[Spread, ...]) -> dict[tuple[str, str | None], Spread]:
    return {(each.estimate, each.variant): each for each in spreads}


def test_flash_and_arena_are_compared_by_variant(tmp_path: Path) -> None:
    a_build(tmp_path, "hands-1")
    found = by_name(collect(tmp_path).spreads())
    assert found["flash_bytes", "int8"].worst_error == pytest.approx(FLASH["int8"] / 256_392 - 1)
    assert found["flash_bytes", "int8_micro"].worst_error == 0
    assert found["arena_bytes", "int8_micro"].worst_error == pytest.approx(ARENA / 160_992 - 1)
    assert ("arena_bytes", "int8") not in found  # neither predicted nor measured


def test_counts_are_compared_over_all_variants(tmp_path: Path) -> None:
    report = a_build(tmp_path, "hands-1")
    found = by_name(collect(tmp_path).spreads())
    assert (found["parameters", None].count, found["parameters", None].worst_error) == (5, 0)
    made = report.measured.variants["int8"].multiply_adds
    assert made is not None
    assert found["multiply_adds", None].worst_error == pytest.approx(report.predicted["multiply_adds"] / made - 1)


def test_accuracy_is_compared_with_the_prior_in_points(tmp_path: Path) -> None:
    a_build(tmp_path, "hands-1")
    found = by_name(collect(tmp_path).spreads())
    assert found["accuracy", "int8"].worst_error == pytest.approx(expected(0.25, 128, "int8").top1 / 100 - 0.9903)


def test_every_build_counts_once(tmp_path: Path) -> None:
    for name in ("hands-1", "hands-2", "hands-3"):
        a_build(tmp_path, name)
    found = collect(tmp_path)
    assert found.builds == ("hands-1", "hands-2", "hands-3")
    assert by_name(found.spreads())["arena_bytes", "int8_micro"].count == 3


def test_older_reports_are_named_and_still_compared_in_counts(tmp_path: Path) -> None:
    a_build(tmp_path, "old-1", estimated=False)
    found = collect(tmp_path)
    assert found.without_estimates == ("old-1",)
    assert {each.estimate for each in found.spreads()} == {"parameters", "multiply_adds", "accuracy"}


def test_an_untrained_network_says_nothing_about_accuracy(tmp_path: Path) -> None:
    a_build(tmp_path, "empty-1", trained=False)
    found = collect(tmp_path)
    assert found.untrained == ("empty-1",)
    assert not any(each.estimate == "accuracy" for each in found.spreads())


def test_a_short_training_says_nothing_about_accuracy(tmp_path: Path) -> None:
    report = a_build(tmp_path, "short-1")
    brief = replace(report, training=replace(report.training, history=report.training.history[:2]))
    (tmp_path / "short-1" / "report.json").write_text(report_text(brief))
    found = collect(tmp_path)
    assert (found.short, found.untrained) == (("short-1",), ())
    assert not any(each.estimate == "accuracy" for each in found.spreads())


def test_a_damaged_report_does_not_stop_the_others(tmp_path: Path) -> None:
    a_build(tmp_path, "hands-1")
    (tmp_path / "torn-2").mkdir()
    (tmp_path / "torn-2" / "report.json").write_text('{"format": 1, "bu')
    found = collect(tmp_path)
    assert found.builds == ("hands-1",)
    assert "torn-2" in found.unreadable["torn-2"]


def test_builds_that_are_not_done_or_were_replaced_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "running-1").mkdir()
    a_build(tmp_path, ".replaced-hands-1-123")
    assert collect(tmp_path).builds == ()


def test_no_folder_has_no_builds(tmp_path: Path) -> None:
    assert collect(tmp_path / "absent").spreads() == ()


def test_the_network_of_a_build(tmp_path: Path) -> None:
    a_build(tmp_path, "hands-1")
    network, variants = network_of_build(tmp_path / "hands-1")
    assert network == Network(alpha=0.25, resolution=128, channels=3, classes=10)
    assert variants == ("float32", "float16", "dynamic", "int8", "int8_micro")


def test_a_build_with_impossible_dials_is_damaged(tmp_path: Path) -> None:
    a_build(tmp_path, "hands-1")
    file = tmp_path / "hands-1" / "report.json"
    file.write_text(file.read_text().replace('"alpha": 0.25', '"alpha": -3'))
    with pytest.raises(InvalidInput, match="alpha"):
        network_of_build(tmp_path / "hands-1")
