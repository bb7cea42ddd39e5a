"""A batch's file: settings that all builds share, and lists of those in which they differ. YAML and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from builder.batch.cell import Cell
from builder.batch.expanding import CELLS_MAX, check_left, expand, size
from builder.batch.keys import SEED, flat
from builder.batch.sections import Exports, Limits, section
from builder.config import BuildConfig, Settings, explain
from builder.errors import ConfigError
from builder.formats import printable
from builder.runs import check_title
from builder.yaml_files import mapping_of, text_of

NAME_LENGTH = 100  # of a batch that is called as its file
DEPTH = 4  # include: a list of mappings of sections of lists
VALUES_MAX = 200_000  # below one key: more than any grid that is not refused


class Batch(Settings):
    """Many builds: a grid over the settings of one.

    Args:
        name: what people see, and what the folder of its record starts with.
        base: the settings that all builds share.
        grid: lists by dotted keys, such as `{"alpha": [0.25, 0.5], "training.epochs": [10, 20]}`; one build for each combination.
        exports: what is made of every build.
        include: settings of further builds, one each, over `base`.
        exclude: combinations to leave out: those where all keys match; a list of values means any of them.
        budget: what a build may cost; those that cannot fit are not built.
        devices: names from `builder.devices`; a build that fits none of them is not built.
        repeat: how often each is built, with the seeds `base.seed`, `base.seed` + 1 and so on.

    Raises:
        ConfigError: a key that does not exist, an empty grid, 100,000 cells or more, or a value that cannot be used.

    Example:
        >>> len(Batch(grid={"alpha": [0.25, 0.5], "resolution": [96, 128]}, repeat=3).cells())
        12
    """

    name: str = "batch"
    base: BuildConfig = Field(default_factory=BuildConfig)
    grid: dict[str, list[Any]] = Field(default_factory=dict)
    exports: Exports = Field(default_factory=Exports)
    include: list[dict[str, Any]] = Field(default_factory=list)
    exclude: list[dict[str, Any]] = Field(default_factory=list)
    budget: Limits | None = None
    devices: tuple[str, ...] = ()
    repeat: int = Field(default=1, ge=1, le=CELLS_MAX, strict=True)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(explain(error, type(self))) from None

    @field_validator("name", mode="before")
    @classmethod
    def _a_title(cls, name: Any) -> Any:
        return check_title(name) if isinstance(name, str) else name

    @field_validator("base", mode="before")
    @classmethod
    def _a_config(cls, value: Any) -> BuildConfig:
        if isinstance(value, BuildConfig):
            return value
        if not isinstance(value, Mapping):
            raise ConfigError(f"base = {value!r:.80}: give the settings of a build, or the name of a YAML file of them.")
        try:
            return BuildConfig(**{str(key): each for key, each in value.items()})
        except ConfigError as error:
            raise ConfigError(f"base: {error}") from None

    @field_validator("grid", mode="before")
    @classmethod
    def _lists_by_key(cls, value: Any) -> dict[str, list[Any]]:
        if not isinstance(value, Mapping) or not value:
            raise ConfigError("The grid is empty. Give lists of settings, such as `alpha: [0.25, 0.5]`, or leave grid out.")
        found = flat(value, "grid")
        for key, values in found.items():
            if not isinstance(values, (list, tuple)):
                raise ConfigError(f"grid: {key} = {values!r:.80}: give a list, such as [{values!r:.40}].")
            if not values:
                raise ConfigError(f"grid: {key} is an empty list, so there is nothing to build. Give at least one value.")
        if {"rho", "resolution"} <= found.keys():
            raise ConfigError("grid has both rho and resolution: they are one dial (rho = resolution / 224), keep one of the two.")
        return {key: list(values) for key, values in found.items()}

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _rules(cls, value: Any, info: Any) -> list[dict[str, Any]]:
        name = info.field_name
        if value is None:
            return []
        if not isinstance(value, (list, tuple)) or not all(isinstance(rule, Mapping) and rule for rule in value):
            raise ConfigError(f"{name}: give a list of rules, each with one setting or more, such as `- {{alpha: 0.25, rho: 1}}`.")
        return [flat(rule, name) for rule in value]

    @field_validator("exports", mode="before")
    @classmethod
    def _exports(cls, value: Any) -> Exports:
        return Exports() if value is None else section(Exports, value, "exports")

    @field_validator("budget", mode="before")
    @classmethod
    def _budget(cls, value: Any) -> Limits | None:
        return None if value is None else section(Limits, value, "budget")

    @field_validator("devices", mode="before")
    @classmethod
    def _names_of_devices(cls, value: Any) -> tuple[str, ...]:
        from builder.devices import find

        if value is None:
            return ()
        if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
            raise ConfigError(f"devices = {value!r:.80}: give a list of names, such as [Raspberry Pi Pico].")
        return tuple(dict.fromkeys(find(name).name for name in value))

    @model_validator(mode="after")
    def _one_whole(self) -> Self:
        """What no part can see alone."""
        if self.repeat > 1 and any(SEED in values for values in (self.grid, *self.include)):
            raise ConfigError(
                f"repeat: {self.repeat} gives every build its seeds, and the file lists seeds too: keep one of the two."
            )
        if self.exports.variants and any("variants" in values for values in (self.grid, *self.include)):
            raise ConfigError("variants are named under exports and in the grid: keep one of the two.")
        if size(self) > CELLS_MAX:
            raise ConfigError(
                f"The grid has {size(self):,} cells, and a batch builds at most {CELLS_MAX:,}. Shorten a list, or split the file."
            )
        check_left(self)
        self.check_limits()
        return self

    def check_limits(self) -> None:
        """Raises `ConfigError` for limits that nothing can be held against."""
        if self.budget is not None and self.budget.latency is not None and not self.devices:
            raise ConfigError("budget: a latency needs devices to hold it against: name some, `builder devices` lists them.")
        for device in self.devices or (None,):
            try:
                (self.budget or Limits()).budget(device)
            except ConfigError as error:
                raise ConfigError(f"budget: {error}" if device is None else f"budget on {device}: {error}") from None

    def cells(self) -> tuple[Cell, ...]:
        """Every build, in the order of the file; those whose values cannot be used are among them and say so."""
        return expand(self)

    def to_yaml(self) -> str:
        """The batch as YAML, the settings of `base` written out."""
        values = self.model_dump(mode="json")
        given = {key: value for key, value in values.items() if value not in (None, [], {})}
        return yaml.safe_dump(given, sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str, source: str = "the batch", *, folder: Path | None = None) -> Self:
        """Reads a batch from YAML text.

        Args:
            text: a YAML mapping.
            source: what to call it in an error message, usually the file's name.
            folder: what the name of a `base` file is relative to; by default the working folder.

        Raises:
            ConfigError: no valid YAML, no mapping, or something in it that is refused.
        """
        values = mapping_of(text, source, depth=DEPTH, values=VALUES_MAX, example="grid: {alpha: [0.25, 0.5]}")
        if not values:
            raise ConfigError(f"{source} is empty. A batch needs a grid, such as `grid: {{alpha: [0.25, 0.5]}}`.")
        try:
            if isinstance(values.get("base"), str):
                values["base"] = BuildConfig.from_file((folder or Path()) / Path(values["base"]))
            return cls(**values)
        except ConfigError as error:
            raise ConfigError(f"{source}: {error}") from None

    @classmethod
    def from_file(cls, path: Path | str) -> Self:
        """Reads a batch from a YAML file; without a name in it, it is called as the file is.

        Raises:
            ConfigError: the file cannot be read, or as `from_yaml`.
        """
        path = Path(path)
        batch = cls.from_yaml(text_of(path), source=str(path), folder=path.parent)
        called = printable(path.stem, NAME_LENGTH)
        return batch if "name" in batch.model_fields_set or not called else batch.model_copy(update={"name": called})
