"""The closing words of a build."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from builder.console import print_summary
from builder.console.summary import checks_text
from builder.report import BuildReport, Check
from builder.report.findings import interval95
from tests.report.samples import HOSTILE, hostile_names, sample, variants

FOLDER = Path("exports/hands-a0.25-r128-3f9a1c07de")


def shown(report: BuildReport, folder: Path = FOLDER) -> str:
    stream = io.StringIO()
    print_summary(report, folder, file=stream)
    return stream.getvalue()


def test_it_says_where_the_file_is_and_how_good_it_is() -> None:
    text = shown(sample())
    assert "int8.tflite names 99.0 % of 410 test photos right, in 250.4 KiB." in text
    assert "File    exports/hands-a0.25-r128-3f9a1c07de/int8.tflite\n" in text
    assert "Report  exports/hands-a0.25-r128-3f9a1c07de/report.html\n" in text


def test_each_file_has_a_row() -> None:
    lines = [line for line in shown(sample()).splitlines() if ".tflite " in line and "KiB " in line]
    rows = {line.split()[0]: " ".join(line.split()) for line in lines}
    assert rows["int8_micro.tflite"] == "int8_micro.tflite 250.1 KiB 99.0 % −0.2 157.2 KiB 1.04 ms 4 passed"
    assert len(rows) == 5


def test_the_next_command_survives_a_folder_with_a_space() -> None:
    assert "builder predict 'my exports/hands/int8.tflite' PHOTO.jpg" in shown(sample(), Path("my exports/hands"))


def test_where_the_shell_does_not_find_the_builder_the_next_command_is_as_it_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [".venv/bin/builder", "build"])
    assert "  .venv/bin/builder predict exports/" in shown(sample())


def test_a_failed_check_is_loud_and_a_skipped_one_has_its_reason() -> None:
    made = variants()
    made["int8_micro"] = replace(made["int8_micro"], checks=(Check("micro", "failed", "3 photos differ"),))
    text = shown(sample(measures=made))
    assert "FAILED: int8_micro: TFLite Micro computes the same: 3 photos differ" in text
    assert "1 failed" in text
    assert "Not checked: int8: MediaPipe loads it and names a photo rightly: libEGL.so.1 is not installed" in text


def test_the_same_skip_is_told_once_for_all_its_files() -> None:
    skip = Check("mediapipe", "skipped", "it is not installed")
    made = {name: replace(each, checks=(skip,)) for name, each in variants().items() if name in ("float32", "int8")}
    assert shown(sample(measures=made)).count("it is not installed") == 1
    assert "Not checked: float32, int8: MediaPipe" in shown(sample(measures=made))


def test_warnings_and_doubts_are_shown() -> None:
    text = shown(sample(epochs=0, warnings=("A class has 7 photos.",)))
    assert "Warning: A class has 7 photos." in text
    assert "Nothing was trained" in text


def test_nothing_exported_has_no_command_to_try() -> None:
    text = shown(sample(measures={}))
    assert "No file was exported" in text
    assert "builder predict" not in text


@pytest.mark.parametrize("title", HOSTILE)
def test_no_name_steers_the_terminal(title: str) -> None:
    report = sample(hostile_names(10), warnings=HOSTILE)
    text = shown(replace(report, build=replace(report.build, title=title)))
    assert [char for char in text if not char.isprintable() and char not in "\n\u200d"] == []


def test_a_terminal_without_unicode_gets_question_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_summary(sample(), FOLDER, file=stream)
    stream.flush()
    assert b"?0.2" in raw.getvalue()


def test_it_says_how_sure_the_accuracy_is_and_what_points_are() -> None:
    text = shown(sample())
    low, high = interval95(0.9902, 410) or (0, 0)
    assert f"95 % sure: {low:.1%} to {high:.1%}".replace("%", " %").replace("95  %", "95 %") in text
    assert "points: of accuracy" in text


def test_checks_that_passed_are_counted_beside_those_that_were_skipped() -> None:
    made = variants()["int8"]
    checks = (Check("runs", "passed"), Check("metadata", "passed"), Check("mediapipe", "skipped", "no"))
    assert checks_text(replace(made, checks=checks)).plain == "2 passed, 1 skipped"
