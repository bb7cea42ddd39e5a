"""The choice as people on a shell would write it: commands with only what is not the default, and the settings as YAML."""

from __future__ import annotations

import shlex

import yaml

from ui.choice import Choice

BUILD_OPTIONS = (
    "init", "epochs", "batch_size", "learning_rate", "patience", "augmentation", "seed", "gate", "max_drop", "max_class_drop",
    "max_flash", "max_gzip", "title",
)  # fmt: skip
PHOTOS = "photos/"  # stands for photos that have not been chosen


def build_command(choice: Choice) -> str:
    """`builder build` with the settings that are not the defaults.

    Args:
        choice: without photos, a folder stands in their place.
    """
    start = Choice()
    options: list[tuple[str, object]] = [("--data", choice.data or PHOTOS), *dials(choice)]
    for name in BUILD_OPTIONS:
        value = getattr(choice, name)
        if value != getattr(start, name):
            options.append((f"--{name.replace('_', '-')}", value))
    flags = ["--freeze"] if choice.freeze else []
    if choice.mirror is not None:
        flags.append("--mirror" if choice.mirror else "--no-mirror")
    return written("build", options, [*colours(choice), *flags])


def plan_command(choice: Choice, *, classes_of_data: int | None = None) -> str:
    """`builder plan` for the design and its budget.

    Args:
        choice: the design.
        classes_of_data: how many classes the chosen photos have, where that is known; they are named only if they agree.
    """
    known = bool(choice.data) and classes_of_data == choice.classes
    of = ("--data", choice.data) if known else ("--classes", choice.classes)
    return written("plan", [*dials(choice), of, *limits(choice)], colours(choice))


def fit_command(choice: Choice, *, classes_of_data: int | None = None) -> str:
    """`builder fit` for the budget; empty where nothing limits the model."""
    held = limits(choice)
    if not {name for name, _ in held} - {"--reserve-flash", "--reserve-ram"}:
        return ""
    known = bool(choice.data) and classes_of_data == choice.classes
    of = ("--data", choice.data) if known else ("--classes", choice.classes)
    variant = [("--variant", choice.variant)] if choice.variant else []
    return written("fit", [*held, of, *variant], colours(choice))


def dials(choice: Choice) -> list[tuple[str, object]]:
    """Alpha and resolution, always named: they are what a design is."""
    return [("--alpha", choice.alpha), ("--resolution", choice.resolution)]


def colours(choice: Choice) -> list[str]:
    """The flag of grayscale photos."""
    return ["--grayscale"] if choice.grayscale else []


def limits(choice: Choice) -> list[tuple[str, object]]:
    """Device, limits and reserves that were given."""
    latency = "" if choice.latency_ms is None else f"{choice.latency_ms!r}ms"
    every = {
        "--device": choice.device,
        "--flash": choice.flash,
        "--ram": choice.ram,
        "--latency": latency,
        "--reserve-flash": choice.reserve_flash,
        "--reserve-ram": choice.reserve_ram,
    }
    return [(name, value) for name, value in every.items() if value]


def written(command: str, options: list[tuple[str, object]], flags: list[str]) -> str:
    """One line for a POSIX shell, every value quoted that needs it."""
    # A value that begins with a dash would be read as an option, unless it is joined to its name.
    parts = [
        shlex.quote(f"{name}={value}") if str(value).startswith("-") else f"{name} {shlex.quote(str(value))}"
        for name, value in options
    ]
    return " ".join(["builder", command, *parts, *flags])


def settings_yaml(choice: Choice) -> str:
    """The settings of the build as YAML, without the defaults, for `builder build --config`.

    Raises:
        ConfigError: a setting that is refused.
    """
    config = choice.config()
    changed = config.model_dump(mode="json", exclude_defaults=True)
    chosen = {"data": choice.data or PHOTOS, "alpha": config.alpha, "resolution": config.resolution}
    changed = chosen | {name: value for name, value in changed.items() if name not in chosen}
    return yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)
