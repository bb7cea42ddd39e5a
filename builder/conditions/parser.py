"""Reads a condition from left to right."""

from __future__ import annotations

from typing import Literal

from builder.conditions.names import ALIASES, KINDS, Kind, canonical, keys_of
from builder.conditions.tokens import Token, complaint, tokens, where
from builder.conditions.tree import OF_TEXT, OPERATORS, Comparison, Joined, Negation, Part
from builder.conditions.values import UNITS, Value, in_any_unit, in_unit
from builder.errors import ConfigError, nearest

DEPTH_MAX = 32  # parentheses and `not` inside each other


class Parser:
    """Reads one text from left to right, one token ahead."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        self.text = text
        self.known = known
        self.names: set[str] = set()
        self.tokens = tokens(text)
        self.next = 0

    @property
    def ahead(self) -> Token:
        """The token that was not taken yet."""
        return self.tokens[self.next]

    def take(self) -> Token:
        """The next token; the end is never passed."""
        token = self.ahead
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def whole(self) -> Part:
        """The text to its end."""
        part = self.joined("or", 0)
        if self.ahead.kind != "end":
            raise complaint(self.text, self.ahead, "`and`, `or` or the end")
        return part

    def joined(self, word: Literal["or", "and"], depth: int) -> Part:
        """Parts joined by a word; `and` binds closer than `or`."""
        parts = [self.joined("and", depth) if word == "or" else self.one(depth)]
        while self.ahead.keyword == word:
            self.take()
            parts.append(self.joined("and", depth) if word == "or" else self.one(depth))
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), deciding=word == "or")

    def one(self, depth: int) -> Part:
        """A comparison, what is in parentheses, or the contrary of one of them."""
        token = self.take()
        if depth > DEPTH_MAX:
            raise complaint(self.text, token, f"at most {DEPTH_MAX} parentheses and `not` inside each other")
        if token.keyword == "not":
            return Negation(self.one(depth + 1))
        if token.text == "(" and token.kind == "bracket":
            part = self.joined("or", depth + 1)
            if self.ahead.text != ")" or self.ahead.kind != "bracket":
                raise complaint(self.text, self.ahead, f"`and`, `or` or the `)` of the `(` at character {token.place}")
            self.take()
            return part
        return self.comparison(token)

    def comparison(self, named: Token) -> Comparison:
        """A name, an operator and a value."""
        name = self.name(named)
        sign = self.take()
        if sign.kind != "operator" or sign.text not in OPERATORS:
            raise complaint(self.text, sign, f"one of {' '.join(OPERATORS)} after {named.text}")
        kind = KINDS.get(name, "any")
        if kind == "text" and sign.text not in OF_TEXT:
            raise complaint(self.text, sign, f"== or !=, since {name} is text")
        self.names.add(name)
        value = self.value(name, kind)
        if isinstance(value, str) and sign.text not in OF_TEXT:
            raise complaint(self.text, sign, f"== or !=, since {name} is compared with text")
        return Comparison(name, keys_of(name), sign.text, value)

    def name(self, token: Token) -> str:
        """A known name."""
        name = canonical(token.text) if token.kind == "word" and not token.keyword else ""
        if name not in self.known:
            words = ", ".join(sorted(self.known))
            hint = nearest(name, [*self.known, *ALIASES]) if name else ""
            raise complaint(self.text, token, f"a name (one of {words})", hint)
        return name

    def value(self, name: str, kind: Kind) -> Value:
        """What a name is compared with, in its own unit."""
        token = self.take()
        if token.kind not in ("word", "quoted") or token.keyword:
            raise complaint(self.text, token, f"a value of {name}{' (in quotes)' if token.keyword else ''}")
        if kind == "text":
            return token.text
        written = token.text
        if self.ahead.kind == "word" and self.ahead.text.lower() in UNITS:
            written += self.take().text
        if kind == "any":
            return in_any_unit(written)
        try:
            return in_unit(written, name, kind)
        except ConfigError as error:
            raise ConfigError(f"{where(self.text, token)}: {error}") from None
