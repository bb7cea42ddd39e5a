"""A matrix as Markdown."""

from __future__ import annotations

from builder.matrix.markdown import HEAD, matrix_markdown
from tests.matrix.samples import failed_row, hostile, row, sample, with_gaps
from tests.report.samples import plain_names


def test_each_technique_has_a_row() -> None:
    text = matrix_markdown(sample())
    assert (
        "| pruned_clustered_qat (chosen) | 98.5 % | hand 0 (93.5 %) | −0.7 | 250.5 KiB | 94.0 KiB | 43 % | 157.2 KiB | 7.06 M "
        "| 1.02 ms | 10 min 40 s | 13 | passed |"
    ) in text
    assert "| it loses 1.2 points of accuracy, 1 are allowed |" in text
    assert text.count("157.2 KiB") == 10


def test_notes_say_what_was_not_kept_left_alone_failed_and_set() -> None:
    text = matrix_markdown(sample(rows=(row("int8"), row("clustered_qat"), failed_row("int16"))))
    assert "- int16: the converter refused: unsupported operator" in text
    assert "- clustered_qat: not kept in 1 layer of 13" in text
    assert "- clustered_qat: 13 layers left alone" in text
    assert "- int8: calibration photos 200" in text
    assert "of files within 2 % of it the smallest download" in text


def test_what_was_not_measured_is_a_dash() -> None:
    text = matrix_markdown(with_gaps())
    assert "| int8 | – | – | – | 250.4 KiB | 220.9 KiB | 100 % | – | – | – | 0 ms | 0 | not judged |" in text
    assert "There were no test photos." in text


def test_every_row_of_the_table_has_as_many_cells_as_its_head_whatever_the_names() -> None:
    lines = [line.replace("\\|", "") for line in matrix_markdown(hostile()).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {len(HEAD) + 1}


def test_names_are_no_markup() -> None:
    text = matrix_markdown(hostile())
    assert "<script" not in text.replace("\\<", "")
    assert not set("\x1b\u202e\x00") & set(text)


def test_a_thousand_classes_are_as_short_as_ten() -> None:
    assert len(matrix_markdown(sample(plain_names(1000)))) < 1.1 * len(matrix_markdown(sample()))
