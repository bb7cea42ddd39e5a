"""Accuracy of published files on folders of photos."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from builder import evaluate, predict
from builder.errors import DataError, InvalidInput, ModelFileError

QUANT = "mobilenet_v1_0.25_128_quant.tflite"


@pytest.fixture
def folder(models: Path, photos: list[Path], tmp_path: Path) -> tuple[Path, float]:
    """Photos in folders named by ImageNet labels, half of them as the quantized model names them; and that share."""
    right = 0
    for number, each in enumerate(predict(models / QUANT, photos, top=1)):
        name = each.labels[0].label if number % 2 else ("goldfish", "Tiger_Shark")[number // 2 % 2]
        right += number % 2
        target = tmp_path / "photos" / name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[number], target / f"{number}.jpg")
    return tmp_path / "photos", right / len(photos)


def test_the_share_that_it_gets_right(models: Path, folder: tuple[Path, float], photos: list[Path]) -> None:
    found = evaluate(models / QUANT, folder[0])
    assert (found.accuracy, found.images) == (folder[1], len(photos))
    assert found.per_class["goldfish"] == 0.0
    assert sum(map(sum, found.confusion)) == len(photos)
    values = json.loads(json.dumps(found.to_json()))
    assert {"accuracy", "images", "per_class"} <= set(values)


def test_a_float_file_needs_to_be_told_more(models: Path, folder: tuple[Path, float], photos: list[Path]) -> None:
    file = models / "mobilenet_v1_0.25_224_float.tflite"
    with pytest.raises(InvalidInput, match="--labels"):
        evaluate(file, folder[0])
    with pytest.raises(InvalidInput, match="--mean"):
        evaluate(file, folder[0], labels=models / "imagenet_labels.txt")
    found = evaluate(file, folder[0], labels=models / "imagenet_labels.txt", mean=127.5, std=127.5)
    assert found.images == len(photos)
    assert found.per_class["goldfish"] == 0.0


def test_threads_do_not_change_it(models: Path, folder: tuple[Path, float]) -> None:
    assert evaluate(models / QUANT, folder[0], threads=1) == evaluate(models / QUANT, folder[0], threads=3)


def test_one_photo_and_one_class_are_enough_and_bad_photos_are_listed(models: Path, photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "goldfish").mkdir()
    shutil.copy(photos[0], tmp_path / "goldfish" / "good.jpg")
    (tmp_path / "goldfish" / "bad.jpg").write_text("no photo")
    found = evaluate(models / QUANT, tmp_path)
    assert (found.accuracy, found.images) == (0.0, 1)
    assert [name for name, _ in found.bad] == ["goldfish/bad.jpg"]


def test_no_readable_photo_is_an_error(models: Path, tmp_path: Path) -> None:
    (tmp_path / "goldfish").mkdir()
    (tmp_path / "goldfish" / "bad.jpg").write_text("no photo")
    with pytest.raises(DataError, match="None of the 1 photos"):
        evaluate(models / QUANT, tmp_path)


def test_numbered_folders_are_outputs_and_it_says_so(models: Path, photos: list[Path], tmp_path: Path) -> None:
    for number, photo in enumerate(photos[:4]):
        (tmp_path / str(number % 2)).mkdir(exist_ok=True)
        shutil.copy(photo, tmp_path / str(number % 2))
    said: list[Any] = []
    found = evaluate(models / QUANT, tmp_path, emit=lambda event, /, **values: said.append((event, values)))
    assert list(found.per_class) == ["0", "1"]
    assert any(event == "note" and "from 0" in values["message"] for event, values in said)


def test_a_split_has_the_photos_of_that_split_only(models: Path, hands: Path, tmp_path: Path) -> None:
    for split, numbers in (("train", range(3)), ("val", range(3, 5)), ("test", range(5, 6))):
        for name, digit in (("goldfish", "0"), ("tiger shark", "1")):
            (tmp_path / split / name).mkdir(parents=True)
            for photo in [sorted((hands / digit).glob("*.JPG"))[number] for number in numbers]:
                shutil.copy(photo, tmp_path / split / name)
    counts = {split: evaluate(models / QUANT, tmp_path, split=split).images for split in ("train", "validation", "test")}
    assert counts == {"train": 6, "validation": 4, "test": 2}
    assert evaluate(models / QUANT, tmp_path).images == 12


def test_classes_that_are_no_labels_are_named(models: Path, photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "goldfsh").mkdir()
    shutil.copy(photos[0], tmp_path / "goldfsh")
    with pytest.raises(InvalidInput, match="'goldfsh'"):
        evaluate(models / QUANT, tmp_path)


def test_missing_photos_and_files_are_clear(models: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        evaluate(models / QUANT, tmp_path / "missing")
    with pytest.raises(ModelFileError, match="no file"):
        evaluate(tmp_path / "missing.tflite", tmp_path)
