"""From a batch's file to its cells: the grid, less what is excluded, with what is included, each repeated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from builder.batch.cell import Cell
from builder.batch.keys import SEED, comparable, equal, value_of, with_values
from builder.config import BuildConfig
from builder.errors import ConfigError

if TYPE_CHECKING:
    from builder.batch.file import Batch

Rule = dict[str, tuple[Any, ...]]

CELLS_MAX = 99_999


def expand(batch: Batch) -> tuple[Cell, ...]:
    """Every cell of a batch, numbered; one whose values cannot be used says so and keeps no other from being built."""
    base = base_of(batch)
    return tuple(Cell(number, base, values, problem(base, values)) for number, values in enumerate(chosen(batch), start=1))


def chosen(batch: Batch) -> Iterator[dict[str, Any]]:
    """What sets each cell apart: the grid without what is excluded, then what is included."""
    base, rules = base_of(batch), [as_rule(rule) for rule in batch.exclude]
    for values in repeated(combinations(batch), batch):
        if not any(matches(base, values, rule) for rule in rules):
            yield values
    yield from repeated(iter(batch.include), batch)


def check_left(batch: Batch) -> None:
    """Raises `ConfigError` where everything is excluded."""
    if next(chosen(batch), None) is None:
        raise ConfigError(f"Nothing is left to build: exclude takes all of the grid's cells ({size(batch):,}) away. Loosen a rule.")


def base_of(batch: Batch) -> BuildConfig:
    """The settings that all cells share; the files that a build writes may be named under `exports`."""
    return batch.base.replace(variants=batch.exports.variants) if batch.exports.variants else batch.base


def size(batch: Batch) -> int:
    """How many cells there are before any is excluded, without making them."""
    own = math.prod(len(values) for values in batch.grid.values()) if batch.grid or not batch.include else 0
    return (own + len(batch.include)) * batch.repeat


def combinations(batch: Batch) -> Iterator[dict[str, Any]]:
    """The grid, its last key moving fastest. Without a grid it is the base alone, or nothing beside include rules."""
    if not batch.grid and batch.include:
        return
    for values in itertools.product(*batch.grid.values()):
        yield dict(zip(batch.grid, values, strict=True))


def repeated(every: Iterator[Mapping[str, Any]], batch: Batch) -> Iterator[dict[str, Any]]:
    """Each with as many seeds as it is to be repeated with."""
    for values in every:
        for step in range(batch.repeat):
            yield dict(values) if batch.repeat == 1 else {**values, SEED: batch.base.seed + step}


def as_rule(values: Mapping[str, Any]) -> Rule:
    """An exclude rule: what each key may be; a list is any of its values."""
    return {
        key: tuple(comparable(key, each) for each in (value if isinstance(value, (list, tuple)) else (value,)))
        for key, value in values.items()
    }


def matches(base: BuildConfig, values: Mapping[str, Any], rule: Rule) -> bool:
    """Whether a cell has one of the values under every key of a rule."""
    return all(any(equal(value_of(base, values, key), each) for each in wanted) for key, wanted in rule.items())


def problem(base: BuildConfig, values: Mapping[str, Any]) -> str:
    """Why there are no such settings; empty where there are."""
    try:
        with_values(base, values)
    except ConfigError as error:
        return str(error)
    return ""


def unused_rules(batch: Batch) -> list[str]:
    """What to say of exclude rules that match nothing: a value may be misspelt."""
    base, said = base_of(batch), []
    for number, values in enumerate(batch.exclude, start=1):
        rule = as_rule(values)
        if not any(matches(base, each, rule) for each in repeated(combinations(batch), batch)):
            text = ", ".join(f"{key} {value}" for key, value in values.items())
            said.append(f"Rule {number} under exclude ({text}) matches no cell of the grid.")
    return said
