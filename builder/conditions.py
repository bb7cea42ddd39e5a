"""Conditions on a build, as people write them: `accuracy>=98% and flash<=300KiB`. Parsed by a grammar, never evaluated as code.

    either      = every ("or" every)*
    every       = one ("and" one)*
    one         = "not" one | "(" either ")" | comparison
    comparison  = name (">=" | "<=" | ">" | "<" | "==" | "!=") value

A value that is not known makes a comparison neither true nor false, as in SQL, so neither `arena<=128KiB` nor `not arena<=128KiB`
holds for a file without an arena.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from builder.errors import ConfigError, nearest
from builder.quantities import parse_count, parse_milliseconds, parse_share
from builder.sizes import parse_size

Value = float | str
Values = Mapping[str, float | str | None]
Kind = Literal["share", "size", "count", "time", "number", "text", "any"]

LENGTH_MAX = 2_000  # characters
DEPTH_MAX = 32  # parentheses and `not` inside each other
SHOWN_MAX = 60  # characters of what was found, in a message

# What each name is measured in; the units of `builder.sizes` and `builder.quantities`.
KINDS: dict[str, Kind] = {
    "accuracy": "share",
    "val_accuracy": "share",
    "flash": "size",
    "gzip": "size",
    "arena": "size",
    "ram": "size",
    "multiply_adds": "count",
    "parameters": "count",
    "latency": "time",
    "alpha": "number",
    "rho": "number",
    "resolution": "number",
    "channels": "number",
    "classes": "number",
    "epochs": "number",
    "seed": "number",
    "data": "text",
    "variant": "text",
    "technique": "text",
    "title": "text",
    "batch": "text",
    "id": "text",
}
# Other words for them; the names of records carry units.
ALIASES = {
    "flash_bytes": "flash",
    "gzip_bytes": "gzip",
    "arena_bytes": "arena",
    "peak_ram_bytes": "ram",
    "latency_ms": "latency",
    "mult_adds": "multiply_adds",
}
KNOWN = tuple(KINDS)

OPERATORS: dict[str, Callable[[Value, Value], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
OF_TEXT = ("==", "!=")
UNITS = frozenset(("b", "kb", "mb", "gb", "kib", "mib", "gib", "k", "m", "g", "ms", "s", "%"))  # may stand after a space

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


@dataclass(frozen=True, slots=True)
class Comparison:
    """A name held against a value; `keys` are the words under which the name's value may be given."""

    name: str
    keys: tuple[str, ...]
    operator: str
    value: Value

    def judge(self, values: Values) -> bool | None:
        """True or false; None where the value is missing or of another kind."""
        found = next((values[key] for key in self.keys if values.get(key) is not None), None)
        if found is None or isinstance(found, str) != isinstance(self.value, str):
            return None
        if isinstance(found, float) and math.isnan(found):
            return None
        return OPERATORS[self.operator](found, self.value)


@dataclass(frozen=True, slots=True)
class Negation:
    """`not` something; what is not known stays so."""

    part: Part

    def judge(self, values: Values) -> bool | None:
        """The contrary."""
        judged = self.part.judge(values)
        return None if judged is None else not judged


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts joined by `and`, or by `or`: the first part that decides (a false one of `and`, a true one of `or`) decides."""

    parts: tuple[Part, ...]
    deciding: bool  # False of `and`, True of `or`

    def judge(self, values: Values) -> bool | None:
        """True, false, or None where no part decides and one is not known."""
        judged = [part.judge(values) for part in self.parts]
        if self.deciding in judged:
            return self.deciding
        return None if None in judged else not self.deciding


Part = Comparison | Negation | Joined


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a build.

    Args:
        text: as it was written.
        names: what it asks for, each once, sorted, in the words of `KINDS`.
        part: what was read.

    Example:
        >>> Condition.parse("accuracy>=98% and flash<=300KiB").holds({"accuracy": 0.985, "flash": 262_144})
        True
    """

    text: str
    names: tuple[str, ...]
    part: Part = field(repr=False)

    @classmethod
    def parse(cls, text: str, known: Iterable[str] = KNOWN) -> Condition:
        """Reads a condition.

        Args:
            text: such as `accuracy>=0.98 and (flash<=300KiB or arena<128KiB)`. Shares are 0 to 1 or in percent, sizes bytes or
                with a unit (kB is 1,000 bytes, KiB 1,024), counts may end in k, M or G, latencies in ms or s; text may be quoted.
            known: names that may be asked for; those that `KINDS` does not list are compared as numbers or as text.

        Raises:
            ConfigError: it cannot be read, or names something unknown; the message says where.
        """
        parser = Parser(text, frozenset(canonical(name) for name in known))
        part = parser.whole()
        return cls(text.strip(), tuple(sorted(parser.names)), part)

    def holds(self, values: Values) -> bool:
        """Whether it is true of these values.

        Args:
            values: by name, under the words of `KINDS` or of records (`flash` or `flash_bytes`), in shares, bytes and milliseconds.
                A missing one or None satisfies no comparison.
        """
        return self.part.judge(values) is True


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


def canonical(name: str) -> str:
    """A name in the words of `KINDS`."""
    word = name.lower().replace("-", "_")
    return ALIASES.get(word, word)


def keys_of(name: str) -> tuple[str, ...]:
    """Every word under which the value of a name may be given."""
    return (name, *(alias for alias, of in ALIASES.items() if of == name))


def in_unit(written: str, name: str, kind: Kind) -> float:
    """A number in the unit of its kind: shares 0 to 1, bytes, milliseconds.

    Raises:
        ConfigError: it cannot be read as one.
    """
    if kind == "share":
        return parse_share(written, name)
    if number(written) == 0:  # no size, count or time, and still something to compare with
        return 0.0
    if kind == "size":
        return parse_size(written, name)
    if kind == "count":
        return parse_count(written, name)
    if kind == "time":
        return parse_milliseconds(written, name)
    value = number(written)
    if value is None:
        raise ConfigError(f"{name} must be a number, not {written[:SHOWN_MAX]!r}.")
    return value


def in_any_unit(written: str) -> Value:
    """A number where it is one, else text."""
    value = number(written)
    return written if value is None else value


def number(written: str) -> float | None:
    """A plain finite number; None for anything else."""
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def where(text: str, token: Token) -> str:
    """Where in a condition something is wrong."""
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    return f'The condition "{shown}" cannot be read at character {token.place}'


def complaint(text: str, token: Token, wanted: str, hint: str = "") -> ConfigError:
    """The error for a token that does not belong where it stands."""
    return ConfigError(f"{where(text, token)}: expected {wanted}, found {token.shown}.{hint}")
