"""One photo through several files: the answers are those of `predict`, and bad photos and files are told apart."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builder import predict
from builder.data import load_photo
from builder.errors import DataError, InvalidInput, ModelFileError
from builder.start import FinishedBuild
from builder.verify import comparing
from builder.verify.comparing import compare


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of a digit-like blot."""
    pixels = np.zeros((48, 40, 3), np.uint8)
    pixels[8:40, 16:24] = 255
    Image.fromarray(pixels).save(tmp_path / "one.png")
    return tmp_path / "one.png"


def test_each_file_says_what_predict_says(small_build: FinishedBuild, photo: Path) -> None:
    paths = [small_build.folder / "int8.tflite", small_build.folder / "float32.tflite"]
    compared = compare(paths, photo.read_bytes(), top=3)
    assert [opinion.labels for opinion in compared.opinions] == [predict(path, photo, top=3)[0].labels for path in paths]
    assert all(opinion.latency_ms > 0 for opinion in compared.opinions)
    assert np.array_equal(compared.pixels, load_photo(photo, resolution=32, channels=3))


def test_two_files_take_little_time(small_build: FinishedBuild, photo: Path) -> None:
    began = time.perf_counter()
    compare([small_build.folder / "int8.tflite", small_build.folder / "float32.tflite"], photo.read_bytes())
    assert time.perf_counter() - began < 10  # 0.9 s on two idle cores


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_photo_is_told(small_build: FinishedBuild, content: bytes) -> None:
    with pytest.raises(DataError, match="the photo cannot be used"):
        compare([small_build.folder / "int8.tflite"], content)


def test_a_photo_of_too_many_pixels_is_told(small_build: FinishedBuild) -> None:
    content = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(content, "PNG")
    with pytest.raises(DataError, match="larger than the 100,000,000 pixels"):
        compare([small_build.folder / "int8.tflite"], content.getvalue())


def test_a_photo_of_too_many_bytes_is_not_even_decoded(small_build: FinishedBuild) -> None:
    with pytest.raises(InvalidInput, match="20,971,520 are taken at most"):
        compare([small_build.folder / "int8.tflite"], bytes(comparing.PHOTO_BYTES_MAX + 1))


def test_a_damaged_file_is_named(small_build: FinishedBuild, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "half.tflite").write_bytes((small_build.folder / "int8.tflite").read_bytes()[:50_000])
    with pytest.raises(ModelFileError, match=r"half\.tflite"):
        compare([small_build.folder / "int8.tflite", tmp_path / "half.tflite"], photo.read_bytes())


def test_files_of_different_sizes_are_not_compared(small_build: FinishedBuild, photo: Path, float_file: Path) -> None:
    with pytest.raises(InvalidInput, match="different sizes"):
        compare([small_build.folder / "int8.tflite", float_file], photo.read_bytes())


def test_at_least_one_file_is_needed(photo: Path) -> None:
    with pytest.raises(InvalidInput, match="Choose at least one"):
        compare([], photo.read_bytes())
