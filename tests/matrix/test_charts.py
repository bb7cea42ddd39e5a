"""Accuracy over bytes: right marks, right words, no names on each other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from builder.gate import Gate
from builder.matrix import Matrix, Network
from builder.matrix.charts import AXES, Axis, even_ticks, matrix_picture, share_ticks, ticks
from builder.pictures.charts import Picture
from tests.matrix.samples import TECHNIQUES, hostile, row, sample, with_gaps
from tests.report.samples import plain_names


def picture(matrix: Matrix, axis: Axis = "flash_bytes") -> Picture:
    made = matrix_picture(matrix, axis)
    assert made is not None
    return made


def layers(made: Picture, kind: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Marks of a kind with their rows."""
    values = made.drawing.to_dict(validate=False)
    for layer in values["layer"]:
        if layer["mark"]["type"] == kind:
            data = layer["data"]
            yield layer["mark"], data["values"] if "values" in data else values["datasets"][data["name"]]


def names(made: Picture) -> list[str]:
    """Texts in the drawing, without their outlines."""
    return [entry["text"] for mark, rows in layers(made, "text") if "stroke" not in mark for entry in rows]


@pytest.mark.parametrize("axis", AXES)
def test_every_technique_is_named_once(axis: Axis) -> None:
    assert sorted(name for name in names(picture(sample(), axis)) if name in TECHNIQUES) == sorted(TECHNIQUES)


@pytest.mark.parametrize("axis", AXES)
def test_no_two_names_are_on_each_other(axis: Axis) -> None:
    root = ElementTree.fromstring(picture(sample(), axis).svg().svg)
    found = []
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        if text.text in TECHNIQUES and "stroke" not in text.attrib:
            x, y = map(float, re.findall(r"-?[\d.]+", text.attrib["transform"])[:2])
            found.append((x, y, 6.2 * len(text.text or "")))
    assert len(found) == len(TECHNIQUES)
    overlapping = [
        (one, other)
        for one, other in itertools.combinations(found, 2)
        if abs(one[1] - other[1]) < 12 and one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    ]
    assert overlapping == []


def test_shape_tells_tuned_from_rounded_and_filling_tells_the_gate() -> None:
    marks = [(mark, rows) for mark, rows in layers(picture(sample()), "point") if mark["size"] < 100]
    said = {entry["Technique"]: (mark["shape"], mark["fill"] != "#fffffe") for mark, rows in marks for entry in rows}
    assert said["int8"] == ("circle", True)
    assert said["qat"] == ("square", True)
    assert said["pruned_2_4"] == ("square", False)


def test_the_chosen_file_has_a_ring_and_a_bold_name() -> None:
    rings = [rows for mark, rows in layers(picture(sample()), "point") if mark["size"] > 100]
    assert [entry["Technique"] for rows in rings for entry in rows] == ["pruned_clustered_qat"]
    bold = [rows for mark, rows in layers(picture(sample()), "text") if mark["fontWeight"] == 700 and "stroke" not in mark]
    assert [entry["text"] for rows in bold for entry in rows] == ["pruned_clustered_qat"]


def test_the_front_has_the_files_that_no_other_beats() -> None:
    ((_, steps),) = layers(picture(sample(), "gzip_bytes"), "line")
    assert [round(step["kib"], 1) for step in steps] == [92.4, 94.0, 123.0, 149.8, 221.4]


def test_each_accuracy_has_its_interval() -> None:
    bars = next(rows for mark, rows in layers(picture(sample()), "rule") if mark.get("opacity"))
    assert len(bars) == len(TECHNIQUES)
    assert all(bar["share"] < bar["high"] for bar in bars)


def test_the_network_and_the_gate_are_lines_with_words() -> None:
    made = picture(sample(gate=Gate(max_drop=0.5, max_flash_bytes=300 * 1024)))
    assert {"the network, 99.3 %", "gate: 0.5 points below", "gate: 300.0 KiB"} <= set(names(made))
    assert "gate: 300.0 KiB" not in names(picture(sample(gate=Gate(max_flash_bytes=30 * 1024))))


def test_a_limit_belongs_to_its_own_axis() -> None:
    limited = sample(gate=Gate(max_gzip_bytes=100 * 1024))
    assert "gate: 100.0 KiB" in names(picture(limited, "gzip_bytes"))
    assert "gate: 100.0 KiB" not in names(picture(limited))


@pytest.mark.parametrize(
    "matrix",
    [
        sample(techniques=("int8",)),
        sample(techniques=("int8",), network=Network(1.0, 1.0, {}, 0, 0)),
        sample(rows=(replace(row("int8"), accuracy=1.0), replace(row("qat"), accuracy=0.0))),
        sample(rows=tuple(replace(row("int8"), technique=f"int8 {number}") for number in range(30)), chosen="int8 3"),
        sample(gate=Gate(max_drop=100)),
        sample(plain_names(1000)),
        hostile(),
    ],
    ids=["one row", "no test photos", "all and nothing", "thirty at one place", "no gate", "many classes", "hostile names"],
)
def test_it_can_be_drawn(matrix: Matrix) -> None:
    for axis in AXES:
        ElementTree.fromstring(picture(matrix, axis).svg().svg)


def test_nothing_measured_is_no_picture() -> None:
    assert matrix_picture(with_gaps()) is None


def test_words_say_what_the_picture_shows() -> None:
    said = picture(sample(), "gzip_bytes").alt
    assert said.startswith("Accuracy over download size of 14 techniques")
    assert "chosen is pruned_clustered_qat with 98.5 % in 94.0 KiB" in said


def test_ticks_are_round_and_enough() -> None:
    assert ticks(80, 950) == [100, 200, 500]
    assert ticks(200, 950) == [200, 300, 400, 500, 700]
    assert ticks(240, 262) == [240, 250, 260]
    assert ticks(1, 5000) == [1, 10, 100, 1000]
    assert share_ticks(0.955, 1.02) == [0.96, 0.98, 1.0]
    assert share_ticks(0.05, 1.08) == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert even_ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
