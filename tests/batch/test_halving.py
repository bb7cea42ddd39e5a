"""Successive halving's arithmetic."""

from __future__ import annotations

import pytest

from builder.batch.halving import check_eta, pause_after, rung_count, survivors
from builder.errors import ConfigError


def test_there_are_as_many_comparisons_as_cells_can_be_halved() -> None:
    assert rung_count(cells=8, epochs=100, eta=2) == 3  # 8 -> 4 -> 2 -> 1


def test_the_first_comparison_comes_after_a_whole_epoch() -> None:
    assert rung_count(cells=64, epochs=4, eta=2) == 2  # after epochs 1 and 2 of 4


def test_one_cell_is_compared_with_nobody() -> None:
    assert rung_count(cells=1, epochs=100, eta=2) == 0


def test_rungs_lie_at_powers_of_eta_of_the_epochs() -> None:
    assert [pause_after(20, rung, 2, 3) for rung in range(3)] == [3, 7, None]  # ceil(20 / 9), ceil(20 / 3), the end


def test_one_of_eta_goes_on() -> None:
    assert survivors({1: 0.5, 2: 0.9, 3: 0.7, 4: 0.6, 5: 0.8, 6: 0.1}, eta=3) == [2, 5]


def test_of_equal_cells_the_first_goes_on() -> None:
    assert survivors({3: 0.5, 1: 0.5, 2: 0.5}, eta=3) == [1]


@pytest.mark.parametrize("eta", [1, 11, 2.5, True])
def test_an_eta_that_keeps_none_or_all_is_refused(eta: int) -> None:
    with pytest.raises(ConfigError, match="--halving keeps one of 2 to 10"):
        check_eta(eta)
