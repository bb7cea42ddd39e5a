"""The pieces of a condition's text, and what is told where one of them does not belong."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from builder.errors import ConfigError

LENGTH_MAX = 2_000  # characters
SHOWN_MAX = 60  # characters of what was found, in a message

TOKEN = re.compile(
    r"""\s*(?:(?P<operator>[<>=!]=|[<>])|(?P<bracket>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()<>=!"']+))"""
)
TokenKind = Literal["operator", "bracket", "quoted", "word", "end"]


class Token(NamedTuple):
    """A piece of the text; `place` counts characters from 1."""

    kind: TokenKind
    text: str
    place: int

    @property
    def keyword(self) -> str:
        """`and`, `or` or `not`, in lower case; empty for anything else."""
        lowered = self.text.lower()
        return lowered if self.kind == "word" and lowered in ("and", "or", "not") else ""

    @property
    def shown(self) -> str:
        """As a message names it."""
        return "the end" if self.kind == "end" else repr(self.text[:SHOWN_MAX])


def tokens(text: str) -> list[Token]:
    """The pieces of a text; the last one is its end.

    Raises:
        ConfigError: it is too long or empty, or holds something that belongs to no piece, such as one `=`.
    """
    if len(text) > LENGTH_MAX:
        raise ConfigError(f"A condition may have {LENGTH_MAX:,} characters, and this one has {len(text):,}: shorten it.")
    if not text.strip():
        raise ConfigError("The condition is empty: write one such as accuracy>=0.98 and flash<=300KiB.")
    found, end = [], len(text.rstrip())
    place = 0
    while place < end:
        match = TOKEN.match(text, place)
        if match is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise unreadable(text, Token("operator", text[start], start + 1))
        group = str(match.lastgroup)
        kind: TokenKind = "quoted" if group in ("double", "single") else group  # type: ignore[assignment]
        start = match.start(group) - (kind == "quoted")
        found.append(Token(kind, match[group], start + 1))
        place = match.end()
    return [*found, Token("end", "", end + 1)]


def unreadable(text: str, token: Token) -> ConfigError:
    """The error for a character that begins no piece."""
    if token.text in "\"'":
        return complaint(text, token, "the same quote again at the end of the value")
    wanted = {"=": "==", "!": "!= or `not`"}
    return complaint(text, token, wanted[token.text])


def where(text: str, token: Token) -> str:
    """Where in a condition something is wrong."""
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    return f'The condition "{shown}" cannot be read at character {token.place}'


def complaint(text: str, token: Token, wanted: str, hint: str = "") -> ConfigError:
    """The error for a token that does not belong where it stands."""
    return ConfigError(f"{where(text, token)}: expected {wanted}, found {token.shown}.{hint}")
