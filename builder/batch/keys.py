"""The settings that a batch may vary, by their dotted names such as `training.epochs`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from builder.architecture import resolution_of
from builder.config import BuildConfig
from builder.errors import ConfigError, nearest

SEED = "seed"


@cache
def sections() -> dict[str, type[BaseModel]]:
    """The sections of the settings: training, augmentation, gate."""
    found = ((name, field.annotation) for name, field in BuildConfig.model_fields.items())
    return {name: kind for name, kind in found if isinstance(kind, type) and issubclass(kind, BaseModel)}


@cache
def known() -> tuple[str, ...]:
    """Every dotted key, `rho` among them."""
    inside = tuple(f"{section}.{name}" for section, kind in sections().items() for name in kind.model_fields)
    return (*(name for name in BuildConfig.model_fields if name not in sections()), "rho", *inside)


def flat(values: Mapping[Any, Any], place: str) -> dict[str, Any]:
    """Values by dotted keys; a section may also be written out as a mapping.

    Args:
        values: such as `{"alpha": 0.5, "training": {"epochs": 3}}`.
        place: where they stand in the file, for messages.

    Raises:
        ConfigError: a key that does not exist, or one that is there twice.

    Example:
        >>> flat({"training": {"epochs": 3}}, "grid")
        {'training.epochs': 3}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        inner = value if key in sections() and isinstance(value, Mapping) else None
        parts = {str(key): value} if inner is None else {f"{key}.{name}": each for name, each in inner.items()}
        for name, each in parts.items():
            if name in found:
                raise ConfigError(f"{place} has {name} twice: once as a dotted key, once inside its section. Keep one.")
            found[check(name, place)] = each
            check_writable(name, each, place)
    return found


def check_writable(key: str, value: Any, place: str) -> None:
    """Raises `ConfigError` for what the record of a batch cannot hold: it holds words, numbers, lists, and mappings by words."""
    if not is_writable(value):
        raise ConfigError(f"{place}: {key} = {value!r:.80} cannot be written into a file. Give numbers, words, or lists of them.")


def is_writable(value: Any) -> bool:
    """Whether JSON can hold a value, and UTF-8 its text."""
    if isinstance(value, str):
        return value.isascii() or value == value.encode(errors="ignore").decode()
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and is_writable(name) and is_writable(each) for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(is_writable, value))
    return value is None or isinstance(value, (bool, int, float))


def check(key: str, place: str) -> str:
    """Returns a key that exists, or raises `ConfigError` with the nearest that does."""
    if key in known():
        return key
    if key in sections():
        inside = ", ".join(name for name in known() if name.startswith(f"{key}."))
        raise ConfigError(f"{place}: {key} is a section. Name the setting inside it: {inside}.")
    hint = nearest(key, known()) or nearest(key.rpartition(".")[2], known())
    raise ConfigError(f'{place}: there is no setting "{key[:80]}".{hint} Known: {", ".join(known())}.')


def with_values(base: BuildConfig, values: Mapping[str, Any]) -> BuildConfig:
    """The settings with some changed by dotted keys; sections that nothing changes are shared, not copied.

    Raises:
        ConfigError: a value of a wrong type or out of range.
    """
    settings: dict[str, Any] = dict(vars(base))
    if "rho" in values:
        del settings["resolution"]
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        if section:
            part = settings[section]
            settings[section] = {**(part if isinstance(part, dict) else vars(part)), name: value}
        else:
            settings[key] = value
    return BuildConfig(**settings)


def value_of(base: BuildConfig, values: Mapping[str, Any], key: str) -> Any:
    """What a cell has under a key: its own value or the base's; what rho says counts as pixels, and the other way round."""
    if key in ("rho", "resolution"):
        return pixels(values["rho"]) if "rho" in values else values.get("resolution", base.resolution)
    if key in values:
        return values[key]
    section, _, name = key.rpartition(".")
    return getattr(getattr(base, section) if section else base, name)


def comparable(key: str, value: Any) -> Any:
    """A value as `value_of` gives it: rho becomes pixels."""
    return pixels(value) if key == "rho" else value


def pixels(rho: Any) -> Any:
    """The resolution of a rho; what is no rho stays as it is."""
    try:
        return resolution_of(rho)
    except ConfigError:
        return rho


def equal(one: Any, other: Any) -> bool:
    """Whether two values of a file are the same; `true` is not 1, and a tuple is as good as a list."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(equal(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
