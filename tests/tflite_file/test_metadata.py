"""Metadata that Google wrote into a real file, and damaged ones."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from builder import tflite_file
from builder.errors import ModelFileError


def test_labels_and_normalization_of_a_published_file(models: Path) -> None:
    description = tflite_file.describe(tflite_file.read(models / "mobilenet_v1_0.25_128_quant.tflite"))
    assert description is not None
    assert description.labels == tuple((models / "imagenet_labels.txt").read_text().splitlines())
    assert description.normalization == tflite_file.Normalization((127.5,), (127.5,))
    assert description.name == "ImageClassifier"


def test_a_file_without_metadata_says_nothing(models: Path) -> None:
    assert tflite_file.describe(tflite_file.read(models / "vww_96_int8.tflite")) is None


def test_metadata_without_the_archive_that_it_names_is_refused(models: Path) -> None:
    content = (models / "mobilenet_v1_0.25_128_quant.tflite").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = min(entry.header_offset for entry in archive.infolist())
    with pytest.raises(ModelFileError, match="cannot be read from the model file"):
        tflite_file.describe(tflite_file.parse(content[:start]))


def test_an_enormous_label_file_is_refused(models: Path) -> None:
    content = (models / "mobilenet_v1_0.25_128_quant.tflite").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start, name = archive.infolist()[0].header_offset, archive.namelist()[0]
    bomb = io.BytesIO(content[:start])
    bomb.seek(0, io.SEEK_END)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\n" * (17 * 1024**2))
    with pytest.raises(ModelFileError, match="more than"):
        tflite_file.describe(tflite_file.parse(bomb.getvalue()))
