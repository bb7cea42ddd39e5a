"""How far off one estimate is, and many of them."""

from __future__ import annotations

import pytest

from builder.truth import Comparison, spread


def flash(predicted: float, measured: float, where: str = "a") -> Comparison:
    return Comparison(where, "flash_bytes", "int8", predicted, measured)


def test_an_error_is_a_share_of_what_was_measured() -> None:
    assert flash(110, 100).error == pytest.approx(0.1)
    assert flash(80, 100).error == pytest.approx(-0.2)


def test_accuracies_are_compared_in_points() -> None:
    assert Comparison("a", "accuracy", "int8", 0.5, 0.9).error == pytest.approx(-0.4)


def test_the_median_has_no_sign_and_the_worst_has_one() -> None:
    found = spread([flash(101, 100), flash(70, 100, "far"), flash(104, 100)])
    assert (found.count, found.worst_where) == (3, "far")
    assert found.median_error == pytest.approx(0.04)
    assert found.worst_error == pytest.approx(-0.3)


def test_several_variants_together_have_no_name() -> None:
    rows = [Comparison("a", "parameters", variant, 10, 10) for variant in ("int8", "float32")]
    assert spread(rows).variant is None
    assert spread(rows[:1]).variant == "int8"
