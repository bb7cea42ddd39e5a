"""resolutions.json: there and back, read strictly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.errors import InvalidInput
from builder.report.model import Check, VariantMeasure
from builder.resolutions import File, Predicted, Resolutions, Row, read_resolutions, resolutions_path, write_resolutions

SHA = "0" * 64


def row(resolution: int, *names: str) -> Row:
    """A resolution with some files."""
    made = VariantMeasure("x.tflite", SHA, 1000, accuracy=0.5, arena_bytes=2000, checks=(Check("runs", "passed"),))
    files = {name: File(replace(made, file=f"{name}.tflite"), Predicted(1000, None, 5), 0.1) for name in names}
    return Row(resolution, 0.5, 0.4, 0.1, {"cat": 0.5, "dog": None}, files, 1.5, "a processor")


@pytest.fixture
def made() -> Resolutions:
    """Two resolutions."""
    return Resolutions("0123456789", "Pets", 96, 20, SHA, (row(64, "int8", "int8_micro"), row(96, "float32", "int8")))


@pytest.fixture
def folder(made: Resolutions, tmp_path: Path) -> Path:
    """Where they are kept."""
    (tmp_path / "resolutions").mkdir()
    write_resolutions(tmp_path, made)
    return tmp_path


def test_what_is_written_is_read(made: Resolutions, folder: Path) -> None:
    assert read_resolutions(folder) == made
    assert json.loads(resolutions_path(folder).read_text()) == made.to_json()


def test_nothing_is_there_before_the_first(tmp_path: Path) -> None:
    assert read_resolutions(tmp_path) is None
    assert read_resolutions(tmp_path / "absent") is None


def test_rows_know_themselves(made: Resolutions) -> None:
    assert made.own == made.row(96)
    assert [each.resolution for each in made.others] == [64]
    assert made.row(160) is None
    assert made.own.rho == 96 / 224
    assert (made.others[0].arena_bytes, made.own.arena_bytes) == (2000, None)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((("int8", "float32"), ("int8",)), "int8"),
        ((("float32",), ("float32", "int8")), "float32"),  # what can be compared comes before what is preferred
        ((("dynamic",), ("float32",)), "dynamic"),
        (((), ()), None),
    ],
)
def test_the_variant_to_compare_is_one_that_most_rows_have(
    made: Resolutions, names: tuple[tuple[str, ...], ...], shown: str | None
) -> None:
    rows = tuple(row(resolution, *each) for resolution, each in zip((64, 96), names, strict=True))
    assert replace(made, rows=rows).shown == shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": []}, "no row of 96 px"),
        ({"trained_at": 128}, "no row of 128 px"),
        ({"trained_at": "96"}, "trained_at"),
        ({"rows": [{"resolution": 96}]}, r"rows.0.accuracy"),
        ({"weights_sha256": None}, "weights_sha256"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, change: dict[str, Any], said: str) -> None:
    path = resolutions_path(folder)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidInput, match=said):
        read_resolutions(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_record_is_damaged(folder: Path, content: bytes) -> None:
    resolutions_path(folder).write_bytes(content)
    with pytest.raises(InvalidInput, match="is damaged"):
        read_resolutions(folder)


def test_a_newer_format_is_told(folder: Path, made: Resolutions) -> None:
    write_resolutions(folder, replace(made, format=99))
    with pytest.raises(InvalidInput, match="use a newer one"):
        read_resolutions(folder)


def test_a_plan_that_says_nothing_predicts_nothing() -> None:
    assert Predicted.of({}, "int8") is None
    assert Predicted.of({"variants": {"int8": {"flash_bytes": 10}}, "multiply_adds": 7}, "int8") == Predicted(10, None, 7)
