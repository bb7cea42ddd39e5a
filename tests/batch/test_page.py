"""The page of documentation: every example on it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.batch.file import Batch

PAGE = Path(__file__).parents[2] / "docs" / "batch.md"
EXAMPLES = [
    text for note, text in re.findall(r"(<!-- not run.*?-->\n)?```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.S) if not note
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_batch(text: str) -> None:
    assert Batch.from_yaml(text).cells()


def test_every_line_of_a_file_has_an_example() -> None:
    keys = [key for key in Batch.model_fields if not any(re.search(rf"^{key}:", text, re.M) for text in EXAMPLES)]
    assert not keys
    assert all(f"### `{key}`" in PAGE.read_text("utf-8") for key in Batch.model_fields)


def test_the_page_counts_its_grid_as_it_is() -> None:
    (text,) = (each for each in EXAMPLES if "augmentation: {strength: [none, light]}   #" in each)
    assert len(Batch.from_yaml(text).cells()) == 384
