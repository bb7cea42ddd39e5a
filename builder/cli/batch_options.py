"""The options of `builder batch`: what `--help` teaches of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from builder.cli.options import OUTPUT, option

WHERE, WHEN = "Where it runs", "When it stops early"
ETA = 3  # of --halving without a number

File = Annotated[
    Path, typer.Argument(help="A YAML file: settings that all builds share, and lists of those that vary.", metavar="FILE")
]
DryRun = Annotated[
    bool,
    option(
        None,
        "Show what would be built, with planned size, RAM, compute and time, and what is skipped and why; train nothing.",
        "--dry-run",
    ),
]
Detach = Annotated[
    bool,
    option(
        None,
        "Run it as a process of its own that outlives this terminal; the same command without --detach shows how it goes on.",
        "--detach",
    ),
]
Workers = Annotated[
    int | None,
    option(WHERE, "Builds at a time, each in a warm process.", "--workers", shown="from cores, memory and GPUs", metavar="N"),
]
PerGpu = Annotated[int, option(WHERE, "Workers that share a GPU.", "--per-gpu", shown=True, metavar="K")]
Ray = Annotated[
    str | None,
    option(
        WHERE,
        "Build on a Ray cluster: its address, or [bold]local[/] to start one here.",
        "--ray",
        shown="this machine, without Ray",
        metavar="ADDRESS",
    ),
]
Storage = Annotated[
    str | None,
    option(
        WHERE,
        "Where workers of a cluster leave finished builds: any path that fsspec knows, such as s3://bucket/builds.",
        "--storage",
        shown="--exports",
        metavar="PLACE",
    ),
]
StopWhen = Annotated[
    str | None,
    option(
        WHEN,
        "End the batch with the first build that meets a condition, such as [bold]'accuracy>=98% and flash<=300KiB'[/]; "
        "accuracy is the int8 file's on the validation photos.",
        "--stop-when",
        shown="all are built",
        metavar="CONDITION",
    ),
]
MaxHours = Annotated[
    float | None,
    option(WHEN, "End after so many hours; the same command goes on.", "--max-hours", shown="no limit", metavar="HOURS"),
]
Halving = Annotated[
    int | None,
    option(
        WHEN,
        "Successive halving: all train a few epochs, the best one of ETA trains on, and so forth, so that hopeless settings "
        f"stop early. ETA is 2 to 10; without a number it is {ETA}.",
        "--halving",
        shown="every build trains to its end",
        metavar="[ETA]",
    ),
]
Track = Annotated[
    str | None,
    option(OUTPUT, "Log each finished build to MLflow at this tracking URI.", "--track", shown="nowhere", metavar="URI"),
]
JsonLines = Annotated[bool, option(OUTPUT, "Print each event as one JSON object a line on stdout, as it happens.", "--json-lines")]


class WithHalving(TyperCommand):
    """Lets `--halving` stand alone, which Typer has no option for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the command line."""
        return super().parse_args(ctx, with_eta(args))


def with_eta(words: list[str]) -> list[str]:
    """The same words with a number after a `--halving` that has none."""
    found: list[str] = []
    for place, word in enumerate(words):
        found.append(word)
        following = words[place + 1] if place + 1 < len(words) else ""
        if word == "--halving" and not following.lstrip("+-").isdigit():
            found.append(str(ETA))
    return found
