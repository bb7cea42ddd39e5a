"""The names that conditions may ask for, and what each is measured in."""

from __future__ import annotations

from typing import Literal

Kind = Literal["share", "size", "count", "time", "number", "text", "any"]

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


def canonical(name: str) -> str:
    """A name in the words of `KINDS`."""
    word = name.lower().replace("-", "_")
    return ALIASES.get(word, word)


def keys_of(name: str) -> tuple[str, ...]:
    """Every word under which the value of a name may be given."""
    return (name, *(alias for alias, of in ALIASES.items() if of == name))
