"""Folders to labels, as people name folders."""

from __future__ import annotations

import pytest

from builder.errors import InvalidInput
from builder.verify.classnames import match

LABELS = ("background", "goldfish, Carassius auratus", "crane", "great white shark, white shark", "crane")


def test_equal_names_in_another_order() -> None:
    assert match(["b", "a"], ["a", "b", "c"]) == ([1, 0], None)


def test_case_spaces_and_underscores_do_not_matter() -> None:
    assert match(["great_white_shark, white shark", "BACKGROUND"], LABELS)[0] == [3, 0]


def test_a_synonym_is_enough() -> None:
    assert match(["Goldfish", "white shark"], LABELS)[0] == [1, 3]


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert match(["cafe\u0301"], ["the\u0301", "caf\u00e9"])[0] == [1]


def test_a_first_synonym_wins_over_later_ones() -> None:
    assert match(["tub"], ["bathtub, tub", "tub, vat"])[0] == [1]


def test_an_exact_name_wins_over_a_synonym() -> None:
    assert match(["hen"], ["cock, hen", "hen"])[0] == [1]


def test_numbers_are_outputs_where_no_label_has_such_a_name() -> None:
    numbers, note = match(["1", "3"], LABELS)
    assert numbers == [1, 3]
    assert note is not None
    assert "from 0" in note


def test_numbers_are_names_where_labels_have_them() -> None:
    assert match(["1", "0"], ["2", "1", "0"]) == ([1, 2], None)


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        (["goldfsh, carassius auratus"], 'Did you mean "goldfish, Carassius auratus"'),
        (["goldfish", "dog", "cat"], "2 of 3 classes .* 'dog', 'cat'"),
        (["crane"], r"'crane \(output 2\)', 'crane \(output 4\)'"),
        (["goldfish", "Goldfish"], "mean the same label"),
        (["1", "9"], "no label"),
    ],
)
def test_what_does_not_fit_is_named(classes: list[str], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        match(classes, LABELS)
