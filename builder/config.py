"""The settings of a build: one frozen value, to YAML and back.

The dials are alpha, resolution (or rho) and the data; everything else has a default that is derived from them. An unknown
key is refused with the nearest valid name.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from builder.architecture import BASE_RESOLUTION, Network, check_alpha, check_resolution, resolution_of
from builder.errors import BuilderError, ConfigError, nearest
from builder.gate import MAX_CLASS_DROP, MAX_DROP, Gate
from builder.sizes import parse_size
from builder.yaml_files import mapping_of, text_of

Variant = Literal["float32", "float16", "dynamic", "int8", "int8_micro"]
VARIANTS: tuple[Variant, ...] = ("float32", "float16", "dynamic", "int8", "int8_micro")

VALUES_MAX = 10_000  # of one key in a file: settings have a few dozen

# What pydantic says in words of Python, for people who write YAML.
PLAIN = {
    "tuple_type": "give a list, such as [float32, int8]",
    "model_type": "give a section of settings, one `name: value` a line",
    "string_too_short": "it is empty",
    "string_unicode": "it holds bytes that are no UTF-8; rename it",
}

# Settings that never change what comes out of the same photos: two builds that differ only here are one.
NO_IDENTITY = ("data", "test_data", "classes", "bad_share_max", "gate")


class Settings(BaseModel):
    """Frozen, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Training(Settings):
    """How the network is trained. `None` means: derived from the number of photos and from the warm start."""

    epochs: int | None = Field(
        default=None, ge=0, le=10_000, description="passes over the training photos; 0 exports the initialised network"
    )
    batch_size: int = Field(default=32, ge=1, le=8192, description="photos a step; halved when memory runs out")
    learning_rate: float | None = Field(default=None, gt=0, le=10, description="peak learning rate, reached after the warm-up")
    weight_decay: float = Field(default=1e-4, ge=0, le=1, description="AdamW's decoupled weight decay, on kernels only")
    warmup_share: float = Field(default=0.1, ge=0, lt=1, description="share of all steps in which the learning rate rises from 0")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1, description="share of each target that is spread over all classes")
    class_weights: bool = Field(default=True, description="weigh rare classes up when the data is imbalanced")
    patience: int | None = Field(default=None, ge=1, description="epochs without a better validation score before training stops")
    freeze: bool = Field(default=False, description="train the classifier only; costs 7 to 29 points in published tables")
    dtype: Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"] = Field(
        default="auto", description="precision while training; auto is float32 on a CPU and mixed precision on a GPU"
    )


class Augmentation(Settings):
    """What is done to training photos, anew each epoch."""

    strength: Literal["auto", "none", "light", "medium", "strong"] = Field(
        default="auto", description="shift, zoom, rotation, brightness and contrast; auto is sized to the number of photos"
    )
    mirror: bool | None = Field(
        default=None,
        description="mirror images left to right; by default yes, except for the built-in digits, where a mirrored 2 is no 2",
    )


class GateSettings(Settings):
    """What the finished files are held against, on validation photos."""

    mode: Literal["off", "report", "enforce"] = Field(
        default="report",
        description="report says whether the file passes; enforce then compresses by other techniques until one does",
    )
    max_drop: float = Field(default=MAX_DROP, ge=0, le=100, description="points of accuracy that a file may lose")
    max_class_drop: float = Field(
        default=MAX_CLASS_DROP, ge=0, le=100, description="points that one class may lose, from 3 photos on"
    )
    max_flash: str | int | None = Field(default=None, description="the largest file, such as 300KiB")
    max_gzip: str | int | None = Field(default=None, description="the largest file as a download")

    @field_validator("max_flash", "max_gzip")
    @classmethod
    def _a_size(cls, size: str | int | None) -> str | int | None:
        if size is not None:
            parse_size(size)
        return size

    @property
    def limits(self) -> Gate:
        """The same as numbers."""
        return Gate.of(self.max_drop, self.max_class_drop, self.max_flash, self.max_gzip)


class BuildConfig(Settings):
    """Everything that decides what a build makes.

    Args:
        data: a folder with one sub-folder a class, a .zip of one, `digits` (built in) or `keras:cifar10` and its kind.
        test_data: photos to measure on instead of a share of `data`, in the same forms.
        alpha: width multiplier, in (0, 2].
        resolution: input height and width in pixels, 32 to 2048; `rho` (resolution / 224) may be given in its place.
        channels: 3 (colour) or 1 (grayscale).
        classes: number of classes; `None` takes what the data has, a number is checked against it.
        init: `auto`, `scratch`, `imagenet`, or a .keras, .h5, .weights.h5 or float .tflite file.
        seed: seeds initialisation, order and augmentation.
        split_seed: seeds the split into training, validation and test photos, apart from `seed`.

    Raises:
        ConfigError: an unknown key, a wrong type, or a value out of range.

    Example:
        >>> BuildConfig(alpha=0.5, resolution=128).rho
        0.5714285714285714
    """

    data: str = Field(default="digits", min_length=1)
    test_data: str | None = Field(default=None, min_length=1)
    bad_share_max: float = Field(default=0.1, ge=0, le=1, description="more unreadable photos than this share stop the build")
    alpha: float = 0.25
    resolution: int = 96
    channels: Literal[1, 3] = 3
    classes: int | None = Field(default=None, ge=2, le=100_000)
    init: str = Field(default="auto", min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    split_seed: int = Field(default=0, ge=0, lt=2**31)
    variants: tuple[Variant, ...] = VARIANTS
    author: str = Field(default="", max_length=500)
    license: str = Field(default="", max_length=500)
    training: Training = Training()
    augmentation: Augmentation = Augmentation()
    gate: GateSettings = GateSettings()

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(explain(error, type(self))) from None

    @model_validator(mode="before")
    @classmethod
    def _resolution_from_rho(cls, values: Any) -> Any:
        """`rho` is another way to say `resolution`; both may be given when they agree."""
        if not isinstance(values, dict) or values.get("rho") is None:
            return values
        rest = {key: value for key, value in values.items() if key != "rho"}
        resolution = resolution_of(values["rho"])
        if rest.get("resolution") not in (None, resolution):
            raise ConfigError(
                f"rho {values['rho']} is {resolution} px, but resolution says {rest['resolution']} px: give one of the two "
                f"(rho = resolution / {BASE_RESOLUTION})."
            )
        return rest | {"resolution": resolution}

    @field_validator("alpha", mode="before")
    @classmethod
    def _alpha_in_range(cls, alpha: Any) -> float:
        return float(check_alpha(alpha))

    @field_validator("resolution", mode="before")
    @classmethod
    def _resolution_in_range(cls, resolution: Any) -> int:
        return check_resolution(resolution)

    @field_validator("variants")
    @classmethod
    def _variants_once(cls, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
        if not variants:
            raise ValueError(f"name at least one of {', '.join(VARIANTS)}")
        return tuple(variant for variant in VARIANTS if variant in variants)

    @property
    def rho(self) -> float:
        """The resolution multiplier: resolution / 224."""
        return self.resolution / BASE_RESOLUTION

    def network(self, classes: int) -> Network:
        """The network that these settings describe, for a number of classes."""
        return Network(alpha=self.alpha, resolution=self.resolution, channels=self.channels, classes=classes)

    def identity(self) -> dict[str, Any]:
        """What makes two builds the same one, apart from the photos: every setting that decides what comes out."""
        return self.model_dump(mode="json", exclude=set(NO_IDENTITY))

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed, checked like a new one."""
        return type(self)(**(self.model_dump() | changes))

    def to_yaml(self) -> str:
        """The settings as YAML, every key written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str, source: str = "the settings") -> Self:
        """Reads settings from YAML text; keys that are left out keep their defaults.

        Args:
            text: a YAML mapping.
            source: what to call it in an error message, usually the file's name.

        Raises:
            ConfigError: no valid YAML, no mapping, or a setting that is refused.
        """
        values = mapping_of(text, source, depth=3, values=VALUES_MAX, example="alpha: 0.25")
        try:
            return cls(**values)
        except ConfigError as error:
            raise ConfigError(f"{source}: {error}") from None

    @classmethod
    def from_file(cls, path: Path | str) -> Self:
        """Reads settings from a YAML file.

        Raises:
            ConfigError: the file cannot be read, or as `from_yaml`.
        """
        return cls.from_yaml(text_of(Path(path)), source=str(path))


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Turns pydantic's first complaints into sentences that name the key, what came and what would do."""
    sentences: list[str] = []
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        key = ".".join(place) if place[:1] != ["variants"] else "variants (--variant)"
        cause = (problem.get("ctx") or {}).get("error")
        if isinstance(cause, BuilderError):
            sentences.append(str(cause))
        elif problem["type"] == "extra_forbidden":
            known = known_keys(model, place[:-1])
            listed = f" Known: {', '.join(known)}."
            said = any(sentence.endswith(listed) for sentence in sentences)
            hint = inside(model, place) or nearest(place[-1], known)
            sentences.append(f'unknown setting "{key[:80]}".{hint}{"" if said else listed}')
        else:
            came = problem["input"]
            shown = repr(came) if not (isinstance(came, float) and math.isnan(came)) else "nan"
            message = PLAIN.get(problem["type"]) or problem["msg"].removeprefix("Value error, ").rstrip(".")
            sentences.append(f"{key} = {shown[:80]}: {message[0].lower()}{message[1:]}.")
    return " ".join(sentences[:5])


def inside(model: type[BaseModel], place: list[str]) -> str:
    """A hint such as ` It belongs inside training, as in training: {epochs: …}.`; empty where no section has such a key."""
    for section in sections(model) if len(place) == 1 else ():
        if place[0] in known_keys(model, section):
            written = f"{place[0]}: …"
            for part in reversed(section):
                written = f"{part}: {{{written}}}"
            return f" It belongs inside {'.'.join(section)}, as in {written}."
    return ""


def sections(model: type[BaseModel]) -> list[list[str]]:
    """The places that have names of their own, such as ["training"]: those of the outermost sections first."""
    found = [[name] for name in model.model_fields if known_keys(model, [name])]
    return [*found, *(outer + each for outer in found if (held := section_of(model, outer[0])) for each in sections(held))]


def section_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of a section, also of one that may be left out; None where a name has a plain value."""
    field = model.model_fields.get(name)
    kinds = () if field is None else (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def known_keys(model: type[BaseModel], place: list[str]) -> list[str]:
    """The valid names at a place such as ["training"]."""
    for part in place:
        held = section_of(model, part)
        if held is None:
            return []
        model = held
    return list(model.model_fields) + (["rho"] if model is BuildConfig else [])
