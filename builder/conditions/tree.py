"""What was read: comparisons, joined by `and`, `or` and `not`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builder.conditions.values import Value

Values = Mapping[str, float | str | None]

OPERATORS: dict[str, Callable[[Value, Value], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
OF_TEXT = ("==", "!=")


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
