"""report.json: what goes in comes out, and a damaged file is told from a whole one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builder.errors import InvalidInput
from builder.report import EpochRecord, TrainingSummary, from_json, read_report, report_text
from builder.report.plain import plain
from tests.report.samples import hostile_names, sample


def written(folder: Path, text: str) -> Path:
    path = folder / "report.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("report", [sample(), sample(hostile_names(10)), sample(epochs=0)], ids=["plain", "hostile", "untrained"])
def test_what_is_written_is_what_is_read(report: Any, tmp_path: Path) -> None:
    assert read_report(written(tmp_path, report_text(report))) == report


def test_a_folder_stands_for_its_report(tmp_path: Path) -> None:
    written(tmp_path, report_text(sample()))
    assert read_report(tmp_path) == sample()


def test_the_places_that_other_programs_rely_on() -> None:
    values = json.loads(report_text(sample()))
    assert values["config"]["alpha"] == 0.25
    assert values["predicted"]["multiply_adds"] == sample().predicted["multiply_adds"]
    assert values["measured"]["keras"]["accuracy"] == 0.9927
    micro = values["measured"]["variants"]["int8_micro"]
    assert (micro["file"], micro["flash_bytes"], micro["arena_bytes"]) == ("int8_micro.tflite", 256_064, 160_992)
    assert {"sha256", "accuracy", "latency_ms", "latency_threads", "label_flips", "max_difference"} <= micro.keys()
    assert values["measured"]["variants"]["int8"]["checks"][-1] == {
        "name": "mediapipe",
        "state": "skipped",
        "reason": "libEGL.so.1 is not installed",
    }


def test_a_row_of_the_confusion_matrix_is_one_line() -> None:
    assert "\n        [38, 2, 0, 0, 0, 1, 0, 0, 0, 0],\n" in report_text(sample())


def test_names_that_look_like_spread_numbers_stay_as_they_are() -> None:
    names = ("[\n  1,\n  2\n]", "b")
    assert json.loads(report_text(sample(names)))["labels"] == list(names)


def test_a_loss_that_is_not_finite_becomes_null() -> None:
    diverged = sample(training=TrainingSummary(1, 1, 90.0, (EpochRecord(1, loss=math.nan, val_loss=math.inf),)))
    first = json.loads(report_text(diverged))["training"]["history"][0]
    assert (first["loss"], first["val_loss"]) == (None, None)


def test_numbers_from_numpy_are_plain_numbers() -> None:
    assert plain({"a": np.float32(0.5), "b": np.int64(3), "c": np.arange(2), "d": Path("x")}) == {
        "a": 0.5,
        "b": 3,
        "c": [0, 1],
        "d": "x",
    }


def test_a_file_name_that_is_no_utf8_can_be_written() -> None:
    assert "caf\ufffd.jpg" in report_text(sample(notes=("caf\udce9.jpg",))).encode().decode()


def test_an_unknown_value_is_a_defect_not_a_string() -> None:
    with pytest.raises(TypeError, match="object"):
        plain({"a": object()})


def without(place: str) -> Callable[[dict[str, Any]], None]:
    def remove(values: dict[str, Any]) -> None:
        *above, key = place.split(".")
        for part in above:
            values = values[part]
        del values[key]

    return remove


def wrong_accuracy(values: dict[str, Any]) -> None:
    values["measured"]["keras"]["accuracy"] = "0.99"


def wrong_state(values: dict[str, Any]) -> None:
    values["measured"]["variants"]["int8"]["checks"][0]["state"] = "maybe"


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (without("measured.keras.accuracy"), "measured.keras.accuracy is missing"),
        (without("measured.variants.int8.sha256"), "measured.variants.int8.sha256 is missing"),
        (without("predicted.multiply_adds"), "predicted.multiply_adds is missing"),
        (without("labels"), "labels is missing"),
        (without("format"), "format is missing"),
        (wrong_accuracy, "measured.keras.accuracy"),
        (wrong_state, "measured.variants.int8.checks.0.state"),
    ],
)
def test_damage_is_named(damage: Callable[[dict[str, Any]], None], named: str, tmp_path: Path) -> None:
    values = json.loads(report_text(sample()))
    damage(values)
    path = written(tmp_path, json.dumps(values))
    with pytest.raises(InvalidInput, match=named) as raised:
        read_report(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", report_text(sample())[:-200], "[" * 100_000], ids=range(6))
def test_a_file_that_is_no_report(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidInput, match="damaged"):
        read_report(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not valid JSON"):
        read_report(path)


def test_an_absent_report_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no report at"):
        read_report(tmp_path / "report.json")


def test_a_newer_format_is_refused_and_newer_keys_are_not() -> None:
    values = json.loads(report_text(sample()))
    assert from_json(values | {"energy": 3}) == sample()
    with pytest.raises(InvalidInput, match="format 2"):
        from_json(values | {"format": 2})


def test_the_file_to_show_first_failed_no_check() -> None:
    from builder.report import Check

    report = sample()
    assert report.hero == "int8"
    made = dict(report.measured.variants)
    made["int8"] = replace(made["int8"], checks=(Check("integer", "failed", "a float op"),))
    failing = replace(report, measured=replace(report.measured, variants=made))
    assert failing.hero == "dynamic"
    assert [(name, check.reason) for name, check in failing.failed_checks] == [("int8", "a float op")]
    assert replace(report, measured=replace(report.measured, variants={})).hero is None
