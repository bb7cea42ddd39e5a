"""Events for machines: one JSON object a line on stdout, each written at once."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from typing import Any, TextIO

from builder.event_log import finite


class JsonLines:
    """An `Emit`: a line has the event's name, its time in seconds since 1970 and its values. A reader that has gone stops nothing.

    Args:
        stream: where to write; by default stdout.

    Example:
        >>> JsonLines()("cell", number=3, state="done", time=0.0)
        {"time": 0.0, "event": "cell", "number": 3, "state": "done"}
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream: TextIO | None = sys.stdout if stream is None else stream
        self.lock = threading.Lock()

    def __call__(self, event: str, /, **values: Any) -> None:
        line = json.dumps({"time": round(time.time(), 3), "event": event} | finite(values), default=str)
        with self.lock:
            if self.stream is None:
                return
            try:
                self.stream.write(line + "\n")
                self.stream.flush()
            except (OSError, ValueError):
                self.leave()

    def leave(self) -> None:
        """Writes no more, and lets what is left in the stream go nowhere: else the end of the process would stumble over it."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if self.stream is not None:
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
        self.stream = None
