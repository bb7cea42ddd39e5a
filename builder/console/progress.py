"""Progress of a command on the terminal, from its events.

A terminal gets bars that are redrawn; anything else (a file, a pipe, a CI log) gets plain lines without control characters.
Everything goes to stderr: stdout is for answers.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from builder.console.lines import Lines


class Display(Protocol):
    """Shows events."""

    def show(self, event: str, values: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class ConsoleProgress:
    """A context manager and an `Emit`: shows events until its body ends. Never raises, whatever becomes of the terminal.

    Args:
        stream: where to write; by default the real stderr, even while libraries' output is sent elsewhere.
        clock: seconds, for the time left.

    Example:
        >>> with ConsoleProgress() as progress:
        ...     build(config, emit=progress)
    """

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.given = stream
        self.clock = clock
        self.lock = threading.Lock()
        self.display: Display | None = None
        self.opened: TextIO | None = None

    def __enter__(self) -> Self:
        stream = self.given
        if stream is None:
            from builder.output import terminal

            with contextlib.suppress(OSError):  # a process may run without a stderr
                stream = self.opened = terminal()
        if stream is not None:
            self.display = display_for(stream, self.clock)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self.lock:
            if self.display is not None:
                with contextlib.suppress(OSError, ValueError):
                    self.display.close()
                self.display = None
            if self.opened is not None:
                with contextlib.suppress(OSError, ValueError):
                    self.opened.close()
                self.opened = None

    def __call__(self, event: str, /, **values: Any) -> None:
        with self.lock:
            if self.display is None:
                return
            try:
                self.display.show(event, values)
            except (OSError, ValueError):  # the terminal has gone; the work goes on
                self.display = None


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
