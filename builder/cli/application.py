"""The Typer application that every command joins, and what the commands share."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from builder.config import BuildConfig

app = typer.Typer(
    name="builder",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From photos to a verified MobileNet v1 .tflite that fits your device.\n\n"
    "Start with [bold]builder build[/] on the built-in digits, then [bold]builder build --data PHOTOS[/], where PHOTOS is a "
    "folder with one sub-folder a class.",
    epilog="Exit codes: 0 done, 1 something required is broken, 2 bad input, 3 nothing fits, 4 a batch partly failed, "
    "130 interrupted.",
)


def settings(config_file: Path | None, **options: Any) -> BuildConfig:
    """The YAML file's settings with the options that were given laid over them; `training__epochs` reaches into a section."""
    chosen = {key: value for key, value in options.items() if value is not None}
    values = BuildConfig.from_file(config_file).model_dump() if config_file else {}
    if "rho" in chosen and "resolution" not in chosen:
        values.pop("resolution", None)
    for key, value in chosen.items():
        section, _, name = key.rpartition("__")
        place = values.setdefault(section, {}) if section else values
        place[name] = value
    return BuildConfig(**values)


def channels(grayscale: bool | None) -> int | None:
    """Channels for the --grayscale/--colour option; None where it was not given."""
    return None if grayscale is None else 1 if grayscale else 3


def print_json(values: dict[str, Any]) -> None:
    """Prints the one JSON object of a --json command; with escapes where stdout cannot hold a name as it is."""
    text = json_text.dumps(values, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:  # no UTF-8 locale, or a file's name that is no UTF-8
        text = json_text.dumps(values, indent=2)
    typer.echo(text)


def print_lines(lines: Iterable[str]) -> None:
    """Prints one large JSON object line by line, which is never text as a whole."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
