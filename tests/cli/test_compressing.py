"""`builder slim` and `builder compress` as a shell sees them: answers, messages, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.__main__ import main
from builder.errors import ConfigError
from builder.lab.maker import Maker

if TYPE_CHECKING:
    from builder.start import FinishedBuild


def run(*words: object, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["builder", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture
def folder(small_build: FinishedBuild, tmp_path: Path) -> Path:
    """A copy of a finished build."""
    place = tmp_path / small_build.folder.name
    shutil.copytree(small_build.folder, place)
    return place


def test_a_file_is_slimmed(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "slim.tflite"
    code = run("slim", models / "vww_96_int8.tflite", "--flavour", "mobile", "--output", output, monkeypatch=monkeypatch)

    assert code == 0
    assert "less" in capsys.readouterr().out
    assert output.stat().st_size < 270_000


def test_a_file_without_waste_is_written_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "slim.tflite"
    code = run("slim", folder / "int8.tflite", "--output", output, monkeypatch=monkeypatch)

    assert code == 0
    assert "is the file as it was: it holds no waste." in capsys.readouterr().out
    assert output.read_bytes() == (folder / "int8.tflite").read_bytes()


def test_slim_answers_in_json(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("slim", models / "vww_96_int8.tflite", "--flavour", "micro", "--output", tmp_path / "slim.tflite", "--json")

    assert run(*words, monkeypatch=monkeypatch) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["activations"]["planned_bytes"] == 48 * 48 * (16 + 8)
    assert values["saved_share"] > 0.25


def test_compress_shows_one_table_and_says_what_passes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compress", folder, "--technique", "int8", "--technique", "float16", "--max-drop", 100, "--max-class-drop", 100)

    assert run(*words, monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "int8" in shown
    assert "float16" in shown
    assert "Smallest" in shown or "smallest" in shown


def test_a_gate_that_nothing_passes_ends_with_three(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("compress", folder, "--gate", "enforce", "--max-flash", "1KiB", monkeypatch=monkeypatch) == 3
    assert "No file passes the gate" in capsys.readouterr().err


def test_a_technique_that_fails_ends_with_four(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(*_: object) -> None:
        raise ConfigError("The loss became nan in epoch 1.")

    monkeypatch.setattr(Maker, "make", make)

    assert run("compress", folder, "--technique", "qat", monkeypatch=monkeypatch) == 4
    assert "The loss became nan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--sparsity", "1"), "sparsity"),
        (("--clusters", "1"), "clusters"),
        (("--epochs", "0"), "epochs"),
        (("--technique", "prund"), "Did you mean"),
        (("--all", "--technique", "qat"), "leave out"),
        (("--max-drop", "-1"), "--max-drop"),
        (("--max-flash", "300K"), "--max-flash"),
        (("--calibration-photos", "0"), "photos"),
        (("--clusters", "2", "--technique", "pruned_clustered"), "needs 3 or more"),
    ],
)
def test_bad_input_is_named_and_ends_with_two(
    folder: Path, words: tuple[str, ...], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("compress", folder, *words, monkeypatch=monkeypatch) == 2
    assert named in capsys.readouterr().err
    assert not (folder / "compressed").exists()
