"""`builder leaderboard` as a shell sees it: tables, files, messages, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.console import leaderboard as shown
from tests.cli.test_compressing import run
from tests.ranking.samples import build, describe


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Three builds on a front with a knee, and one that they beat."""
    place = tmp_path / "exports"
    for number, (size, accuracy) in enumerate([(100_000, 0.5), (200_000, 0.9), (400_000, 0.95), (300_000, 0.6)], 1):
        build(place, number, flash_bytes=size, accuracy=accuracy)
    return place


def titles(text: str) -> list[str]:
    """The builds in the order of a table."""
    return [line[:7] for line in text.splitlines() if line.startswith("Hands ")]


def test_builds_are_ranked_in_a_table(exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("leaderboard", exports, monkeypatch=monkeypatch) == 0
    out = capsys.readouterr().out
    assert "4 files, of 4 finished builds" in out
    assert titles(out) == ["Hands 3", "Hands 2", "Hands 4", "Hands 1"]
    assert f"knee over flash: 90.0 % at 195.3 KiB, alpha 0.25, 128 px, int8, {exports}/hands-0000000002/int8.tflite" in out
    (knee,) = [line for line in out.splitlines() if line.startswith("Hands 2")]
    assert "195.3 KiB" in knee
    assert "flash*" in knee


def test_the_file_of_the_first_row_is_named_below_each_table(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(exports, 5, flash_bytes=50_000, accuracy=0.7, fingerprint="5e" * 32)
    assert run("leaderboard", exports, monkeypatch=monkeypatch) == 0
    named = [line.removeprefix("first row: ") for line in capsys.readouterr().out.splitlines() if line.startswith("first row: ")]
    assert named == [f"{exports}/hands-000000000{number}/int8.tflite" for number in (3, 5)]


def test_sort_reverse_limit_and_condition(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, wanted in (
        (["--sort", "flash"], "1243"),
        (["--sort", "flash", "--reverse"], "3421"),
        (["--sort", "flash", "--limit", "2"], "12"),
        (["--where", "flash<=300kB and accuracy>=60%"], "24"),
        (["--front", "flash"], "321"),
    ):
        assert run("leaderboard", exports, *words, monkeypatch=monkeypatch) == 0
        assert [title[-1] for title in titles(capsys.readouterr().out)] == list(wanted)


def test_files_are_written_and_told(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    csv, html, png = (tmp_path / f"board.{kind}" for kind in ("csv", "html", "png"))
    assert run("leaderboard", exports, "--csv", csv, "--html", html, "--png", png, monkeypatch=monkeypatch) == 0
    out = capsys.readouterr().out
    assert all(f"Wrote {path}" in out for path in (csv, html, png))
    assert len(csv.read_text().splitlines()) == 1 + 4
    assert "</html>" in html.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")


def test_json_is_one_object(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    csv = tmp_path / "board.csv"
    assert run("leaderboard", exports, "--json", "--csv", csv, monkeypatch=monkeypatch) == 0
    values = json.loads(capsys.readouterr().out)
    assert [row["title"] for row in values["rows"]] == ["Hands 3", "Hands 2", "Hands 4", "Hands 1"]
    assert values["written"] == [str(csv)]


def test_what_is_damaged_or_not_finished_is_told(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (build(exports, 6) / "report.json").write_text("{")
    (build(exports, 7) / "report.json").unlink()
    assert run("leaderboard", exports, monkeypatch=monkeypatch) == 0
    out = capsys.readouterr().out
    assert "Damaged: hands-0000000006: " in out
    assert "1 build not finished, and not listed" in out
    assert len(titles(out)) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sort", "acuracy"], 'Did you mean "accuracy"'),
        (["--where", "flash<=300K"], "cannot be read at character 8"),
        (["--where", ""], "The condition is empty"),
        (["--front", "colour"], 'There is no front "colour"'),
        (["--limit", "0"], "above zero"),
        *(([option, "-"], "- names no file") for option in ("--csv", "--html", "--png")),
        (["--csv", "absent/board.csv"], "name a file in a folder that exists"),
    ],
)
def test_bad_input_ends_with_2_and_a_message(
    words: list[str], said: str, exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("leaderboard", exports, *words, monkeypatch=monkeypatch) == 2
    captured = capsys.readouterr()
    assert said in " ".join(captured.err.split())
    assert captured.out == ""


def test_a_folder_that_is_not_there_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("leaderboard", tmp_path / "absent", monkeypatch=monkeypatch) == 2
    assert "cannot be listed" in capsys.readouterr().err


def test_a_folder_without_builds_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("leaderboard", tmp_path, monkeypatch=monkeypatch) == 0
    assert "0 files, of 0 finished builds" in capsys.readouterr().out


def test_names_are_no_markup_and_long_tables_say_the_same(
    exports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(exports / "hands-0000000001", title="[red]漢字[/] \x1b[31m")
    assert run("leaderboard", exports, monkeypatch=monkeypatch) == 0
    short = capsys.readouterr().out
    assert "[red]漢字[/]" in short
    assert "\x1b" not in short
    monkeypatch.setattr(shown, "STYLED_MAX", 0)
    assert run("leaderboard", exports, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == short
