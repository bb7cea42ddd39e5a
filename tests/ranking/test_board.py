"""The leaderboard as a whole: rows, fronts, files, frame."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from builder import leaderboard
from builder.errors import ConfigError, InvalidInput
from builder.ranking import Board, board
from builder.ranking.pages import board_csv, board_page
from builder.ranking.sheets import board_png, table_of
from tests.matrix import samples as shelves
from tests.ranking.samples import build, describe, report
from tests.report.samples import HOSTILE

OTHER = "5e" * 32  # the fingerprint of other photos


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Three builds of hands on a front with a knee, one that they beat, one of other photos."""
    place = tmp_path / "exports"
    for number, (size, accuracy) in enumerate([(100_000, 0.5), (200_000, 0.9), (400_000, 0.95), (300_000, 0.6)], 1):
        build(place, number, flash_bytes=size, accuracy=accuracy)
    build(place, 5, flash_bytes=50_000, accuracy=0.99, fingerprint=OTHER)
    return place


def numbers(made: Board) -> list[int]:
    return [int(entry.id, 16) for entry in made.entries]


def test_rows_are_ranked_and_grouped_by_photos(exports: Path) -> None:
    made = board(exports)
    assert numbers(made) == [5, 3, 2, 4, 1]
    assert [[int(entry.id, 16) for entry in group.entries] for group in made.groups] == [[3, 2, 4, 1], [5]]
    assert [len(group.fronts) for group in made.groups] == [3, 3]  # int8 has no arena in these reports


def test_marks_tell_fronts_and_knees(exports: Path) -> None:
    on = {int(folder[-10:], 16): axes for (folder, _), axes in board(exports).marks.items()}
    assert {number: axes.get("flash") for number, axes in on.items()} == {1: False, 2: True, 3: False, 5: False}


def test_only_the_files_on_a_front(exports: Path) -> None:
    assert numbers(board(exports, only=["flash"])) == [5, 3, 2, 1]
    assert {front.axis for group in board(exports, only=["flash"]).groups for front in group.fronts} == {"flash"}


def test_fronts_are_those_of_the_rows_that_the_condition_keeps(exports: Path) -> None:
    made = board(exports, where="flash>=250000", only=["flash"])
    assert numbers(made) == [3, 4]


def test_the_limit_counts_rows_of_each_set_of_photos_and_fronts_stay_whole(exports: Path) -> None:
    made = board(exports, limit=1)
    assert numbers(made) == [5, 3]
    assert [(len(group.entries), group.total) for group in made.groups] == [(1, 4), (1, 1)]
    assert [len(front.points) for group in made.groups for front in group.fronts if front.axis == "flash"] == [4, 1]


def test_a_limit_below_one_is_refused(exports: Path) -> None:
    with pytest.raises(ConfigError, match="above zero, not 0"):
        board(exports, limit=0)


def test_every_file_of_every_build(exports: Path) -> None:
    assert len(board(exports, every_file=True).entries) == 5 * 5


def test_json_holds_rows_fronts_and_what_was_damaged(exports: Path) -> None:
    (build(exports, 6) / "report.json").write_text("{")
    values = json.loads(json.dumps(board(exports, where="flash<1MB", sort="flash").to_json()))
    assert (values["builds"], values["unfinished"], values["sort"], values["where"]) == (5, 0, "flash", "flash<1MB")
    rows = {int(row["id"], 16): row for row in values["rows"]}
    assert list(rows) == [5, 1, 2, 4, 3]
    assert (rows[2]["flash_bytes"], rows[2]["accuracy"], rows[2]["knee_of"]) == (200_000, 0.9, ["flash"])
    assert rows[4]["on_front"] == []
    (front,) = [each for each in values["fronts"] if each["axis"] == "flash" and each["dataset"] != OTHER]
    assert [(point["cost"], point["is_knee"]) for point in front["points"]] == [(100_000, False), (200_000, True), (400_000, False)]
    assert [each["folder"] for each in values["unreadable"]] == ["hands-0000000006"]


def test_csv_has_every_row_under_names_with_units(exports: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(board_csv(board(exports)))))
    assert [int(row["id"], 16) for row in rows] == [5, 3, 2, 4, 1]
    assert (rows[2]["flash_bytes"], rows[2]["accuracy"], rows[2]["arena_bytes"], rows[2]["knee_of"]) == (
        "200000",
        "0.9",
        "",
        "flash",
    )


def test_csv_of_no_rows_is_its_head(exports: Path) -> None:
    (head,) = board_csv(board(exports, where="alpha>1")).splitlines()
    assert head.startswith("title,accuracy,")


def test_csv_holds_no_formulas(tmp_path: Path) -> None:
    describe(build(tmp_path, 1), title="=HYPERLINK(1)")
    (row,) = csv.DictReader(io.StringIO(board_csv(board(tmp_path))))
    assert row["title"] == "'=HYPERLINK(1)"


def test_the_page_holds_table_pictures_and_nothing_from_outside(exports: Path) -> None:
    page = board_page(board(exports))
    assert page.count("<svg") == 2 * 3
    assert all(f"Hands {number}" in page for number in range(1, 6))
    assert "flash · knee" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script" not in page


def test_names_on_the_page_are_escaped(tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE, 1):
        folder = build(tmp_path, number, report(accuracy=0.5 + number / 100), matrix=shelves.hostile())
        describe(folder, title=name)
    page = board_page(board(tmp_path, every_file=True))
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_page_of_no_rows_says_so(exports: Path) -> None:
    assert "No file is to be listed" in board_page(board(exports, where="alpha>1"))


def test_a_picture_that_cannot_be_drawn_is_told_on_the_page(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_front: object) -> None:
        raise ImportError("no vl_convert here")

    monkeypatch.setattr("builder.ranking.pages.front_picture", refuse)
    page = board_page(board(exports))
    assert "could not be drawn: ImportError: no vl_convert here" in page
    assert "Hands 3" in page


def test_the_image_is_a_png(exports: Path) -> None:
    assert board_png(board(exports)).startswith(b"\x89PNG")


def test_rows_of_the_image_keep_what_tells_them_apart(tmp_path: Path) -> None:
    for number, rate in enumerate(("0.001", "0.002"), 1):
        title = f"Night run: alpha 0.25, resolution 128, dropout 0.001, batch_size 32, augmentation medium, learning_rate {rate}"
        describe(build(tmp_path, number), title=title)
    made = board(tmp_path)
    _, cells, _ = table_of(made, made.groups[0])
    assert [row[0][-19:] for row in cells] == ["learning_rate 0.001", "learning_rate 0.002"]


def test_the_image_tells_variants_apart_that_one_technique_made(exports: Path) -> None:
    made = board(exports)
    one, other = made.groups[0].entries[:2]
    rows = (replace(one, technique="qat"), replace(other, technique="qat", variant="int8_micro"))
    columns, cells, _ = table_of(made, replace(made.groups[0], entries=rows))
    assert "technique" not in columns
    place = list(columns).index("variant")
    assert [row[place] for row in cells] == ["int8", "int8_micro"]


def test_each_cost_has_one_word_on_the_page_and_the_image(exports: Path) -> None:
    made = board(exports)
    assert {"flash", "arena", "front"} <= table_of(made, made.groups[0])[0].keys()
    page = board_page(made)
    assert "Accuracy over flash" in page
    assert not any(word in page for word in ("RAM", "file size"))


def test_a_frame_has_a_row_a_build(exports: Path) -> None:
    frame = leaderboard(exports, where="flash<=300kB", sort="flash")
    assert list(frame["flash_bytes"]) == [50_000, 100_000, 200_000, 300_000]
    assert list(frame["accuracy"]) == [0.99, 0.5, 0.9, 0.6]
    assert frame["arena_bytes"].isna().all()
    assert str(frame["arena_bytes"].dtype) == "Int64"
    assert frame["created"].iloc[0] == pandas.Timestamp(1_760_000_005, unit="s", tz="UTC")
    assert list(frame["knee_of"].iloc[2]) == []  # without the largest file the front has two steps
    assert len(leaderboard(exports, every_file=True)) == 25


def test_a_frame_of_no_rows_has_its_columns(exports: Path) -> None:
    frame = leaderboard(exports, where="alpha>1")
    assert frame.empty
    assert list(frame) == list(leaderboard(exports))


def test_a_frame_of_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="absent"):
        leaderboard(tmp_path / "absent")
