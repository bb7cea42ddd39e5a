"""How builds are named and described on the page: icons with words, dates, one line for an option."""

from __future__ import annotations

import re
import time
from pathlib import PurePath

from builder.formats import UNKNOWN, format_percent, printable
from builder.listing import Row, State

# A sign and a word, so that no state is told by colour alone. The signs are in every common font.
STATES: dict[State, str] = {
    "running": "● running",
    "waiting": "○ waiting",
    "done": "✓ done",
    "failed": "✕ failed",
    "stopped": "■ stopped",
    "damaged": "! damaged",
}
ICONS: dict[State, str] = {
    "running": ":material/play_circle:",
    "waiting": ":material/hourglass_top:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "stopped": ":material/stop_circle:",
    "damaged": ":material/broken_image:",
}
COLOURS = {3: "colour", 1: "grayscale"}


def id_of(words: str) -> str:
    """The id of the build that an option names.

    A browser names what is chosen by its words, and these change with a build's title or state: the id at their end tells which
    build is meant.
    """
    return re.split(r"[ -]", words)[-1]


def option(row: Row) -> str:
    """One build in a list to choose from, as plain text: such lists know no markup."""
    return f"{printable(row.title, 60) or '(no name)'} · {STATES[row.state]} · {row.id}"


def date(seconds: float | None) -> str:
    """A moment in the server's time, such as `2026-01-31 17:05`."""
    try:
        return UNKNOWN if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):  # a damaged file may hold any number
        return UNKNOWN


def photos(data: str) -> str:
    """The photos of a build, short: the last part of a path, `digits` as it is."""
    return printable(PurePath(data).name or data, 40) if data else UNKNOWN


def dials(row: Row) -> str:
    """Both dials, such as `alpha 0.25, 96 px`."""
    if row.alpha is None or row.resolution is None:
        return UNKNOWN
    return f"alpha {row.alpha:g}, {row.resolution} px" + (", grayscale" if row.channels == 1 else "")


def progress(row: Row) -> str:
    """How far a build is that is not done: epochs and the best accuracy so far."""
    if row.state == "waiting":
        return f"Place {row.place} in the queue of this machine."
    if row.epoch is None:
        return "Not one epoch is whole yet." if row.live else "It ended before its first epoch was whole."
    best = f"; best accuracy on validation photos {format_percent(row.val_accuracy)}" if row.val_accuracy is not None else ""
    return f"{row.epoch[0]} of {row.epoch[1]} epochs{best}."
