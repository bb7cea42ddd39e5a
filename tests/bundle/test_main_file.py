"""The technique that was chosen is what apps, firmware and NPU get, and a bundle says which file is the main one and why."""

from __future__ import annotations

import re

import pytest

from builder import devices
from builder.bundle import bundle, c_source, ethos_u
from builder.bundle.build_files import build_files
from builder.bundle.contents import contents
from builder.errors import MissingTool
from builder.gate import Verdict
from builder.runs import Run
from tests.bundle.builds import changed_report, gated, read, shelved, tried


def texts(run: Run) -> dict[str, str]:
    """Every text that a bundle writes itself, by its name."""
    found = contents(run, None)
    written = [entry for entry in found.entries if entry.name.endswith((".md", ".kt", ".swift", ".h", ".cc", ".ino"))]
    return {entry.name.removeprefix(f"{found.root}/"): b"".join(entry.blocks()).decode() for entry in written}


def chosen_qat(run: Run) -> None:
    """A build whose int8 file failed the gate, and for which qat was chosen."""
    gated(run, passed=False)
    shelved(run, tried(run, "qat", "int8", "int8_micro"), chosen="qat")


def test_the_chosen_technique_is_what_apps_and_firmware_get(run: Run) -> None:
    chosen_qat(run)
    made = bundle(run)
    for name in ("android/MediaPipeClassifier.kt", "android/LiteRtClassifier.kt", "ios/LiteRtClassifier.swift"):
        text = read(made.path, name).decode()
        assert "qat" in text
        assert "int8.tflite" not in text
    array = read(made.path, "microcontroller/model_data.cc").decode()
    assert c_source.read_back(array.splitlines()) == (run.folder / "compressed" / "qat_micro.tflite").read_bytes()
    assert "Copy `compressed/qat.tflite`" in read(made.path, "README.md").decode()
    assert made.notes == ()
    states = {check.name: check.state for check in made.checks}
    assert states["microcontroller/model_data.cc"] == states["compressed/qat.tflite"] == "passed"
    assert states["microcontroller/"] in ("passed", "skipped")


def test_the_arena_that_was_measured_is_that_of_the_chosen_file(run: Run) -> None:
    own = build_files(run).report.measured.variants["int8_micro"].arena_bytes
    chosen_qat(run)
    assert own != 40_000
    settings = texts(run)["microcontroller/model_settings.h"]
    assert "what code around qat_micro.tflite must know" in settings
    assert "// 40000 bytes were measured" in settings


def test_an_ethos_u_gets_the_chosen_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def compile_for(path: object, _: object) -> None:
        asked.append(path)
        raise MissingTool("not here.")

    chosen_qat(run)
    monkeypatch.setattr(ethos_u, "compile_for", compile_for)
    contents(run, devices.find("Alif Ensemble E7 DK"))
    assert asked == [run.folder / "compressed" / "qat_micro.tflite"]


def test_without_a_file_for_microcontrollers_firmware_takes_the_builds(run: Run) -> None:
    shelved(run, tried(run, "qat", "int8"), chosen="qat")
    found = texts(run)
    array = found["microcontroller/model_data.cc"]
    assert c_source.read_back(array.splitlines()) == (run.folder / "int8_micro.tflite").read_bytes()
    assert "compressed/qat.tflite" in found["README.md"]
    assert "Firmware takes int8_micro.tflite: qat, which was chosen, has no file for microcontrollers." in found["README.md"]


def test_apps_take_the_builds_where_no_snippet_feeds_the_chosen_one(run: Run) -> None:
    shelved(run, tried(run, "qat", "int8_micro"), chosen="qat")
    found = texts(run)
    assert '"int8.tflite"' in found["android/LiteRtClassifier.kt"]
    assert "Apps take int8.tflite: qat was chosen, and no snippet can use compressed/qat_micro.tflite." in found["README.md"]


@pytest.mark.parametrize("name", ["qat.tflite", "qat_micro.tflite"])
def test_a_chosen_technique_that_is_not_whole_is_not_taken(run: Run, name: str) -> None:
    chosen_qat(run)
    with (run.folder / "compressed" / name).open("ab") as file:
        file.write(b"x")
    found = texts(run)
    assert '"int8.tflite"' in found["android/LiteRtClassifier.kt"]
    assert "int8_micro.tflite as bytes" in found["microcontroller/model_data.h"]
    assert "qat was chosen, but not all of its files are there" in found["README.md"]


@pytest.mark.parametrize("name", ["README.md", "MODEL_CARD.md"])
def test_it_is_said_why_the_chosen_file_is_the_main_one(run: Run, name: str) -> None:
    chosen_qat(run)
    text = texts(run)[name]
    assert (
        "The main file is compressed/qat.tflite; qat: the smallest file that passes the gate: at most 1 point lost, 5 in a class, "
        "judged on 196 validation photos." in text
    )
    assert "**compressed/qat.tflite names 75.0 % of" in text
    assert "Gate: int8 does not pass, judged on 196 validation photos: it loses 4 points" in text


@pytest.mark.parametrize("name", ["README.md", "MODEL_CARD.md"])
def test_a_gate_that_the_file_does_not_pass_is_said(run: Run, name: str) -> None:
    gated(run, passed=False)
    shelved(run, tried(run, "qat", "int8"), shortfall='No file passes. "qat" comes closest: it loses 2 points.')
    text = texts(run)[name]
    assert "The main file is int8.tflite; the gate says: int8 does not pass, judged on 196 validation photos" in text
    assert 'No file passes. "qat" comes closest: it loses 2 points.' in text


def test_a_gate_that_the_file_passes_is_said(run: Run) -> None:
    gated(run, passed=True)
    assert "The main file is int8.tflite; the gate says: int8 passes: at most 1 point lost" in texts(run)["README.md"]


def test_that_no_gate_was_asked_is_said(run: Run) -> None:
    changed_report(run, lambda values: values.update(gate=None))
    assert "The main file is int8.tflite; no gate judged it." in texts(run)["README.md"]


def test_the_card_lists_the_techniques_whose_files_are_there(run: Run) -> None:
    refused = Verdict(False, ("it loses | 4 points\n| x | <b>",), 0.04, "3", 0.1, 196, accuracy_failed=True)
    rows = [tried(run, "qat", "int8"), tried(run, "pruned", "int8", verdict=refused), tried(run, "gone", "int8")]
    shelved(run, *rows, chosen="qat")
    (run.folder / "compressed" / "gone.tflite").unlink()
    table = texts(run)["MODEL_CARD.md"].partition("## Compressed files")[2].partition("## Classes")[0]
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line.startswith("|")]
    assert {len(cells) for cells in lines} == {6}
    assert [cells[0].strip() for cells in lines[2:]] == ["qat (chosen)", "pruned"]
    assert [cells[2].strip() for cells in lines[2:]] == ["75.0 %"] * 2
    assert lines[2][5].strip() == "passed"
    assert lines[3][5].strip().startswith("it loses \\| 4 points")
    assert "## Compressed files\n\n" in texts(run)["MODEL_CARD.md"]
