"""Class names survive the way through labels.txt, whatever a folder may be called."""

from __future__ import annotations

import pytest

from builder.export.labels import from_text, to_text

NASTY = (
    "a\nb",
    "a\r\nb",
    "\\n",
    "C:\\new\\u2028",
    "\u2028",
    "\x85",
    "\x0b\x0c\x1c",
    "\udcff",
    "🦊",
    "'\"",
    "/",
    " padded ",
    "x" * 500,
)


def test_every_name_comes_back() -> None:
    assert from_text(to_text(NASTY)) == NASTY


@pytest.mark.parametrize("name", NASTY)
def test_each_name_is_one_line_for_every_reader(name: str) -> None:
    text = to_text([name, "next"])

    assert len(text.splitlines()) == 2
    assert len(text.encode().split(b"\n")) == 3  # the last one is empty


def test_common_names_are_written_as_they_are() -> None:
    assert to_text(["cat", "Ünïcode 🦊", 'say "hi"', "a/b"]) == 'cat\nÜnïcode 🦊\nsay "hi"\na/b\n'


def test_labels_of_other_tools_are_read() -> None:
    assert from_text("cat\r\ndog") == ("cat", "dog")
    assert from_text("back\\slash\n") == ("back\\slash",)


def test_an_empty_line_is_a_label() -> None:
    assert from_text("cat\n\ndog\n") == ("cat", "", "dog")
