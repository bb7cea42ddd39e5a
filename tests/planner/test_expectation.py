"""The accuracy to expect: published, until builds of the same photos exist."""

from __future__ import annotations

import pytest

from builder.planner.expectation import Builds, Measured, expectation, outside


def test_without_builds_it_is_the_published_accuracy_and_says_so() -> None:
    found = expectation(0.5, 160, 3, "float32")
    assert found.accuracy == pytest.approx(0.591)  # arXiv:1704.04861 and TF-Slim: 59.1 %
    assert (found.measured, found.extrapolated) == (False, False)
    assert "ImageNet" in found.prior


def test_outside_the_published_plane_it_is_extrapolated() -> None:
    assert expectation(0.1, 160, 3, "float32").extrapolated
    assert expectation(0.5, 96, 3, "int8").extrapolated


def reached(accuracy: float, width: float = 0.04, start: str = "imagenet") -> Measured:
    return Measured(accuracy, 2000, accuracy - width / 2, accuracy + width / 2, start)


def test_this_designs_build_stands_beside_it() -> None:
    own = reached(0.987)
    found = expectation(0.5, 160, 3, "int8", Builds({(0.5, 160, 3, "int8"): own}))
    assert found.own == own
    assert found.accuracy == pytest.approx(0.987)  # the only build moves its own design to where it is


def test_other_designs_move_with_the_builds_and_keep_their_order() -> None:
    builds = Builds({(0.25, 128, 3, "float32"): reached(0.99), (0.25, 128, 3, "int8"): reached(0.98)})
    small, large = (expectation(alpha, 128, 3, "float32", builds) for alpha in (0.2, 0.75))
    assert 0.9 < small.accuracy < 0.99 < large.accuracy < 1
    assert small.measured
    assert small.extrapolated
    assert small.own is None
    assert "1 build of these photos" in small.prior


def test_few_test_photos_move_nothing() -> None:
    builds = Builds({(0.25, 128, 3, "int8"): Measured(0.947, 19, 0.754, 0.991, "scratch")})
    found = expectation(0.25, 128, 3, "int8", builds)
    assert found.accuracy == expectation(0.25, 128, 3, "int8").accuracy
    assert (found.measured, found.own is not None) == (False, True)
    assert "on 19 test photos the 95 % interval is 24 points wide" in builds.note


def test_builds_that_started_from_different_weights_move_nothing() -> None:
    builds = Builds({(0.25, 128, 3, "int8"): reached(0.9), (0.5, 128, 3, "int8"): reached(0.7, start="scratch")})
    assert builds.shift == 0
    assert "imagenet, scratch" in builds.note


def test_a_perfect_build_does_not_make_everything_perfect() -> None:
    assert expectation(0.5, 128, 3, "float32", Builds({(0.25, 128, 3, "float32"): reached(1.0)})).accuracy < 1


def test_a_design_outside_says_on_which_side() -> None:
    assert outside(0.25, 96) == "below 128 px"
    assert outside(1.5, 256) == "above alpha 1 and above 224 px"
    assert outside(0.5, 160) == ""
