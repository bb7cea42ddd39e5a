"""A display on the real stderr for as long as a body runs; whatever becomes of the terminal, the work goes on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Protocol, Self, TextIO, TypeVar


class Closable(Protocol):
    """What ends with the body."""

    def close(self) -> None: ...


Shown = TypeVar("Shown", bound=Closable)


class OnTerminal(Generic[Shown]):
    """A context manager around a display.

    Args:
        stream: where to write; by default the real stderr, even while libraries' output is sent elsewhere.
        make: makes the display on a stream.
    """

    def __init__(self, stream: TextIO | None, make: Callable[[TextIO], Shown]) -> None:
        self.given, self.make = stream, make
        self.lock = threading.Lock()
        self.display: Shown | None = None
        self.opened: TextIO | None = None

    def __enter__(self) -> Self:
        stream = self.given
        if stream is None:
            from builder.output import terminal

            with contextlib.suppress(OSError):  # a process may run without a stderr
                stream = self.opened = terminal()
        if stream is not None:
            self.display = self.make(stream)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self.lock:
            for each in (self.display, self.opened):
                if each is not None:
                    with contextlib.suppress(OSError, ValueError):
                        each.close()
            self.display = self.opened = None

    def show(self, change: Callable[[Shown], None]) -> None:
        """Changes the display; the work goes on without it where the terminal has gone."""
        with self.lock:
            if self.display is None:
                return
            try:
                change(self.display)
            except (OSError, ValueError):
                self.display = None
