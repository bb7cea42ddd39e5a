"""What one visitor has chosen: dials, budget, photos, settings. One frozen value, to a link and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from builder.architecture import Network, check_alpha, check_resolution
from builder.budget import Budget, check_latency
from builder.config import Augmentation, BuildConfig, GateSettings, Training, Variant
from builder.devices import Device, find
from builder.errors import BuilderError
from builder.gate import MAX_CLASS_DROP, MAX_DROP
from builder.pictures.designs import shown_variant
from builder.planner import plan
from builder.sizes import parse_size
from builder.target import Target

TEXT_LENGTH_MAX = 500  # characters of one value in a link


class Choice(BaseModel):
    """Everything that a visitor's pages agree on. Field names are those of the link.

    Args:
        device: a name from the catalogue; empty is a budget of one's own.
        flash: limit as people write it, such as `300KiB`; empty is the device's, or none.
        ram: as `flash`.
        latency_ms: limit in milliseconds; None is none.
        reserve_flash: kept for the rest of the app; empty is nothing.
        reserve_ram: as `reserve_flash`.
        alpha: width multiplier, in (0, 2].
        resolution: pixels a side, 32 to 2048.
        classes: number of classes, at least 2.
        grayscale: one channel in place of three.
        variant: the file that is looked at; empty is the usual one for the device.
        data: photos as `BuildConfig.data` names them; empty is none yet.
        build: id of the build that is looked at; empty is none.
        compare: id of the build that stands beside it; empty is none.
        batch: id of the batch that is looked at; empty is none.
        epochs: None is derived, as in `Training`; the fields below are those of `BuildConfig`.
        gate: whether finished files are held against limits, as `GateSettings.mode`; below it the limits.
        max_flash: the largest file, as people write it; empty is none.
        max_gzip: the largest file as a download; see `max_flash`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=TEXT_LENGTH_MAX)

    device: str = "ESP32-S3-DevKitC-1"
    flash: str = ""
    ram: str = ""
    latency_ms: float | None = None
    reserve_flash: str = ""
    reserve_ram: str = ""
    alpha: float = 0.25
    resolution: int = 96
    classes: int = Field(default=4, ge=2, le=100_000)
    grayscale: bool = False
    variant: Literal["", Variant] = ""
    data: str = ""
    build: str = ""
    compare: str = ""
    batch: str = ""
    title: str = ""
    init: str = Field(default="auto", min_length=1)
    epochs: int | None = Field(default=None, ge=0, le=10_000)
    batch_size: int = Field(default=32, ge=1, le=8192)
    learning_rate: float | None = Field(default=None, gt=0, le=10)
    patience: int | None = Field(default=None, ge=1)
    freeze: bool = False
    augmentation: Literal["auto", "none", "light", "medium", "strong"] = "auto"
    mirror: bool | None = None
    seed: int = Field(default=0, ge=0, lt=2**31)
    gate: Literal["off", "report", "enforce"] = "report"
    max_drop: float = Field(default=MAX_DROP, ge=0, le=100)
    max_class_drop: float = Field(default=MAX_CLASS_DROP, ge=0, le=100)
    max_flash: str = ""
    max_gzip: str = ""

    @field_validator("alpha")
    @classmethod
    def _alpha_in_range(cls, alpha: float) -> float:
        return float(check_alpha(alpha))

    @field_validator("resolution")
    @classmethod
    def _resolution_in_range(cls, resolution: int) -> int:
        return check_resolution(resolution)

    @field_validator("max_flash", "max_gzip")
    @classmethod
    def _a_size(cls, size: str) -> str:
        if size.strip():
            parse_size(size)
        return size.strip()

    @field_validator("latency_ms")
    @classmethod
    def _latency_above_zero(cls, latency_ms: float | None) -> float | None:
        return None if latency_ms is None else check_latency(latency_ms)

    def changed(self, **changes: Any) -> Self:
        """A copy with some fields changed, checked like a new one.

        Raises:
            ConfigError: a dial out of range, in words.
            ValidationError: another value that a field refuses.
        """
        return type(self)(**(self.model_dump() | changes))

    def to_query(self) -> dict[str, str]:
        """The fields that are not the defaults, as a link carries them."""
        start = type(self)()
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: as_text(value) for name, value in values.items() if value != getattr(start, name)}

    @property
    def of_device(self) -> Device | None:
        """The device.

        Raises:
            ConfigError: there is none of this name any more.
        """
        return find(self.device) if self.device else None

    def budget(self) -> Budget | None:
        """What a model may cost; None where nothing limits it.

        Raises:
            ConfigError: a size that cannot be read, or a budget that holds no model.
        """
        found = Target(device=self.device, **self.limits()).budget()
        return found if found.device is not None or found.limited else None

    def limits(self) -> dict[str, Any]:
        """Limits and reserves as they were written."""
        return {name: getattr(self, name) for name in ("flash", "ram", "latency_ms", "reserve_flash", "reserve_ram")}

    def network(self) -> Network:
        """The design."""
        return Network(self.alpha, self.resolution, 1 if self.grayscale else 3, self.classes)

    def target(self) -> dict[str, Any]:
        """What a build of this choice is for, as plain values: `builder.target.Target` has their meaning."""
        try:
            budget = self.budget()
        except BuilderError:  # limits that cannot be used hold nothing back, and are told where they are chosen
            budget = None
        found = plan(self.network(), budget=budget)
        variant = self.variant or shown_variant(found, budget)
        expected = round(found.variants[variant].expected.accuracy, 6)
        return asdict(Target(device=self.device, variant=variant, **self.limits(), expected_accuracy=expected))

    def config(self) -> BuildConfig:
        """The settings of a build.

        Raises:
            ConfigError: a setting that is refused.
        """
        return BuildConfig(
            data=self.data or "digits",
            alpha=self.alpha,
            resolution=self.resolution,
            channels=1 if self.grayscale else 3,
            init=self.init,
            seed=self.seed,
            training=Training(
                epochs=self.epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                patience=self.patience,
                freeze=self.freeze,
            ),
            augmentation=Augmentation(strength=self.augmentation, mirror=self.mirror),
            gate=GateSettings(
                mode=self.gate,
                max_drop=self.max_drop,
                max_class_drop=self.max_class_drop,
                max_flash=self.max_flash or None,
                max_gzip=self.max_gzip or None,
            ),
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was read: the choice, and the fields whose values were refused."""

    choice: Choice
    refused: tuple[str, ...]


def from_query(query: Mapping[str, str]) -> Link:
    """Reads a link. What it does not name keeps its default; what cannot be read is refused alone, the rest counts."""
    choice, refused = Choice(), []
    for name, text in query.items():
        if name not in Choice.model_fields:
            continue
        try:
            choice = choice.changed(**{name: from_text(name, text)})
        except (ValueError, BuilderError):
            refused.append(name)
    return Link(choice, tuple(refused))


def as_text(value: object) -> str:
    """A field as a link carries it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and float(short := f"{value:g}") == value:
        return short
    return str(value)


def from_text(name: str, text: str) -> object:
    """A field's text as what pydantic takes: an empty one is None where the field may be None."""
    if text == "" and type(None) in get_args(Choice.model_fields[name].annotation):
        return None
    return text


def refused_words(names: Iterable[str]) -> str:
    """What was wrong with a link."""
    return f"The link's {', '.join(names)} could not be used; the usual value stands in its place."
