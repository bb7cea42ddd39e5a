"""Published files: one is integer throughout, one is not."""

from __future__ import annotations

from pathlib import Path

from builder import tflite_file
from builder.verify.integer import SHOWN_MAX, violations


def test_integer_files_have_none(models: Path) -> None:
    for name in ("vww_96_int8", "mobilenet_v1_0.25_128_quant"):
        assert violations(tflite_file.read(models / f"{name}.tflite")) == []


def test_float_operators_are_named(models: Path) -> None:
    found = violations(tflite_file.read(models / "vww_96_float.tflite"))
    assert found[0] == "CONV_2D (operator 0) touches float32"
    assert len(found) == SHOWN_MAX
