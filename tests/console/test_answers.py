"""What the commands show where --json is not asked for."""

from __future__ import annotations

import io
from pathlib import Path

from builder.architecture import Network
from builder.console import print_cache, print_evaluation, print_inspection, print_plan, print_predictions
from builder.console.answers import metadata_text
from builder.data import CacheInfo
from builder.planner import plan
from builder.verify import Evaluation, Inspection, Prediction
from builder.verify.inspection import TensorInfo
from builder.verify.prediction import Scored


def test_a_plan_shows_totals_and_layers() -> None:
    stream = io.StringIO()
    print_plan(plan(Network(alpha=0.25, resolution=96, classes=2)), file=stream)
    text = stream.getvalue()
    assert "mult-adds                   7.49 M (7,489,664)" in text
    assert "210,850 in the file" in text
    assert "conv_dw_1 " in text


def test_predictions_show_the_best_label_first_with_its_score() -> None:
    stream = io.StringIO()
    scored = (Scored("cat", 0.75), Scored("[bold]dog\x1b[0m", 0.25))
    print_predictions([Prediction("a.jpg", scored), Prediction("b.jpg", scored)], file=stream)
    lines = stream.getvalue().splitlines()
    assert lines[1].split() == ["75.0", "%", "█" * 15 + "·" * 5, "cat"]
    assert "[bold]dog\ufffd[0m" in lines[2]
    assert lines[3:5] == ["", "b.jpg"]


def inspection(**changes: object) -> Inspection:
    values: dict[str, object] = {
        "flash_bytes": 300_568,
        "multiply_adds": 7_489_664,
        "parameters": 210_850,
        "input": TensorInfo("input", (1, 96, 96, 3), "int8", 1 / 127.5, -1),
        "output": TensorInfo("output", (1, 2), "int8", 1 / 256, -128),
        "operators": {"CONV_2D": 14, "DEPTHWISE_CONV_2D": 13, "SOFTMAX": 1},
        "arena_bytes": 103_680,
        "arena_reason": None,
        "labels": None,
        "metadata": None,
    }
    return Inspection(**(values | changes))  # type: ignore[arg-type]


def test_an_inspection_shows_counts_tensors_and_the_arena() -> None:
    stream = io.StringIO()
    print_inspection(Path("vww.tflite"), inspection(), file=stream)
    text = stream.getvalue()
    assert "1 x 96 x 96 x 3 int8, scale 0.00784314, zero point -1" in text
    assert "14 CONV_2D, 13 DEPTHWISE_CONV_2D, 1 SOFTMAX" in text
    assert "101.2 KiB" in text
    assert "none in the file" in text


def test_an_arena_that_was_not_measured_has_its_reason() -> None:
    stream = io.StringIO()
    print_inspection(Path("float.tflite"), inspection(arena_bytes=None, arena_reason="it is a float file"), file=stream)
    assert "not measured: it is a float file" in stream.getvalue()


def test_an_evaluation_shows_the_least_accurate_class_first() -> None:
    stream = io.StringIO()
    found = Evaluation(0.75, 4, {"cat": 1.0, "dog": 0.5, "eel": None}, ((2, 0, 0), (1, 1, 0), (0, 0, 0)), (("x.jpg", "truncated"),))
    print_evaluation(Path("m.tflite"), found, file=stream)
    text = stream.getvalue()
    assert "75.0 % of 4 photos right (95 % sure: 30.1 % to 95.4 %)" in text
    assert text.index("dog") < text.index("cat") < text.index("eel")
    assert "skipped x.jpg: truncated" in text


def test_the_cache_says_what_was_cleared() -> None:
    stream = io.StringIO()
    print_cache(CacheInfo("/somewhere", 0, 1024**3, 1), 2048, file=stream)
    assert stream.getvalue().splitlines() == [
        "2.0 KiB cleared",
        "cache        /somewhere",
        "holds        0 B in 1 entry",
        "may grow to  1.0 GiB",
    ]


def test_a_normalization_is_a_formula() -> None:
    assert metadata_text({"mean": [127.5], "std": [127.5]}) == "(pixel − 127.5) / 127.5"
    assert metadata_text({"mean": [1, 2, 3], "std": [4, 4, 4]}) == "(pixel − [1, 2, 3]) / 4"
