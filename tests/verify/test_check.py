"""Variants against their own scores: what must pass passes, and each fault is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.preprocessing import MEAN, STD
from builder.verify import mediapipe, micro, verify_variants
from builder.verify.litert import Classifier

from .conftest import Pixels

OURS = ([MEAN], [STD])
Measured = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.float32]]


@pytest.fixture(scope="module")
def on_float(float_file: Path, pixels: Pixels) -> Measured:
    """Photos, what the float file names them, and its scores: the network that it agrees with best."""
    images = pixels(224)
    scores = Classifier(float_file.read_bytes(), OURS).scores(images)
    return images, np.argmax(scores, axis=1).astype(np.int32), scores


def states(verdict: Any) -> dict[str, str]:
    """The state of each check."""
    return {check.name: check.state for check in verdict.checks}


def test_a_float_file_that_agrees(float_file: Path, on_float: Measured, imagenet_labels: tuple[str, ...]) -> None:
    images, labels, scores = on_float
    said: list[dict[str, Any]] = []
    verdict = verify_variants(
        {"float32": float_file}, images, labels, scores, imagenet_labels, emit=lambda _, /, **values: said.append(values)
    )["float32"]
    passed = dict.fromkeys(["runs", "metadata", "agreement"], "passed")
    assert states(verdict) == passed | {"mediapipe": "passed" if mediapipe.is_installed() else "skipped"}
    assert (verdict.accuracy, verdict.label_flips, verdict.max_difference) == (1.0, 0, 0.0)
    assert (verdict.file, verdict.flash_bytes) == ("float32.tflite", float_file.stat().st_size)
    assert verdict.latency_ms is not None
    assert verdict.latency_threads == 1
    whole = f"1 file on {len(images)} photos"
    assert said[-1] == {"stage": "verify", "done": len(images), "total": len(images), "unit": "photos", "whole": whole}
    json.dumps(verdict.to_json())


def test_a_float_file_that_disagrees(float_file: Path, on_float: Measured, imagenet_labels: tuple[str, ...]) -> None:
    images, labels, scores = on_float
    other = scores.copy()
    other[0, np.argmin(scores[0])] = 1.0
    other[1] += 2e-4
    wrong = np.where(np.arange(len(labels)) < 3, labels + 1, labels).astype(np.int32)
    verdict = verify_variants({"float32": float_file}, images, wrong, other, ("x", *imagenet_labels[1:]))["float32"]
    assert states(verdict)["agreement"] == "failed"
    assert states(verdict)["metadata"] == "failed"
    assert verdict.label_flips == 1
    assert verdict.accuracy == 9 / 12


def test_the_microcontrollers_file(micro_file: Path, pixels: Pixels) -> None:
    images = pixels(96)
    scores = Classifier(micro_file.read_bytes(), OURS).scores(images)
    labels = np.argmax(scores, axis=1).astype(np.int32)
    verdict = verify_variants({"int8_micro": micro_file}, images, labels, scores, ("nobody", "person"))["int8_micro"]
    state = "passed" if micro.is_installed() else "skipped"
    assert states(verdict) == {"runs": "passed", "metadata": "passed", "integer": "passed", "micro": state}
    if micro.is_installed():
        assert verdict.arena_bytes == 103_680
    assert (verdict.multiply_adds, verdict.parameters) == (7_489_664, 210_850)


def test_a_float_file_is_not_taken_for_an_integer_one(
    float_file: Path, on_float: Measured, imagenet_labels: tuple[str, ...]
) -> None:
    verdict = verify_variants({"int8": float_file}, *on_float, imagenet_labels)["int8"]
    assert states(verdict)["integer"] == "failed"
    (integer,) = [check for check in verdict.checks if check.name == "integer"]
    assert "its input is float32 instead of uint8" in integer.reason


def test_a_damaged_file_fails_and_the_others_are_still_verified(
    float_file: Path, on_float: Measured, imagenet_labels: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "float16.tflite").write_bytes(float_file.read_bytes()[:1_000_000])
    files = {"float32": float_file, "float16": tmp_path / "float16.tflite"}
    found = verify_variants(files, *on_float, imagenet_labels)
    assert list(found) == ["float32", "float16"]
    assert found["float32"].accuracy == 1.0
    assert states(found["float16"])["runs"] == "failed"
    assert (found["float16"].accuracy, found["float16"].latency_ms, found["float16"].flash_bytes) == (None, None, 1_000_000)


def test_missing_tools_are_skipped_with_a_reason(
    float_file: Path, on_float: Measured, imagenet_labels: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mediapipe, "is_installed", lambda: False)
    monkeypatch.setattr(micro, "is_installed", lambda: False)
    verdict = verify_variants({"float32": float_file}, *on_float, imagenet_labels)["float32"]
    skipped = {check.name: check.reason for check in verdict.checks if check.state == "skipped"}
    assert skipped == {"mediapipe": mediapipe.NOT_INSTALLED}
    assert (verdict.arena_bytes, verdict.arena_reason) == (None, micro.NOT_INSTALLED)
