"""`builder export`: exit codes, messages, the table, JSON alone on stdout. What it makes is tested in tests/resolutions."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.__main__ import run as command
from builder.console.exporting import print_resolutions
from builder.report.model import Check, VariantMeasure
from builder.resolutions import File, Predicted, Resolutions, Row
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


def test_json_is_one_object_and_the_table_shows_the_same(build: Run, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["export", build.id[:6], "--exports", str(build.folder.parent), "--resolution", "40", "--variant", "dynamic"]
    assert command([*arguments, "--json"]) == 0
    values = json.loads(capfd.readouterr().out)
    assert [row["resolution"] for row in values["rows"]] == [32, 40]
    assert (build.folder / values["rows"][1]["files"]["dynamic"]["measured"]["file"]).is_file()
    assert command(arguments) == 0
    shown = capfd.readouterr()
    assert "note: 40 px is done already: resolutions/40. Use --force to make it anew." in shown.err
    lines = [line.split() for line in shown.out.splitlines()]
    assert ["32", "px", "*"] in [line[:3] for line in lines]
    assert ["40", "px", "0.179"] in [line[:3] for line in lines]
    assert "Accuracy falls off away from the 32 px that was trained at." in shown.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--resolution", "31"], "from 32 to 2048, not 31"),
        (["--resolution", "4096"], "from 32 to 2048, not 4096"),
        (["--resolution", "big"], "builder export --help"),
        (["--resolution", "40", "--variant", "int4"], "variants (--variant)"),
        ([], "--resolution"),
    ],
)
def test_bad_input_is_told(build: Run, capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert command(["export", str(build.folder), *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (build.folder / "resolutions").exists()


def test_an_unknown_build_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["export", "nothing", "--resolution", "40", "--exports", str(tmp_path)]) == 2
    assert "is no build" in capsys.readouterr().err


def test_a_build_that_is_not_done_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["export", str(folders.failed(tmp_path).folder), "--resolution", "40"]) == 2
    assert "is not finished" in capsys.readouterr().err


def test_a_build_that_somebody_works_on_is_told(build: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with build.lock() as taken:
        assert taken
        assert command(["export", str(build.folder), "--resolution", "40"]) == 2
    assert "Somebody else is working on this build" in " ".join(capsys.readouterr().err.split())


def test_the_builds_own_resolution_is_said(build: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert command(["export", str(build.folder), "--resolution", "32"]) == 0
    shown = capfd.readouterr()
    assert "32 px is the build's own resolution" in shown.err
    assert "Accuracy falls off" not in shown.out


# The table, of made-up figures.

INT8 = VariantMeasure("int8.tflite", "0" * 64, 256_000, accuracy=0.958, latency_ms=0.3, multiply_adds=7_490_000)
MICRO = replace(INT8, file="int8_micro.tflite", arena_bytes=85_000, multiply_adds=7_490_000)


def resolutions(*rows: Row) -> Resolutions:
    """A build that was trained at 96 px."""
    own = Row(96, 0.963, drop=0.0, files={"int8": File(INT8, drop=0.0), "int8_micro": File(MICRO, drop=0.0)}, cpu="one")
    return Resolutions("0123456789", "Pets", 96, 216, "0" * 64, tuple(sorted((own, *rows), key=lambda row: row.resolution)))


def printed(made: Resolutions) -> str:
    """What is shown."""
    stream = io.StringIO()
    print_resolutions(made, Path("exports/pets-0123456789"), file=stream)
    return stream.getvalue()


def test_points_are_lost_or_gained_against_the_trained_resolution() -> None:
    worse = Row(64, 0.5, drop=0.46, files={"int8": File(replace(INT8, accuracy=0.519), drop=0.439)}, cpu="one")
    better = Row(128, 0.97, drop=-0.01, files={"int8": File(replace(INT8, accuracy=0.968), drop=-0.01)}, cpu="one")
    lines = [line.split() for line in printed(resolutions(worse, better)).splitlines()]
    assert ["64", "px", "0.286", "51.9", "%", "−43.9", "250.0", "KiB", "–", "7.49", "M", "0.30", "ms"] in lines
    assert ["96", "px", "*", "0.429", "95.8", "%", "250.0", "KiB", "83.0", "KiB", "7.49", "M", "0.30", "ms"] in lines
    assert ["128", "px", "0.571", "96.8", "%", "+1.0", "250.0", "KiB", "–", "7.49", "M", "0.30", "ms"] in lines


def test_what_helps_is_a_command_for_the_worst_resolution() -> None:
    shown = printed(resolutions(Row(64, 0.5, drop=0.46), Row(128, 0.9, drop=0.06)))
    assert (
        "builder build --config exports/pets-0123456789/config.yaml --resolution 64 --init exports/pets-0123456789/model.keras"
        in shown
    )


def test_what_failed_or_is_not_as_predicted_is_said() -> None:
    broken = replace(INT8, file="resolutions/64/int8.tflite", checks=(Check("runs", "failed", "it does not"),))
    row = Row(64, 0.5, files={"int8": File(broken, Predicted(255_999, None, 1))}, cpu="another")
    shown = printed(resolutions(row))
    assert "FAILED: resolutions/64/int8.tflite" in shown
    assert "Differs: resolutions/64/int8.tflite: its size is 256,000 bytes, 255,999 were predicted." in shown
    assert "latencies are of different machines" in shown


def test_a_row_without_the_shown_file_has_dashes() -> None:
    assert ["64", "px", "0.286", "–", "–", "–", "–", "–", "–"] in [
        line.split() for line in printed(resolutions(Row(64, 0.5))).splitlines()
    ]
