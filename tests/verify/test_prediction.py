"""Photos to labels, and what can go wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import predict
from builder.errors import DataError, InvalidInput, ModelFileError
from builder.verify.prediction import photos_at


def test_labels_come_from_the_file_best_first(models: Path, photos: list[Path], imagenet_labels: tuple[str, ...]) -> None:
    predictions = predict(models / "mobilenet_v1_0.25_128_quant.tflite", photos[:3], top=4)
    assert [each.photo for each in predictions] == [str(photo) for photo in photos[:3]]
    for each in predictions:
        scores = [one.score for one in each.labels]
        assert len(scores) == 4
        assert scores == sorted(scores, reverse=True)
        assert all(one.label in imagenet_labels for one in each.labels)


def test_float_and_quantized_files_agree_on_what_a_hand_is(models: Path, photos: list[Path]) -> None:
    labels = models / "imagenet_labels.txt"
    quantized = predict(models / "mobilenet_v1_0.25_128_quant.tflite", photos[0], top=10)[0]
    floating = predict(models / "mobilenet_v1_0.25_224_float.tflite", photos[0], top=10, labels=labels, mean=127.5, std=127.5)[0]
    assert len({one.label for one in quantized.labels} & {one.label for one in floating.labels}) >= 3


def test_json(models: Path, photos: list[Path]) -> None:
    values = predict(models / "mobilenet_v1_0.25_128_quant.tflite", photos[:1], top=1)[0].to_json()
    assert values["photo"] == str(photos[0])
    assert set(values["labels"][0]) == {"label", "score"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "holds no labels.*1,001 labels.*--labels"),
        ({"labels": "imagenet_labels.txt"}, "--mean and --std"),
        ({"labels": "imagenet_labels.txt", "mean": 0.0}, "both --mean and --std"),
        ({"labels": "imagenet_labels.txt", "mean": 0.0, "std": 0.0}, "std not 0"),
        ({"labels": "imagenet_labels.txt", "mean": [0.0, 1.0], "std": 1.0}, "one or 3 of each"),
        ({"labels": "missing.txt"}, "missing.txt cannot be read"),
        ({"labels": "vww_96_int8.tflite"}, "no UTF-8 text"),
    ],
)
def test_what_the_file_does_not_say_must_be_given(models: Path, photos: list[Path], options: dict, what: str) -> None:
    if "labels" in options:
        options = {**options, "labels": models / options["labels"]}
    with pytest.raises(InvalidInput, match=what):
        predict(models / "mobilenet_v1_0.25_224_float.tflite", photos[0], **options)


def test_labels_must_be_as_many_as_outputs(models: Path, photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    with pytest.raises(InvalidInput, match="2 labels, but the model has 1,001 outputs"):
        predict(models / "mobilenet_v1_0.25_128_quant.tflite", photos[0], labels=tmp_path / "labels.txt")


def test_an_unreadable_photo_is_named(models: Path, photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no photo")
    for name in ("bad.jpg", "missing.jpg"):
        with pytest.raises(DataError, match=name):
            predict(models / "mobilenet_v1_0.25_128_quant.tflite", [photos[0], tmp_path / name])


def test_a_damaged_file_is_refused(models: Path, photos: list[Path], tmp_path: Path) -> None:
    content = bytearray((models / "mobilenet_v1_0.25_128_quant.tflite").read_bytes())
    (tmp_path / "cut.tflite").write_bytes(content[:100_000])
    with pytest.raises(ModelFileError, match=r"cut\.tflite"):
        predict(tmp_path / "cut.tflite", photos[0])


def test_a_file_that_crashes_litert_is_an_error_here(models: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr("builder.verify.prediction.CLASSIFY", "naughty:open_crash")
    with pytest.raises(ModelFileError, match=r"crashed.*Is it damaged"):
        predict(models / "mobilenet_v1_0.25_128_quant.tflite", photos[0])


def test_a_folder_stands_for_its_photos_in_order(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "1.jpg", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert photos_at(tmp_path) == [tmp_path / "1.jpg", tmp_path / "b/2.jpg"]
    assert photos_at(tmp_path / "1.jpg") == [tmp_path / "1.jpg"]


def test_an_empty_folder_a_large_one_and_a_second_model_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="holds no photos"):
        photos_at(tmp_path)
    (tmp_path / "other.tflite").write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"is a model\. predict takes one model, then photos"):
        photos_at(tmp_path / "other.tflite")
    monkeypatch.setattr("builder.verify.prediction.FOLDER_PHOTOS_MAX", 1)
    (tmp_path / "1.jpg").write_bytes(b"x")
    (tmp_path / "2.jpg").write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"evaluate FILE\.tflite --data"):
        photos_at(tmp_path)
