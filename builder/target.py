"""What a build is made for: a device or limits, and the file that is meant to run there. It is no part of the build's identity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from builder.budget import Budget
from builder.devices import find
from builder.planner.ram import on_microcontroller
from builder.planner.verdict import Check
from builder.report.model import VariantMeasure

TEXT_LENGTH_MAX = 500  # characters of one text in build.json
NUMBERS = ("latency_ms", "expected_accuracy")


@dataclass(frozen=True, slots=True)
class Target:
    """A device, limits, a file; as build.json holds them.

    Args:
        device: a name from the catalogue; empty is a budget of one's own.
        variant: the file that is meant for it; empty is not known.
        flash: limit as people write it, such as `300KiB`; empty is the device's, or none.
        ram: as `flash`.
        latency_ms: limit in milliseconds; None is none.
        reserve_flash: kept for the rest of the app; empty is nothing.
        reserve_ram: as `reserve_flash`.
        expected_accuracy: what was expected before training, a share; None is not known.
    """

    device: str = ""
    variant: str = ""
    flash: str = ""
    ram: str = ""
    latency_ms: float | None = None
    reserve_flash: str = ""
    reserve_ram: str = ""
    expected_accuracy: float | None = None

    def budget(self) -> Budget:
        """The limits.

        Raises:
            ConfigError: there is no such device any more, or a size cannot be read.
        """
        return Budget.of(
            find(self.device) if self.device else None,
            flash=self.flash or None,
            ram=self.ram or None,
            latency_ms=self.latency_ms,
            reserve_flash=self.reserve_flash or 0,
            reserve_ram=self.reserve_ram or 0,
        )

    def held(self, variant: str, made: VariantMeasure) -> tuple[Check, ...]:
        """What a file takes, as it was measured, held against the limits.

        Args:
            variant: the file's.
            made: what was measured of it. TFLite Micro's arena is held against RAM on microcontrollers only.

        Returns:
            Flash and RAM, where there is a limit and a figure.

        Raises:
            ConfigError: as `budget`.
        """
        budget, found = self.budget(), []
        if budget.model_flash_bytes is not None:
            found.append(Check("flash", made.flash_bytes, budget.model_flash_bytes, "the file"))
        if budget.model_ram_bytes is not None and made.arena_bytes and on_microcontroller(budget.device, variant):
            found.append(Check("ram", made.arena_bytes, budget.model_ram_bytes, "the arena"))
        return tuple(found)


def read(values: object) -> Target | None:
    """A target from JSON; what cannot be used in it is left out, and None where nothing can."""
    if not isinstance(values, Mapping):
        return None
    taken: dict[str, Any] = {}
    for field in fields(Target):
        value = values.get(field.name)
        if field.name in NUMBERS:
            if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
                taken[field.name] = float(value)
        elif isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX:
            taken[field.name] = value
    found = Target(**taken)
    return found if found != Target() else None
