"""Sections of a batch's file besides the grid: what is made of each finished build, and what a build may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field, ValidationError, field_validator

from builder.architecture import check_resolution
from builder.budget import Budget
from builder.config import Settings, Variant, explain
from builder.errors import ConfigError
from builder.limits import budget as budget_of
from builder.matrix import shelf


class Section(Settings):
    """Settings whose every error is a `ConfigError`."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(explain(error, type(self))) from None


SectionType = TypeVar("SectionType", bound=Section)


class Exports(Section):
    """What is made of every build of a batch.

    Args:
        variants: the files that each build writes, in place of `base.variants`; they belong to a build's identity.
        techniques: compressed files to make of a finished build, by the names of `builder.matrix.shelf`.
        resolutions: pixels at which a finished build is exported, too, from the same weights.
        bundle: whether each finished build is packed as one zip for phone and board.

    Example:
        >>> Exports(techniques=["pruned_qat"]).techniques
        ('pruned', 'pruned_qat')
    """

    variants: tuple[Variant, ...] = ()
    techniques: tuple[str, ...] = ()
    resolutions: tuple[int, ...] = Field(default=(), max_length=100)
    bundle: bool = False

    @field_validator("variants", "techniques", "resolutions", mode="before")
    @classmethod
    def _a_list(cls, values: Any) -> Any:
        return () if values is None else values

    @field_validator("techniques")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return shelf.in_order(names)

    @field_validator("resolutions", mode="before")
    @classmethod
    def _in_range(cls, pixels: Any) -> Any:
        return tuple(dict.fromkeys(map(check_resolution, pixels))) if isinstance(pixels, (list, tuple)) else pixels


class Limits(Section):
    """What a build may cost; None is no limit.

    Args:
        flash: such as `300KiB`, or bytes.
        ram: as `flash`.
        latency: such as `50ms` or `0.05s`, or milliseconds; it needs a device.
        multiply_adds: such as `7.5M`, or a number.
        reserve_flash: kept for the rest of the app, as `flash`.
        reserve_ram: kept for the rest of the app, as `flash`.

    Example:
        >>> Limits(flash="300KiB").budget().model_flash_bytes
        307200
    """

    flash: str | int | None = None
    ram: str | int | None = None
    latency: str | int | float | None = None
    multiply_adds: str | int | None = None
    reserve_flash: str | int | None = None
    reserve_ram: str | int | None = None

    def budget(self, device: str | None = None) -> Budget | None:
        """The limits on a device, whose own flash and RAM count where none are given here; None where nothing is limited.

        Raises:
            ConfigError: an unknown device, a size, time or number that cannot be read, or limits that hold no model.
        """
        written = (self.flash, self.ram, self.latency, self.multiply_adds, self.reserve_flash, self.reserve_ram)
        return budget_of(device, *(None if each is None else str(each) for each in written))


def section(kind: type[SectionType], value: Any, name: str) -> SectionType:
    """A section of the file; what it complains of begins with the section's name."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name} = {value!r:.80}: give a section of settings, one `name: value` a line.")
    try:
        return kind(**{str(key): each for key, each in value.items()})
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
