"""The leaderboard on a terminal: which columns stay where there is no room for all, and what an empty folder is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.console import stdout
from builder.console.leaderboard import TITLE_LENGTH_MIN, fitting, print_board
from builder.matrix.shelf import NAMES
from builder.ranking import board
from builder.ranking.columns import BY_KEY
from tests.ranking.samples import build, describe, entry

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


def shown(
    place: Path, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **question: Any
) -> list[str]:
    """The lines of a leaderboard on a terminal so many columns wide."""
    monkeypatch.setattr(stdout, "LOG_WIDTH", width)
    print_board(board(place, **question), 30, [])
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Files of three variants in builds with titles of 32 letters; all but one are on fronts."""
    for number, (size, accuracy) in enumerate([(100_000, 0.5), (200_000, 0.9), (400_000, 0.95), (300_000, 0.6)], 1):
        describe(build(tmp_path, number, flash_bytes=size, accuracy=accuracy), title=f"{number} of builds with a longish title")
    return tmp_path


def test_accuracy_flash_arena_and_technique_are_there_at_80_columns(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(exports, 80, monkeypatch, capsys, every_file=True)
    (head,) = [line for line in lines if line.startswith("build ")]
    assert {"accuracy", "flash", "arena", "technique", "front"} <= set(head.split())
    first = lines.index(head)
    assert all(len(line) <= 80 for line in lines[first : first + 21])


def test_the_longest_technique_leaves_flash_and_arena_their_room_at_80_columns() -> None:
    rows = [entry(number, title=str(number) * 32, technique=name) for number, name in enumerate((max(NAMES, key=len), "int8"))]
    found = fitting(rows, ["4*", ""], ACCURACY, 80, TITLE_LENGTH_MIN)
    assert {column.key for column in found} == {"accuracy", "flash", "arena", "technique"}


def test_a_name_without_room_goes_before_flash_and_arena() -> None:
    rows = [entry(0, technique="x" * 40), entry(1)]
    assert {column.key for column in fitting(rows, ["", ""], ACCURACY, 60)} >= {"accuracy", "flash", "arena"}


def test_fronts_are_counted_where_their_names_have_no_room(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = shown(exports, 60, monkeypatch, capsys)
    assert [line[-2:] for line in narrow if line.startswith("2 of")] == ["1*"]
    assert "front: over how many costs (flash, mult-adds, latency) no other file is cheaper" in "\n".join(narrow)
    wide = shown(exports, 160, monkeypatch, capsys)
    assert any(line.endswith(" flash*") for line in wide)
    assert any(line.startswith("front: no other file costs less there") for line in wide)


def test_each_cost_and_the_photos_have_one_word(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(shown(exports, 200, monkeypatch, capsys, every_file=True, sort="data"))
    assert " data " in text
    assert " arena" in text
    assert not any(word in text for word in ("RAM", "file size", " photos "))


def test_a_folder_without_builds_is_told_what_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_board(board(tmp_path), 30, [])
    assert f"{tmp_path} holds no builds: name the folder that builds lie in" in capsys.readouterr().out
