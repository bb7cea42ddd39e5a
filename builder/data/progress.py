"""Counts work in the data stage and says so a few times a second."""

from __future__ import annotations

import threading
import time

from builder.events import Emit

SECONDS_BETWEEN = 0.2


class Progress:
    """A counter that many threads may advance; the last count is always said, and none when nothing happened."""

    def __init__(self, emit: Emit, total: int, unit: str) -> None:
        self.emit, self.total, self.unit = emit, total, unit
        self.done = 0
        self.said_at = time.monotonic()
        self.lock = threading.Lock()

    def advance(self, count: int = 1) -> None:
        """Adds to what is done."""
        with self.lock:
            self.done += count
            now = time.monotonic()
            if now - self.said_at < SECONDS_BETWEEN and self.done < self.total:
                return
            self.said_at = now
            self.emit("progress", stage="data", done=self.done, total=self.total, unit=self.unit)
