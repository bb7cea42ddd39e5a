"""Conditions on a build, as people write them: `accuracy>=98% and flash<=300KiB`. Parsed by a grammar, never evaluated as code.

    either      = every ("or" every)*
    every       = one ("and" one)*
    one         = "not" one | "(" either ")" | comparison
    comparison  = name (">=" | "<=" | ">" | "<" | "==" | "!=") value

A value that is not known makes a comparison neither true nor false, as in SQL, so neither `arena<=128KiB` nor `not arena<=128KiB`
holds for a file without an arena.

names      what may be asked for, and its unit
values     what a name is compared with
tokens     the pieces of the text
tree       what was read
parser     reads it
condition  `Condition`
"""

from builder.conditions.condition import Condition
from builder.conditions.names import KINDS, KNOWN

__all__ = ["KINDS", "KNOWN", "Condition"]
