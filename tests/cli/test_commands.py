"""The command line: exit codes, messages, and JSON that is alone on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.__main__ import run
from builder.config import BuildConfig


def test_plan_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--alpha", "0.25", "--resolution", "96", "--classes", "2", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["multiply_adds"], values["parameters"], values["classes"]) == (7_489_664, 210_850, 2)


def test_plan_takes_rho_in_place_of_the_resolution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--rho", "0.5714", "--classes", "10", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resolution"] == 128


def test_plan_counts_the_classes_of_the_photos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    for name in ("ash", "beech", "oak"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("RGB", (40, 40), (number, 50, 90)).save(tmp_path / name / f"{number}.png")
    assert run(["plan", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == 3


def test_plan_without_json_shows_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--classes", "2"]) == 0
    assert "mult-adds" in capsys.readouterr().out.lower()


def test_options_win_over_the_yaml_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("alpha: 0.5\nresolution: 160\nclasses: 4\n")
    assert run(["plan", "--config", str(path), "--rho", "0.5", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["alpha"], values["resolution"], values["classes"]) == (0.5, 112, 4)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["plan", "--alpha", "0", "--classes", "2"], "alpha"),
        (["plan", "--alpha", "nan", "--classes", "2"], "alpha"),
        (["plan", "--alpha", "-1", "--classes", "2"], "alpha"),
        (["plan", "--alpha", "7", "--classes", "2"], "alpha"),
        (["plan", "--resolution", "31", "--classes", "2"], "resolution"),
        (["plan", "--resolution", "100000", "--classes", "2"], "resolution"),
        (["plan", "--rho", "0.5", "--resolution", "96", "--classes", "2"], "rho"),
        (["plan", "--classes", "1"], "classes"),
        (["plan", "--config", "absent.yaml"], "absent.yaml"),
        (["plan", "--data", "absent-folder"], "absent-folder"),
        (["plan", "--alfa", "1"], "--alfa"),
        (["plan", "--alpha", "wide"], "--alpha"),
        (["build", "--epochs", "-1"], "epochs"),
        (["build", "--variant", "int4"], "int4"),
        (["build", "--init", "absent.keras"], "absent.keras"),
        (["inspect", "absent.tflite"], "absent.tflite"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_named_with_exit_code_2_and_no_traceback(
    arguments: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert named in printed.err
    assert "Traceback" not in printed.err


def test_exports_that_cannot_be_written_stop_the_build_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    assert run(["build", "--exports", str(tmp_path / "file")]) == 2
    assert "--exports" in capsys.readouterr().err


def test_config_prints_yaml_that_it_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config"]) == 0
    assert BuildConfig.from_yaml(capsys.readouterr().out) == BuildConfig()


@pytest.mark.parametrize("command", ["plan", "build", "predict", "inspect", "evaluate", "cache", "doctor", "config"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_a_defect_is_one_line_without_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("builder.planner.plan", broken)
    monkeypatch.delenv("BUILDER_TRACEBACK", raising=False)
    assert run(["plan", "--classes", "2"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_without_a_command_there_is_help_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) in (0, 2)
    shown = capsys.readouterr()
    assert "Usage" in shown.out + shown.err
    assert "Error" not in shown.err


def test_a_suggestion_keeps_its_question_mark(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plam"]) == 2
    assert "?." not in capsys.readouterr().err


def test_a_default_is_shown_the_same_way_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    run(["build", "--help"])
    text = capsys.readouterr().out
    assert "[default: 0.25]" in text
    assert "[default: (" not in text


def test_a_wrong_variant_names_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "--variant", "int8micro"]) == 2
    assert "variants (--variant) = 'int8micro'" in " ".join(capsys.readouterr().err.split())
