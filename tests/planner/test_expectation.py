"""The accuracy to expect: published, until builds of the same photos exist."""

from __future__ import annotations

import pytest

from builder.planner.expectation import Builds, expectation


def test_without_builds_it_is_the_published_accuracy_and_says_so() -> None:
    found = expectation(0.5, 160, 3, "float32")
    assert found.accuracy == pytest.approx(0.591)  # arXiv:1704.04861 and TF-Slim: 59.1 %
    assert (found.measured, found.extrapolated) == (False, False)
    assert "ImageNet" in found.prior


def test_outside_the_published_plane_it_is_extrapolated() -> None:
    assert expectation(0.1, 160, 3, "float32").extrapolated
    assert expectation(0.5, 96, 3, "int8").extrapolated


def test_this_designs_build_takes_its_place() -> None:
    builds = Builds({(0.5, 160, 3, "int8"): 0.987})
    assert expectation(0.5, 160, 3, "int8", builds).accuracy == 0.987
    assert expectation(0.5, 160, 3, "int8", builds).measured


def test_other_designs_move_with_the_builds_and_keep_their_order() -> None:
    builds = Builds({(0.25, 128, 3, "float32"): 0.99, (0.25, 128, 3, "int8"): 0.98})
    small, large = (expectation(alpha, 128, 3, "float32", builds) for alpha in (0.2, 0.75))
    assert 0.9 < small.accuracy < 0.99 < large.accuracy < 1
    assert small.measured
    assert small.extrapolated
    assert "1 build of these photos" in small.prior


def test_a_perfect_build_does_not_make_everything_perfect() -> None:
    assert expectation(0.5, 128, 3, "float32", Builds({(0.25, 128, 3, "float32"): 1.0})).accuracy < 1
