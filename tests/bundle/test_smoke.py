"""A bundle is tried from its own bytes: what is wrong with it shows before anybody downloads it."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builder.bundle import archive
from builder.bundle import smoke as trying
from builder.bundle.contents import Contents, contents
from builder.bundle.shown import clearest
from builder.bundle.smoke import smoke
from builder.outcomes import Answers, Outcomes
from builder.report import Check
from builder.runs import Run
from builder.verify import micro


def tried(run: Run, tmp_path: Path, change: Callable[[str, bytes], bytes] = lambda _, content: content) -> dict[str, Check]:
    """The checks of a bundle, some file of which was changed after it was written."""
    made = contents(run, None)
    path = tmp_path / "tried.zip"
    archive.write(path, made.entries, lambda _: ())
    if change is not None:
        rewrite(path, made, change)
    return {check.name: check for check in smoke(path, made)}


def rewrite(path: Path, made: Contents, change: Callable[[str, bytes], bytes]) -> None:
    """Changes files inside a zip; their checksums are right again."""
    with zipfile.ZipFile(path) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in held.items():
            packed.writestr(name, change(name.removeprefix(f"{made.root}/"), content))


def test_a_sound_bundle_passes_every_check(run: Run, tmp_path: Path) -> None:
    found = tried(run, tmp_path)
    models = {path.name for path in run.folder.glob("*.tflite")}
    assert found.keys() == {"zip", "labels.txt", "microcontroller/model_data.cc", "microcontroller/", *models}
    states = {name: check.state for name, check in found.items() if name != "microcontroller/"}
    assert set(states.values()) == {"passed"}
    assert re.fullmatch(r'names test photo \d+ "\d", as the build found', found["int8.tflite"].reason)


@pytest.mark.skipif(not micro.is_installed(), reason="tflite-micro is not installed")
def test_tflite_micro_runs_inside_the_arena_that_is_reserved(run: Run, tmp_path: Path) -> None:
    check = tried(run, tmp_path)["microcontroller/"]
    assert check.state == "passed"
    taken, reserved = (int(figure.replace(",", "")) for figure in re.findall(r"[\d,]{4,}", check.reason))
    assert 0.5 * reserved < taken <= reserved


@pytest.mark.skipif(not micro.is_installed(), reason="tflite-micro is not installed")
def test_an_arena_that_is_too_small_is_found(run: Run, tmp_path: Path) -> None:
    made = contents(run, None)
    assert made.arena is not None
    path = tmp_path / "tried.zip"
    archive.write(path, made.entries, lambda _: ())
    small = replace(made, arena=replace(made.arena, bytes=1024))
    assert {check.name: check.state for check in smoke(path, small)}["microcontroller/"] == "failed"


def test_another_model_in_the_zip_is_found(run: Run, tmp_path: Path) -> None:
    other = (run.folder / "dynamic.tflite").read_bytes()
    found = tried(run, tmp_path, lambda name, content: other if name == "int8.tflite" else content)
    assert found["int8.tflite"] == Check("int8.tflite", "failed", "it is another file than was verified")


def test_another_byte_in_the_array_is_found(run: Run, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"0x00,", b"0x01,", 1) if name.endswith("model_data.cc") else content

    assert tried(run, tmp_path, change)["microcontroller/model_data.cc"].state == "failed"


def test_other_class_names_are_found(run: Run, tmp_path: Path) -> None:
    found = tried(run, tmp_path, lambda name, content: b"1\n" + content if name == "labels.txt" else content)
    assert found["labels.txt"].state == "failed"


def test_a_damaged_zip_is_found(run: Run, tmp_path: Path) -> None:
    made = contents(run, None)
    path = tmp_path / "tried.zip"
    archive.write(path, made.entries, lambda _: ())
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(content)
    assert [check.state for check in smoke(path, made)] == ["failed"]


def test_another_label_than_the_build_found_is_found(run: Run, tmp_path: Path) -> None:
    path = run.folder / "outcomes.json"
    values = json.loads(path.read_text())
    said = values["variants"]["int8"]
    said["labels"] = [(label + 1) % 10 for label in said["labels"]]
    path.write_text(json.dumps(values))
    check = tried(run, tmp_path)["int8.tflite"]
    assert check.state == "failed"
    assert re.fullmatch(r'it names test photo \d+ "\d", and the build found "\d"', check.reason)


@pytest.mark.parametrize("gone", ["outcomes.json", "photos"])
def test_without_a_kept_photo_noise_is_shown_to_both(run: Run, tmp_path: Path, gone: str) -> None:
    if (run.folder / gone).is_dir():
        shutil.rmtree(run.folder / gone)
    else:
        (run.folder / gone).unlink()
    check = tried(run, tmp_path)["float16.tflite"]
    assert check == Check("float16.tflite", "passed", "gives the scores of the file in the build's folder on an image of noise")


def test_the_clearest_photo_is_one_that_all_name_rightly() -> None:
    first, second = Answers((0, 1, 1), (0.9, 0.8, 0.99)), Answers((0, 1, 1), (0.6, 0.7, 0.99))
    outcomes = Outcomes(("a", "b"), ("0", "1", "2"), (0, 1, 0), first, {"int8": first, "float32": second})
    assert clearest(outcomes, (0, 1, 2)) == 1
    assert clearest(outcomes, (0, 2)) == 0
    assert clearest(outcomes, ()) is None


def test_a_doubtful_label_may_change_on_another_processor(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = run.folder / "outcomes.json"
    values = json.loads(path.read_text())
    said = values["variants"]["int8"]
    said["labels"] = [(label + 1) % 10 for label in said["labels"]]
    path.write_text(json.dumps(values))
    monkeypatch.setattr(trying, "CLEAR", 1.0)
    check = tried(run, tmp_path)["int8.tflite"]
    assert check.state == "passed"
    assert re.fullmatch(r"gives the scores of the file in the build's folder on test photo \d+", check.reason)
