"""The leaderboard on a terminal: which columns stay where there is no room for all, and what an empty folder is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.console.leaderboard import fitting, print_board
from builder.ranking import board
from builder.ranking.columns import BY_KEY
from tests.ranking.samples import entry

ACCURACY = BY_KEY["accuracy"]


def keys(width: int, **figures: object) -> list[str]:
    """The columns of two rows that differ in these figures, the second of each."""
    rows = [entry(0), entry(1, **figures)]
    return [column.key for column in fitting(rows, ["", ""], ACCURACY, width)]


def test_what_tells_rows_apart_stays_longer_than_what_does_not() -> None:
    narrow = 60
    assert "seed" in keys(narrow, seed=1)
    assert "seed" not in keys(narrow, alpha=0.5)
    assert "alpha" in keys(narrow, alpha=0.5)


@pytest.mark.parametrize("width", [20, 40, 60, 100, 300])
def test_the_column_of_the_order_is_always_there(width: int) -> None:
    assert "accuracy" in keys(width)


def test_a_folder_without_builds_is_told_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_board(board(tmp_path), 30, [])
    assert f"{tmp_path} holds no builds: name the folder that builds lie in" in capsys.readouterr().out
