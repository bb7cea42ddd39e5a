r"""Class names as the text of labels.txt, one a line, and back.

A class is named by a folder, and a folder's name may hold a line break or bytes that are no UTF-8. Readers of labels.txt split
it into lines in many ways (at "\n", at "\r", Python's `splitlines` at eight more characters), so those characters are written
as the escapes that Python and JSON use: `\n`, `\r`, `\\` for the backslash itself, and `\u2028` for the rest. All other
characters, emoji and quotes included, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
LONG = {name: short for short, name in SHORT.items()}

# Line breaks of `str.splitlines`, other control characters, the backslash, and surrogates (bytes that are no UTF-8).
UNSAFE = re.compile("[\\\\\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
ESCAPE = re.compile(r"\\(?:[\\nr]|u[0-9a-f]{4})")


def to_text(labels: Iterable[str]) -> str:
    r"""Class names as text: one line each, the last one ended too.

    Example:
        >>> to_text(["cat", "two\nlines"])
        'cat\ntwo\\nlines\n'
    """
    return "".join(UNSAFE.sub(escaped, label) + "\n" for label in labels)


def from_text(text: str) -> tuple[str, ...]:
    """Class names from the text of a labels.txt, ours or another; unknown escapes are left as they are."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(ESCAPE.sub(unescaped, line) for line in lines)


def escaped(match: re.Match[str]) -> str:
    """The escape of one unsafe character."""
    character = match.group()
    return SHORT.get(character) or f"\\u{ord(character):04x}"


def unescaped(match: re.Match[str]) -> str:
    """The character that one escape stands for."""
    escape = match.group()
    return LONG.get(escape) or chr(int(escape[2:], 16))
