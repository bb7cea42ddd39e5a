"""The Markdown summary."""

from __future__ import annotations

from builder.report.markdown import escaped, to_markdown
from tests.report.samples import hostile_names, sample


def test_the_table_has_a_row_for_each_file() -> None:
    text = to_markdown(sample())
    assert "| int8_micro.tflite | 250.1 KiB | 99.0 % | −0.2 | 157.2 KiB | 1.04 ms |" in text
    assert text.count(".tflite |") == 5


def test_what_was_skipped_is_said_with_its_reason() -> None:
    assert "- int8: MediaPipe loads it and names a photo rightly: libEGL.so.1 is not installed" in to_markdown(sample())


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = {
        line.replace("\\|", "").count("|") for line in to_markdown(sample(hostile_names(10))).splitlines() if line.startswith("|")
    }
    assert cells == {5, 7}


def test_names_are_no_markup() -> None:
    assert escaped("<b>|*a*_x_ b_c\n# d") == r"\<b\>\|\*a\*\_x\_ b_c \# d"
