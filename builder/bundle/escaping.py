"""Names that a person or a file gave, made harmless where they become code, a comment or Markdown."""

from __future__ import annotations

import re

from builder.formats import printable

COMMENT_LENGTH_MAX = 80
# What stands for itself inside a C string: ASCII that can be seen, without quote, backslash and question mark (trigraphs).
PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\?')


def c_string(text: str) -> str:
    r"""A text as a C string literal, quotes included; all that is not plain ASCII becomes the octal digits of its UTF-8 bytes.

    Three octal digits always end by themselves, so that no character behind one can be taken for a part of it.

    Example:
        >>> c_string('a "b"')
        '"a \\042b\\042"'
    """
    content = text.encode("utf-8", "backslashreplace")
    return '"' + "".join(chr(byte) if byte in PLAIN else f"\\{byte:03o}" for byte in content) + '"'


def comment(text: str, limit: int = COMMENT_LENGTH_MAX) -> str:
    """A text for the rest of a `//` line: one line, shortened, without backslashes (one at its end would swallow the next line)
    and without `?`, since `??/` is a backslash in old C.
    """
    line = printable(text, limit)
    return line.replace("\\", "/").replace("?", "").replace("*/", "* /").replace("/*", "/ *").strip() or "(no name)"


def code(text: str) -> str:
    """An identity or a hash for a Markdown code span, which nothing inside of it can escape from but a backtick."""
    return re.sub(r"[^A-Za-z0-9._ -]", "", text)
