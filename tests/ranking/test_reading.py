"""A build's folder as rows: whose figures they are, and which file stands for the build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.matrix import Matrix
from builder.ranking.model import Entry
from builder.ranking.reading import read_build
from builder.report import read_report
from builder.report.model import Check
from builder.resolutions import File, Resolutions, Row, write_resolutions
from tests.matrix import samples as shelves
from tests.ranking.samples import CREATED, build, describe, report
from tests.report.samples import variants

if TYPE_CHECKING:
    from builder.start import FinishedBuild


def rows(folder: Path) -> dict[str, Entry]:
    shelf = read_build(folder)
    assert not shelf.problems
    return shelf.rows


def listed(folder: Path) -> str:
    (file,) = [entry.file for entry in rows(folder).values() if entry.listed]
    return file


def shelf(chosen: str | None) -> Matrix:
    return replace(shelves.sample(techniques=("float32", "int8", "int16", "qat")), chosen=chosen)


def test_a_file_of_the_report_has_its_figures(tmp_path: Path) -> None:
    folder = build(tmp_path, 7, alpha=0.5, resolution=96, seed=3, accuracy=0.98, flash_bytes=123_456)
    made = read_report(folder)
    entry = rows(folder)["int8.tflite"]
    assert (entry.title, entry.id, entry.created, entry.folder) == ("Hands 7", "0000000007", CREATED + 7, folder.name)
    assert (entry.alpha, entry.resolution, entry.rho, entry.seed, entry.epochs) == (0.5, 96, 96 / 224, 3, 6)
    assert (entry.variant, entry.technique, entry.accuracy, entry.flash_bytes) == ("int8", "int8", 0.98, 123_456)
    assert (entry.data, entry.dataset, entry.split, entry.test_photos) == ("photos/hands", "9c" * 32, "", 410)
    measured = made.measured.variants["int8"]
    assert (entry.latency_ms, entry.multiply_adds, entry.parameters) == (
        measured.latency_ms, measured.multiply_adds, measured.parameters,
    )  # fmt: skip
    assert rows(folder)["int8_micro.tflite"].arena_bytes == 160_992
    assert set(rows(folder)) == {f"{name}.tflite" for name in ("float32", "float16", "dynamic", "int8", "int8_micro")}


def test_accuracy_on_validation_photos_is_the_networks_less_what_the_gate_saw_lost(tmp_path: Path) -> None:
    found = rows(build(tmp_path, 1))
    assert found["int8.tflite"].val_accuracy == (198 - 1) / 200  # 0.99 less 0.005, of 200 photos
    assert found["float32.tflite"].val_accuracy is None


def test_a_build_that_no_gate_judged_has_none(tmp_path: Path) -> None:
    assert rows(build(tmp_path, 1, replace(report(), gate=None)))["int8.tflite"].val_accuracy is None


def test_the_file_that_the_report_shows_first_is_listed(tmp_path: Path) -> None:
    assert listed(build(tmp_path, 1)) == "int8.tflite"


def test_the_targets_file_is_listed(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    describe(folder, target={"variant": "int8_micro"})
    assert listed(folder) == "int8_micro.tflite"


def test_the_file_that_the_gate_chose_is_listed(tmp_path: Path) -> None:
    assert listed(build(tmp_path, 1, matrix=shelf("qat"))) == "compressed/qat.tflite"


def test_firmware_lists_the_chosen_techniques_file_for_microcontrollers(tmp_path: Path) -> None:
    folder = build(tmp_path, 1, matrix=shelf("qat"))
    describe(folder, target={"variant": "int8_micro"})
    assert listed(folder) == "compressed/qat_micro.tflite"


def test_firmware_keeps_its_own_file_where_the_chosen_technique_has_none(tmp_path: Path) -> None:
    folder = build(tmp_path, 1, matrix=shelf("int16"))
    describe(folder, target={"variant": "int8_micro"})
    assert listed(folder) == "int8_micro.tflite"


def test_where_none_was_chosen_the_builds_own_file_is_listed(tmp_path: Path) -> None:
    assert listed(build(tmp_path, 1, matrix=shelf(None))) == "int8.tflite"


def test_files_of_the_shelf_are_rows(tmp_path: Path) -> None:
    found = rows(build(tmp_path, 1, matrix=shelf("qat")))
    first, micro, wide = (found[f"compressed/{name}.tflite"] for name in ("qat", "qat_micro", "int16"))
    assert [(entry.technique, entry.variant) for entry in (first, micro, wide)] == [
        ("qat", "int8"), ("qat", "int8_micro"), ("int16", "int16"),
    ]  # fmt: skip
    assert (first.accuracy, first.val_accuracy, micro.val_accuracy) == (0.9927, 0.9927, None)
    assert (first.flash_bytes, first.gzip_bytes) == (round(250.5 * 1024), round(221.4 * 1024))
    assert micro.arena_bytes == 160_992


def test_the_shelf_adds_what_it_knows_of_the_builds_own_files(tmp_path: Path) -> None:
    entry = rows(build(tmp_path, 1, matrix=shelf("qat")))["float32.tflite"]
    assert (entry.gzip_bytes, entry.val_accuracy) == (round(806.2 * 1024), 0.9927)
    assert entry.flash_bytes == 893_612  # the report's


def test_other_resolutions_are_rows_with_their_own_size_of_photo(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    own = Row.own(read_report(folder))
    measure = replace(variants()["int8"], file="resolutions/96/int8.tflite", accuracy=0.9, multiply_adds=7_654_321)
    (folder / "resolutions").mkdir()
    made = Resolutions("0000000001", "Hands", 128, 410, "ab" * 32, (Row(96, 0.91, files={"int8": File(measure)}), own))
    write_resolutions(folder, made)
    entry = rows(folder)["resolutions/96/int8.tflite"]
    assert (entry.resolution, entry.accuracy, entry.multiply_adds, entry.listed) == (96, 0.9, 7_654_321, False)
    assert rows(folder)["int8.tflite"].resolution == 128


def test_another_split_and_other_test_photos_are_told(tmp_path: Path) -> None:
    made = report(split_seed=4)
    apart = replace(made, dataset=replace(made.dataset, test_data="photos/others"))
    assert rows(build(tmp_path, 1, made))["int8.tflite"].split == "split seed 4"
    assert rows(build(tmp_path, 2, apart))["int8.tflite"].split == "split seed 4, tested on photos/others"


def test_a_file_that_failed_a_check_is_not_sound(tmp_path: Path) -> None:
    made = variants()
    made["int8"] = replace(made["int8"], checks=(Check("runs", "failed", "it crashed"),))
    found = rows(build(tmp_path, 1, report(measures=made)))
    assert not found["int8.tflite"].sound
    assert found["dynamic.tflite"].sound


@pytest.mark.parametrize("name", ["compressed/matrix.json", "resolutions/resolutions.json"])
def test_a_damaged_addition_is_told_and_the_report_stays(tmp_path: Path, name: str) -> None:
    folder = build(tmp_path, 1)
    (folder / name).parent.mkdir()
    (folder / name).write_text("{")
    shelf = read_build(folder)
    assert name in shelf.problems[0]
    assert shelf.rows["int8.tflite"].listed


def test_a_damaged_report_has_no_rows(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    (folder / "report.json").write_text('{"format": 1}')
    shelf = read_build(folder)
    assert not shelf.rows
    assert "report.json is damaged" in shelf.problems[0]


def test_a_real_build_is_listed_with_what_its_report_says(small_build: FinishedBuild) -> None:
    made = read_report(small_build.folder)
    (entry,) = [entry for entry in rows(small_build.folder).values() if entry.listed]
    file = small_build.folder / entry.file
    assert entry.flash_bytes == file.stat().st_size
    assert entry.accuracy == made.measured.variants["int8"].accuracy
    assert entry.dataset == made.dataset.fingerprint
    assert entry.id == made.build.id
