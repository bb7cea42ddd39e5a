"""One build of a batch: its number, and what sets it apart from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.batch.keys import with_values
from builder.config import BuildConfig


@dataclass(frozen=True, slots=True)
class Cell:
    """One training. Settings are made when asked for: a batch of many thousand cells keeps one base and the values of each.

    Args:
        number: from 1, in the order of the file.
        base: the settings that all cells share.
        values: what the grid, an include rule and `repeat` set, by dotted keys such as `training.epochs`.
        problem: why there are no settings, as a sentence; empty where there are.

    Example:
        >>> Cell(1, BuildConfig(), {"alpha": 0.5, "training.epochs": 3}).config.training.epochs
        3
    """

    number: int
    base: BuildConfig = field(repr=False)
    values: Mapping[str, Any]
    problem: str = ""

    @property
    def config(self) -> BuildConfig:
        """What to build.

        Raises:
            ConfigError: there is a `problem`; it says so in the same words.
        """
        return with_values(self.base, self.values)
