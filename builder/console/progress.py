"""Progress of a command on the terminal, from its events.

A terminal gets bars that are redrawn; anything else (a file, a pipe, a CI log) gets plain lines without control characters.
Everything goes to stderr: stdout is for answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from builder.console.lines import Lines
from builder.console.on_terminal import OnTerminal


class Display(Protocol):
    """Shows events."""

    def show(self, event: str, values: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class ConsoleProgress(OnTerminal[Display]):
    """A context manager and an `Emit`: shows events until its body ends. Never raises, whatever becomes of the terminal.

    Args:
        stream: where to write; by default the real stderr, even while libraries' output is sent elsewhere.
        clock: seconds, for the time left.

    Example:
        >>> with ConsoleProgress() as progress:
        ...     build(config, emit=progress)
    """

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, lambda found: display_for(found, clock))

    def __call__(self, event: str, /, **values: Any) -> None:
        self.show(lambda display: display.show(event, values))


def display_for(stream: TextIO, clock: Callable[[], float]) -> Display:
    """Bars for a terminal that can move its cursor, lines for anything else."""
    if is_terminal(stream):
        from builder.console.bars import Bars

        return Bars(stream, clock)
    return Lines(stream, clock)


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody watches, on a terminal that can be redrawn."""
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    except (OSError, ValueError):
        return False
