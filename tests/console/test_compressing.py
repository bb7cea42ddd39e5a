"""The closing words of `compress`."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from builder.console.compressing import NAME_LENGTH_MAX, matrix_table, print_matrix
from builder.matrix import Matrix
from builder.report import Check
from tests.matrix.samples import failed_row, hostile, row, sample, with_gaps
from tests.report.samples import plain_names

FOLDER = Path("exports/hands-3f9a1c07de")


def shown(matrix: Matrix, folder: Path = FOLDER) -> str:
    stream = io.StringIO()
    print_matrix(matrix, folder, file=stream)
    return stream.getvalue()


def table(matrix: Matrix, width: int) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(matrix_table(matrix, width))
    return stream.getvalue().splitlines()


def test_it_says_which_file_is_the_smallest_that_passes_and_where_it_lies() -> None:
    text = shown(sample())
    assert "Smallest file that passes: pruned_clustered_qat, 250.5 KiB, 94.0 KiB as a download." in text
    assert "File    exports/hands-3f9a1c07de/compressed/pruned_clustered_qat.tflite\n" in text
    assert "Micro   exports/hands-3f9a1c07de/compressed/pruned_clustered_qat_micro.tflite\n" in text


def test_each_technique_has_a_row() -> None:
    rows = {line.split()[0]: " ".join(line.split()) for line in table(sample(), 100) if "KiB" in line}
    assert rows["qat"] == "qat passed 99.3 % 0.0 250.5 KiB 221.4 KiB 157.2 KiB 1.02 ms"
    assert len(rows) == 14


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_the_table_fits_and_drops_whole_columns(width: int) -> None:
    lines = table(sample(), width)
    assert max(map(cell_len, lines)) <= width
    assert not any("…" in line for line in lines)
    assert "gate" in lines[0]


def test_where_nothing_passes_the_shortfall_is_loud_and_there_is_no_file() -> None:
    text = shown(sample(chosen=None, shortfall='No file passes. "qat" comes closest: it is too large.'))
    assert '"qat" comes closest: it is too large.' in text
    assert "\nFile " not in text


def test_reasons_are_told_once_and_lists_end() -> None:
    broken = replace(row("int8"), files=(replace(row("int8").files[0], checks=(Check("integer", "failed", "a float op"),)),))
    text = shown(sample(rows=(broken, row("clustered_qat"), *(failed_row(f"x{number}", "no memory") for number in range(20)))))
    assert text.count("integers only: a float op") <= 1
    assert text.count("no memory") == 8
    assert "and 13 more: see the page" in text
    assert "Not kept: clustered_qat: not kept in 1 layer of 13: conv_pw_7 (17 values for 16)" in text
    assert "Left alone: clustered_qat: 13 layers left alone" in text


def test_only_pages_that_are_there_are_named(tmp_path: Path) -> None:
    assert "matrix.html" not in shown(sample(), tmp_path)
    (tmp_path / "compressed").mkdir()
    (tmp_path / "compressed" / "matrix.html").touch()
    assert f"Page    {tmp_path}/compressed/matrix.html\n" in shown(sample(), tmp_path)


@pytest.mark.parametrize(
    "matrix",
    [with_gaps(), sample(techniques=()), sample(techniques=("int8",)), sample(plain_names(1000)), hostile(100)],
    ids=["failures", "no rows", "one row", "many classes", "hostile names"],
)
def test_anything_can_be_shown_and_nothing_steers_the_terminal(matrix: Matrix) -> None:
    text = shown(matrix)
    assert [char for char in text if not char.isprintable() and char not in "\n\u200d"] == []
    assert "The gate allows" in text


def test_long_names_leave_room_for_figures() -> None:
    (line,) = (line for line in table(sample(rows=(replace(row("int8"), technique="y" * 300),)), 80) if line.startswith("y"))
    assert line.partition(" ")[0].count("y") < NAME_LENGTH_MAX
    assert "98.8 %" in line


def test_a_terminal_without_unicode_gets_question_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_matrix(sample(), FOLDER, file=stream)
    stream.flush()
    assert b"?0.7" in raw.getvalue()
