"""`builder examine`: exit codes, JSON alone on stdout, messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from builder.__main__ import run


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes of 12 photos each; one file is no photo."""
    for label, shade in (("cat", 0), ("[bold]dog", 100)):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(12):
            Image.new("RGB", (40, 40), (shade + number, 50, 90)).save(tmp_path / "pets" / label / f"{number}.png")
    (tmp_path / "pets" / "cat" / "note.png").write_text("hello")
    return tmp_path / "pets"


def test_json_is_one_object(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["examine", str(pets), "--resolution", "32", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["classes"] == ["[bold]dog", "cat"]
    assert values["report"]["bad"] == [{"name": "cat/note.png", "reason": "not a photo in a known format: it looks like text"}]


def test_without_json_classes_bad_files_and_notes_are_shown(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["examine", str(pets), "--resolution", "32"]) == 0
    out = capsys.readouterr().out
    assert "[bold]dog" in out
    assert "skipped cat/note.png: not a photo" in out
    assert "Few training photos" in out


def test_another_split_seed_is_another_split(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    splits = []
    for seed in ("0", "1", "2"):
        assert run(["examine", str(pets), "--resolution", "32", "--split-seed", seed, "--json"]) == 0
        splits.append(json.loads(capsys.readouterr().out)["report"]["per_class"])
    assert any(split != splits[0] for split in splits)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["absent"], "absent"),
        (["digits", "--resolution", "5"], "resolution"),
        (["keras:cifar11"], "cifar10"),
        ([], "PHOTOS"),
    ],
)
def test_bad_input_is_named(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["examine", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert named in printed.err


def test_too_many_bad_files_are_refused_unless_asked_for(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        (pets / "cat" / f"bad{number}.png").write_bytes(b"")
    assert run(["examine", str(pets), "--resolution", "32"]) == 2
    assert "cannot be used" in capsys.readouterr().err
    assert run(["examine", str(pets), "--resolution", "32", "--bad-share-max", "0.5"]) == 0
