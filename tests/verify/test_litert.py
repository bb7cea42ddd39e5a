"""LiteRT on published files: the same numbers as the interpreter used by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from builder.preprocessing import MEAN, STD, normalize
from builder.verify.litert import Classifier

from .conftest import Pixels

OURS = ([MEAN], [STD])


@pytest.mark.parametrize("name", ["mobilenet_v1_0.25_224_float", "mobilenet_v1_0.25_128_quant"])
def test_scores_are_those_of_the_interpreter_by_hand(models: Path, pixels: Pixels, name: str) -> None:
    content = (models / f"{name}.tflite").read_bytes()
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    given, wanted = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    images = pixels(int(given["shape"][1]), 2)
    scores = Classifier(content, OURS).scores(images)
    for image, row in zip(images, scores, strict=True):
        interpreter.set_tensor(given["index"], (normalize(image) if given["dtype"] == np.float32 else image)[np.newaxis])
        interpreter.invoke()
        stored = interpreter.get_tensor(wanted["index"])[0]
        expected = stored if given["dtype"] == np.float32 else stored.astype(np.float32) / 256
        np.testing.assert_array_equal(row, expected)


@pytest.mark.parametrize("name", ["mobilenet_v1_0.25_128_quant", "mobilenet_v1_0.25_224_float"])
def test_threads_change_the_time_only(models: Path, pixels: Pixels, name: str) -> None:
    content = (models / f"{name}.tflite").read_bytes()
    images = pixels(int(name.split("_")[3]), 5)
    alone = Classifier(content, OURS, threads=1).raw(images)
    np.testing.assert_array_equal(Classifier(content, OURS, threads=3).raw(images), alone)


def test_more_threads_than_photos(models: Path, pixels: Pixels) -> None:
    content = (models / "mobilenet_v1_0.25_128_quant.tflite").read_bytes()
    assert Classifier(content, OURS, threads=3).raw(pixels(128, 1)).shape == (1, 1001)


def test_latency_is_that_of_one_run(models: Path) -> None:
    classifier = Classifier((models / "mobilenet_v1_0.25_224_float.tflite").read_bytes(), OURS)
    # 41 million mult-adds: below 0.01 ms would be 4e12 a second, above 2 s slower than a microcontroller.
    assert 0.01 < classifier.latency_ms() < 2000
