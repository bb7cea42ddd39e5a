"""`builder bundle`: exit codes, messages, JSON alone on stdout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.__main__ import run as command
from builder.runs import Run
from tests.ui import folders

if TYPE_CHECKING:
    from builder.start import FinishedBuild


@pytest.fixture
def build(small_build: FinishedBuild, tmp_path: Path) -> Run:
    """A copy of a finished build, alone in its exports folder."""
    folder = tmp_path / "exports" / small_build.folder.name
    shutil.copytree(small_build.folder, folder)
    return Run(folder)


def test_it_says_where_the_zip_is_and_what_was_tried(build: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bundle", str(build.folder)]) == 0
    out = capsys.readouterr().out
    assert str(build.folder / f"{build.folder.name}.zip") in out
    assert "passed  int8.tflite: names test photo" in out
    assert "passed  microcontroller/model_data.cc: equals int8_micro.tflite in all" in out


def test_json_is_one_object(build: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["bundle", build.id[:6], "--exports", str(build.folder.parent), "--device", "nano33", "-o", str(tmp_path / "x.zip")]
    assert command([*arguments, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["path"] == str(tmp_path / "x.zip")
    assert values["device"] == "Arduino Nano 33 BLE Sense"
    assert values["arena_bytes"] % 1024 == 0
    assert {check["state"] for check in values["checks"]} <= {"passed", "skipped"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--device", "Arduin Nano"], "There is no device"),
        (["--output", "absent/x.zip"], "there is no folder"),
        (["--output", "."], "is a folder"),
    ],
)
def test_bad_input_is_told(build: Run, capsys: pytest.CaptureFixture[str], options: list[str], named: str) -> None:
    assert command(["bundle", str(build.folder), *options]) == 2
    assert named in " ".join(capsys.readouterr().err.split())


def test_an_unknown_build_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bundle", "nothing", "--exports", str(tmp_path)]) == 2
    assert "is no build" in capsys.readouterr().err


def test_a_build_that_is_not_done_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bundle", str(folders.failed(tmp_path).folder)]) == 2
    assert "There is no report" in capsys.readouterr().err


def test_a_file_that_changed_is_told(build: Run, capsys: pytest.CaptureFixture[str]) -> None:
    (build.folder / "int8.tflite").write_bytes(b"other")
    assert command(["bundle", str(build.folder)]) == 2
    assert "is no longer the file that was verified" in " ".join(capsys.readouterr().err.split())
