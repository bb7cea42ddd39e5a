"""Bundles of finished builds: whole, the same each time, kept only when they are sound; the build is left as it was."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from builder import devices
from builder.bundle import archive, bundle, ethos_u, making
from builder.bundle.contents import contents
from builder.errors import InvalidInput, MissingTool, ModelFileError, StorageError
from builder.npu import compiling
from builder.report import Check
from builder.runs import FORMAT, Run
from tests.bundle.builds import HOSTILE, changed_report, names, read, renamed, shelved, tried, without
from tests.ui import folders

NPU_BOARD = "Alif Ensemble E7 DK"


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def aimed(run: Run, device: str) -> None:
    """A build that was made for a device."""
    run.aim({"device": device})


def test_it_holds_everything_for_each_platform(run: Run) -> None:
    made = bundle(run)
    held = names(made.path)
    assert {path.name for path in run.folder.glob("*.tflite")} <= held
    assert {"README.md", "MODEL_CARD.md", "labels.txt", "report.html", "report.json", "config.yaml"} <= held
    assert {"android/MediaPipeClassifier.kt", "ios/LiteRtClassifier.swift", "microcontroller/microcontroller.ino"} <= held
    assert made.notes == ()
    assert {check.state for check in made.checks} <= {"passed", "skipped"}


def test_nothing_else_of_the_build_is_touched(run: Run) -> None:
    before = state(run.folder)
    made = bundle(run)
    assert made.path == run.folder / f"{run.folder.name}.zip"
    after = state(run.folder)
    assert after.pop(made.path.name)
    assert after == before


def test_the_same_build_is_the_same_bytes(run: Run, tmp_path: Path) -> None:
    first = bundle(run, output=tmp_path / "first.zip").path.read_bytes()
    for path in run.folder.iterdir():
        os.utime(path, (1, 1))
    assert bundle(run, output=tmp_path / "second.zip").path.read_bytes() == first


def test_it_is_written_once_and_tried_each_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bundle(run)
    monkeypatch.setattr(archive, "write", lambda *_: pytest.fail("it was written again"))
    assert bundle(run).checks == first.checks


def test_the_app_takes_the_one_that_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bundle(run).path
    monkeypatch.setattr(making, "smoke", lambda *_: pytest.fail("it was tried again"))
    assert making.packed(run) == path


def test_a_bundle_that_fails_is_not_kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "smoke", lambda *_: (Check("int8.tflite", "failed", "it names a cat a dog"),))
    (tmp_path / "old.zip").write_bytes(b"old")
    for output in (None, tmp_path / "new.zip", tmp_path / "old.zip"):
        with pytest.raises(ModelFileError, match=r"was not kept: int8\.tflite: it names a cat a dog"):
            bundle(run, output=output)
    assert list(run.folder.glob("*.zip")) == []
    assert [path.name for path in tmp_path.glob("*.zip")] == ["old.zip"]
    assert (tmp_path / "old.zip").read_bytes() == b"old"


def test_one_that_fails_later_is_removed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bundle(run).path
    monkeypatch.setattr(making, "smoke", lambda *_: (Check("zip", "failed", "no"),))
    with pytest.raises(ModelFileError, match="was not kept"):
        bundle(run)
    assert not path.exists()


def test_the_device_of_the_build_is_the_default(run: Run) -> None:
    aimed(run, "ESP32-S3")
    made = bundle(run)
    assert made.device == devices.find("ESP32-S3").name
    assert devices.find("ESP32-S3").name in read(made.path, "microcontroller/model_settings.h").decode()


def test_another_device_is_another_file_with_another_arena(run: Run) -> None:
    usual, other = bundle(run), bundle(run, devices.find("ESP32-S3"))
    assert other.path.parent == usual.path.parent
    assert other.path != usual.path
    assert usual.arena_bytes is not None
    assert other.arena_bytes is not None
    assert other.arena_bytes > usual.arena_bytes


def test_a_device_that_is_gone_is_noted(run: Run) -> None:
    aimed(run, "Board of yesteryear")
    made = bundle(run)
    assert any("Board of yesteryear, which is no known device any more" in note for note in made.notes)
    assert bundle(run, devices.find("ESP32-S3")).notes == ()


def test_a_phone_gets_the_arena_of_a_typical_microcontroller(run: Run) -> None:
    made = bundle(run, devices.find("Google Pixel 6"))
    assert any("runs LiteRT, not TFLite Micro" in note for note in made.notes)


def test_a_build_for_one_platform_says_what_is_missing(run: Run) -> None:
    without(run, "int8", "float32", "float16", "dynamic")
    made = bundle(run)
    assert not any(name.startswith(("android/", "ios/")) for name in names(made.path))
    assert "android/ and ios/ are left out" in read(made.path, "README.md").decode()


def test_hostile_names_go_through_whole(run: Run) -> None:
    renamed(run, HOSTILE, title=HOSTILE[1], author=HOSTILE[0], license=HOSTILE[7])
    made = bundle(run)
    assert {check.state for check in made.checks} <= {"passed", "skipped"}
    readme = read(made.path, "README.md").decode()
    assert readme.startswith("# \\*/ int main() { } /\\*".replace("{", "\\{").replace("}", "\\}"))


@pytest.mark.parametrize("name", ["../../evil", "a b\n", ".", "x" * 200])
def test_the_folder_inside_has_a_name_that_every_system_takes(run: Run, name: str) -> None:
    from builder.bundle.contents import root_of

    root = root_of(Run(run.folder.parent / name))
    assert root
    assert "/" not in root
    assert not root.startswith(".")
    assert len(root) <= 100


@pytest.mark.skipif(not compiling.is_installed(), reason="ethos-u-vela is not installed")
def test_an_ethos_u_gets_the_compiled_file_and_its_operator(run: Run) -> None:
    made = bundle(run, devices.find(NPU_BOARD))
    assert "ethos-u/int8_micro_vela.tflite" in names(made.path)
    assert "AddEthosU" in read(made.path, "ethos-u/model_ops.h").decode()
    figures = json.loads(read(made.path, "ethos-u/vela.json"))
    assert figures["file"] == "int8_micro.tflite"
    assert figures["compiled_bytes"] == len(read(made.path, "ethos-u/int8_micro_vela.tflite"))
    assert next(check for check in made.checks if check.name == "ethos-u/model_data.cc").state == "passed"


def test_a_missing_compiler_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise MissingTool("Arm's compiler Vela is not installed.")

    monkeypatch.setattr(ethos_u, "compile_for", missing)
    made = bundle(run, devices.find(NPU_BOARD))
    assert not any(name.startswith("ethos-u/") for name in names(made.path))
    assert "ethos-u/ is left out: Arm's compiler Vela is not installed." in read(made.path, "README.md").decode()


def test_files_of_further_techniques_come_along(run: Run) -> None:
    rows = [tried(run, technique, "int8") for technique in ("pruned", "changed", "gone")]
    shelved(run, *rows)
    (run.folder / "compressed" / "changed.tflite").write_bytes(b"other")
    (run.folder / "compressed" / "gone.tflite").unlink()
    made = bundle(run)
    assert {name for name in names(made.path) if name.startswith("compressed/")} == {
        "compressed/pruned.tflite",
        "compressed/matrix.json",
    }
    assert [note for note in made.notes if "changed.tflite is left out" in note]
    assert next(check for check in made.checks if check.name == "compressed/pruned.tflite").state == "passed"


@pytest.mark.parametrize("name", ["../int8.tflite", "../report.json", "matrix.md"])
def test_a_matrix_leads_nowhere_else(run: Run, name: str) -> None:
    shelved(run)
    path = run.folder / "compressed" / "matrix.json"
    path.with_name("matrix.md").touch()
    digest = hashlib.sha256((path.parent / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": {name: digest}}))
    assert not any(entry.name.partition("/")[2].startswith("compressed/") for entry in contents(run, None).entries)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}'])
def test_a_damaged_matrix_is_a_note(run: Run, text: str) -> None:
    (run.folder / "compressed").mkdir()
    (run.folder / "compressed" / "matrix.json").write_text(text)
    found = contents(run, None)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("compressed/ is left out: compressed/matrix.json is damaged: ")
    assert {entry.name for entry in found.entries} >= {f"{found.root}/android/LiteRtClassifier.kt"}


@pytest.mark.parametrize("about", [{"format": FORMAT - 1}, {"format": FORMAT + 1}, {}])
def test_a_folder_of_another_version_is_refused_before_anything_is_written(run: Run, about: dict[str, int]) -> None:
    (run.folder / "build.json").write_text(json.dumps(about))
    before = state(run.folder)
    with pytest.raises(InvalidInput, match=r"another version of the builder.*builder build --config .*/config\.yaml"):
        bundle(run)
    assert state(run.folder) == before


def test_a_build_that_is_not_done_has_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no report"):
        bundle(folders.failed(tmp_path))


@pytest.mark.parametrize("name", ["int8.tflite", "labels.txt", "config.yaml", "report.html"])
def test_a_missing_file_is_named(run: Run, name: str) -> None:
    (run.folder / name).unlink()
    with pytest.raises(InvalidInput, match=f"{name} is missing"):
        bundle(run)


def test_a_changed_model_is_named(run: Run) -> None:
    with (run.folder / "int8_micro.tflite").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelFileError, match=r"int8_micro\.tflite is no longer the file that was verified"):
        bundle(run)


def test_other_class_names_are_refused(run: Run) -> None:
    (run.folder / "labels.txt").write_text("a\nb\n")
    with pytest.raises(ModelFileError, match=r"labels\.txt: it names other classes than the report"):
        bundle(run)


@pytest.mark.parametrize("name", ['x";system("rm");".tflite', "../int8.tflite", "int8.tflite\n"])
def test_a_report_that_names_odd_files_is_refused(run: Run, name: str) -> None:
    if "/" not in name:
        (run.folder / name).write_bytes((run.folder / "int8.tflite").read_bytes())
    changed_report(run, lambda values: values["measured"]["variants"]["int8"].update(file=name))
    with pytest.raises(InvalidInput):
        bundle(run)


def test_places_that_cannot_be_used_are_refused_at_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "contents", lambda *_: pytest.fail("it began to work"))
    for output, match in (
        (tmp_path, "is a folder"),
        (tmp_path / "absent" / "x.zip", "there is no folder"),
        (run.folder / "int8.tflite", "lies in the build's folder"),
        (Path("/dev/null"), "is no plain file"),
    ):
        with pytest.raises(InvalidInput, match=match):
            bundle(run, output=output)


def test_a_full_disk_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match=r"x\.zip cannot be written \(No space left on device\)"):
        bundle(run, output=tmp_path / "x.zip")
    assert not list(tmp_path.glob("*.zip*"))
    assert not list(tmp_path.glob(".*"))


def test_models_lie_in_the_zip_as_they_are(run: Run) -> None:
    with zipfile.ZipFile(bundle(run).path) as packed:
        models = [info for info in packed.infolist() if info.filename.endswith(".tflite")]
    assert len(models) == 5
    assert all(info.compress_type == zipfile.ZIP_STORED for info in models)
