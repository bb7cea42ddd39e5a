"""What was said about each test photo: kept by a build, read back strictly, and the photos worth showing chosen from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builder import outcomes
from builder.data import Rows
from builder.errors import InvalidInput, StorageError
from builder.outcomes import Answer, Answers, Outcomes, read_outcomes
from builder.outcomes.json_file import OUTCOMES
from builder.outcomes.pictures import FAULTS_MAX, PIXELS_BYTES_MAX, SAMPLES_MAX, chosen, most_of, path_of
from builder.start import FinishedBuild
from builder.verify.metrics import Top

SIX = Outcomes(
    classes=("cat", "dog", "owl"),
    names=("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"),
    true=(0, 0, 1, 1, 2, 2),
    network=Answers((0, 1, 1, 1, 0, 2), (0.9, 0.6, 0.8, 0.95, 0.7, 0.99)),
    variants={
        "float32": Answers((0, 1, 1, 1, 0, 2), (0.9, 0.6, 0.8, 0.95, 0.7, 0.99)),
        "int8": Answers((0, 0, 1, 2, 0, 2), (0.9, 0.5, 0.8, 0.51, 0.7, 0.99)),
    },
)


def rows(count: int, side: int = 4, channels: int = 3) -> Rows:
    """Photos of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, side, side, channels), np.uint8)
    return Rows(pixels, np.arange(count))


def many(count: int, wrong: int) -> Outcomes:
    """Two classes; the network and int8 are wrong about the first photos, the less sure the later."""
    labels = tuple(int(photo < wrong) for photo in range(count))
    said = Answers(labels, tuple(1 - photo / (2 * count) for photo in range(count)))
    return Outcomes(("a", "b"), tuple(map(str, range(count))), (0,) * count, said, {"int8": said})


# What the columns say.


def test_mistakes_come_with_the_most_confident_first() -> None:
    assert SIX.wrong("network") == [4, 1]
    assert SIX.wrong("int8") == [4, 3]
    assert SIX.wrong("float16") == []


def test_a_changed_label_is_one_that_differs_from_the_networks() -> None:
    assert SIX.changed("int8") == [3, 1]
    assert SIX.changed("float32") == []
    assert SIX.changed("float16") == []


def test_an_answer_has_the_classs_name() -> None:
    assert SIX.answer("int8", 3) == Answer("owl", 0.51)
    assert SIX.answer("network", 3) == Answer("dog", 0.95)
    assert SIX.answer("float16", 3) is None
    assert SIX.is_of(3) == "dog"


def test_of_equal_scores_the_first_class_is_the_top_one() -> None:
    top = Top.of(np.array([[0.2, 0.4, 0.4], [0.6, 0.2, 0.2]], np.float32))
    assert Answers.of(top) == Answers((1, 0), (0.4, 0.6))


def test_a_score_that_is_no_number_is_nought() -> None:
    assert Answers.of(Top.of(np.full((1, 2), np.nan, np.float32))).scores == (0.0,)


# Which photos are kept as pictures.


def test_faults_and_a_few_right_ones_are_chosen() -> None:
    assert chosen(SIX, "int8") == (0, 1, 2, 3, 4, 5)
    assert chosen(SIX, "int8", most=3) == (1, 3, 4)


def test_of_many_mistakes_the_most_confident_ones_are_chosen() -> None:
    photos = chosen(many(1000, wrong=500), "int8")
    assert photos == (*range(FAULTS_MAX), *range(500, 500 + SAMPLES_MAX))


def test_large_photos_are_fewer() -> None:
    assert most_of(rows(1, 2048)) == PIXELS_BYTES_MAX // (2048 * 2048 * 3) == 5


# Kept and read.


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_kept_is_what_is_read(tmp_path: Path, channels: int) -> None:
    images = rows(6, channels=channels)
    kept = outcomes.keep(tmp_path, SIX, "int8", images)
    assert read_outcomes(tmp_path) == kept == replace(SIX, pictured=(0, 1, 2, 3, 4, 5))
    for photo in kept.pictured:
        pixels = np.asarray(Image.open(path_of(tmp_path, photo)))
        assert np.array_equal(pixels.reshape(images[photo].shape), images[photo])


def test_pictures_of_an_earlier_process_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "77.png").write_bytes(b"half")
    outcomes.keep(tmp_path, SIX, "int8", rows(6))
    assert sorted(path.name for path in (tmp_path / "photos").iterdir()) == [f"{photo}.png" for photo in range(6)]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="photos cannot be written"):
        outcomes.keep(tmp_path / "missing", SIX, "int8", rows(6))


def test_a_build_from_before_has_none(tmp_path: Path) -> None:
    assert read_outcomes(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"true": [0, 0, 1, 1, 2]}, "6 names for 5 photos"),
        ({"true": [0, 0, 1, 1, 2, 3]}, "a class outside 0 to 2"),
        ({"true": [0, 0, 1, 1, 2, "2"]}, "true.5: Input should be a valid integer"),
        ({"pictured": [6]}, "a picture of a photo outside 0 to 5"),
        ({"network": {"labels": [0], "scores": [1.0]}}, "network has 1 labels and 1 scores for 6 photos"),
        ({"network": None}, "network: Input should be"),
        ({"format": 2}, "is in format 2"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, change: dict[str, Any], what: str) -> None:
    (tmp_path / OUTCOMES).write_text(json.dumps(SIX.to_json() | change))
    with pytest.raises(InvalidInput, match=what):
        read_outcomes(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / OUTCOMES).write_bytes(content)
    with pytest.raises(InvalidInput, match=r"outcomes\.json is damaged"):
        read_outcomes(tmp_path)


def test_names_that_are_no_text_are_kept_as_far_as_they_can_be(tmp_path: Path) -> None:
    outcomes.keep(tmp_path, replace(SIX, names=("\udcff.jpg", *SIX.names[1:])), "int8", rows(6))
    kept = read_outcomes(tmp_path)
    assert kept is not None
    assert kept.names[0] == "\ufffd.jpg"


# A real build.


def test_a_build_keeps_what_its_report_counts(small_build: FinishedBuild) -> None:
    said = read_outcomes(small_build.folder)
    measured = small_build.report.measured
    assert said is not None
    assert said.classes == small_build.report.labels
    assert 1 - len(said.wrong("network")) / len(said) == pytest.approx(measured.keras.accuracy)
    assert set(said.variants) == set(measured.variants)
    for variant, made in measured.variants.items():
        assert 1 - len(said.wrong(variant)) / len(said) == pytest.approx(made.accuracy)
        assert len(said.changed(variant)) == made.label_flips


def test_a_builds_pictures_are_the_pixels_that_the_files_saw(small_build: FinishedBuild) -> None:
    from builder import predict

    said = read_outcomes(small_build.folder)
    assert said is not None
    assert 0 < len(said.pictured) <= FAULTS_MAX + SAMPLES_MAX
    photos = [path_of(small_build.folder, photo) for photo in said.pictured]
    for photo, prediction in zip(said.pictured, predict(small_build.folder / "int8.tflite", photos, top=1), strict=True):
        answer = said.answer("int8", photo)
        assert answer is not None
        assert prediction.labels[0].label == answer.label
        assert prediction.labels[0].score == pytest.approx(answer.score, abs=1e-4)
