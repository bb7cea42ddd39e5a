"""A condition, read once and held against many builds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from builder.conditions.names import KNOWN, canonical
from builder.conditions.parser import Parser
from builder.conditions.tree import Part, Values


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
