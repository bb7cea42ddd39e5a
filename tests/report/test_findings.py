"""The words and rows of a report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder.report import Measured, findings
from tests.report.samples import plain_names, sample, variants


def test_wilson_interval_against_published_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: 81 of 263, and 0 of 20.
    low, high = findings.interval95(81 / 263, 263) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = findings.interval95(0.0, 20) or (1, 1)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)


def test_no_interval_without_photos() -> None:
    assert findings.interval95(0.5, 0) is None


def test_a_file_that_could_not_be_measured_is_said_so() -> None:
    only = {"int8": replace(variants()["int8"], accuracy=None)}
    assert findings.verdict(sample(measures=only)) == "int8.tflite (250.4 KiB) was written, but could not be measured here."


def test_no_file_at_all_is_said_so() -> None:
    assert (
        findings.verdict(sample(measures={})) == "No file was exported. The trained network names 99.3 % of the test photos right."
    )


def test_a_good_build_leaves_no_doubts() -> None:
    assert findings.doubts(sample()) == []


def test_guessing_is_called_guessing() -> None:
    only = {"int8": replace(variants()["int8"], accuracy=0.1)}
    assert (
        "no better than always naming the most frequent class (10.0 %)" in findings.doubts(sample(measures=only, accuracy=0.1))[0]
    )


def test_an_untrained_network_is_called_untrained() -> None:
    assert "Nothing was trained" in findings.doubts(sample(epochs=0))[0]


def test_points_lost_in_quantization_are_named() -> None:
    only = {"int8": replace(variants()["int8"], accuracy=0.9727)}
    assert findings.doubts(sample(measures=only)) == ["int8.tflite lost 2.0 points on the way from the trained network."]


def test_predictions_are_compared_with_the_measured_file() -> None:
    report = sample()
    promised = {"int8": {"flash_bytes": 262_144}, "int8_micro": {"arena_bytes": 160_992, "latency_ms": 2.08}}
    rows = findings.comparisons(replace(report, predicted=report.predicted | {"variants": promised}))
    assert [(row.quantity, row.predicted, row.measured, row.error) for row in rows] == [
        ("Mult-adds", "13.32 M", "13.32 M", "exact"),
        ("Parameters in the file", "212,906", "212,906", "exact"),
        ("int8: size", "256.0 KiB", "250.4 KiB", "+2.2 %"),
        ("int8_micro: arena", "157.2 KiB", "157.2 KiB", "exact"),
        ("int8_micro: latency", "2.08 ms", "1.04 ms", "+100.0 %"),
    ]


def test_the_least_accurate_class_comes_first_and_unmeasured_ones_last() -> None:
    report = sample(plain_names(3))
    scores = {"hand 0": 0.9, "hand 1": None, "hand 2": 0.2}
    keras = replace(report.measured.keras, per_class=scores, confusion=((9, 1, 0), (0, 0, 0), (1, 7, 2)))
    rows = findings.class_rows(replace(report, measured=Measured(keras, {})))
    assert [(row.name, row.mistaken_for, row.mistaken_share) for row in rows] == [
        ("hand 2", "hand 1", 0.7),
        ("hand 0", "hand 1", 0.1),
        ("hand 1", "", 0.0),
    ]


def test_pairs_are_ordered_by_photos() -> None:
    report = sample(plain_names(3))
    keras = replace(report.measured.keras, confusion=((9, 1, 0), (0, 5, 0), (1, 7, 2)))
    pairs = findings.confused_pairs(replace(report, measured=Measured(keras, {})))
    assert [(pair.true, pair.predicted, pair.photos) for pair in pairs[:1]] == [("hand 2", "hand 1", 7)]
    assert {pair.photos for pair in pairs[1:]} == {1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("training.epochs", "chosen by the builder"),
        ("training.class_weights", "yes"),
        ("variants", "float32, float16, dynamic, int8, int8_micro"),
    ],
)
def test_settings_read_as_words(name: str, text: str) -> None:
    assert dict(findings.settings_rows(sample().config))[name] == text


def test_a_builds_time_is_that_of_its_stages_without_the_wait_for_a_slot() -> None:
    build = sample().build
    assert build.took == pytest.approx(9.1 + 88.4 + 5.2 + 21.7)
    assert replace(build, seconds={}).took == build.finished - build.started


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("Training starts from scratch: no network.", "Training starts from scratch: no network."),
        ("a float file was given", "First weights: tflite (a float file was given)."),
        ("", "First weights: tflite."),
    ],
)
def test_first_weights_are_one_sentence(why: str, said: str) -> None:
    report = sample()
    assert findings.first_weights(replace(report, warm_start=replace(report.warm_start, why=why))) == said


def test_few_test_photos_are_a_doubt() -> None:
    report = sample()  # 41 test photos a class
    assert not any("test photos a class" in doubt for doubt in findings.doubts(report))
    few = replace(report, measured=replace(report.measured, keras=replace(report.measured.keras, images=99)))
    assert any("Only 9.9 test photos a class" in doubt for doubt in findings.doubts(few))
