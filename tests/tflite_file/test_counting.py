"""Counts of real files, against published ones and the cost model."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import tflite_file
from builder.architecture import Network
from builder.cost import cost


@pytest.mark.parametrize("name", ["vww_96_float", "vww_96_int8"])
def test_vww_counts_as_published(models: Path, name: str) -> None:
    model = tflite_file.read(models / f"{name}.tflite")
    assert tflite_file.multiply_adds(model) == 7_489_664  # MLPerf Tiny v0.5, visual wake words
    assert tflite_file.parameters(model) == 210_850


def test_a_file_counts_as_the_cost_model_predicts(models: Path) -> None:
    model = tflite_file.read(models / "mobilenet_v1_0.25_224_float.tflite")
    predicted = cost(Network(alpha=0.25, resolution=224, classes=1001))
    assert tflite_file.multiply_adds(model) == predicted.multiply_adds
    assert tflite_file.parameters(model) == predicted.parameters


def test_operators_are_counted_by_name(models: Path) -> None:
    model = tflite_file.read(models / "vww_96_int8.tflite")
    assert tflite_file.operators(model) == {
        "CONV_2D": 1 + 13,
        "DEPTHWISE_CONV_2D": 13,
        "AVERAGE_POOL_2D": 1,
        "FULLY_CONNECTED": 1,
        "RESHAPE": 1,
        "SOFTMAX": 1,
    }
