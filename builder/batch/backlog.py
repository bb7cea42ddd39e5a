"""Finished builds that are still to be logged, and the thread that does so: the driver never waits for a server."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from builder.batch.journal import Journal
from builder.batch.record import CellRecord
from builder.formats import counted

LOOK_SECONDS = 0.1
TOLD_SECONDS = 2.0  # of waiting, from which on it is said what for
PATIENCE_SECONDS = 60.0  # at the end of a batch, without one more being logged
JOIN_SECONDS = 10.0


class Backlog:
    """Takes finished builds at once and logs one after the other in a thread of its own.

    Args:
        log: what is done with each, in that thread; None takes them and does nothing.
    """

    def __init__(self, log: Callable[[CellRecord], None] | None) -> None:
        self.log = log
        self.cells: queue.SimpleQueue[CellRecord | None] = queue.SimpleQueue()
        self.taken = self.logged = 0  # each written by one thread only
        self.is_over = False
        self.thread = threading.Thread(target=self.work, daemon=True, name="tracking")

    def __call__(self, cell: CellRecord) -> None:
        """One more; returns at once."""
        if self.log is None:
            return
        self.taken += 1
        self.cells.put(cell)
        if self.thread.ident is None:
            self.thread.start()

    @property
    def left(self) -> int:
        """How many are not logged yet."""
        return self.taken - self.logged

    def work(self) -> None:
        """Logs what comes, until nothing more does."""
        assert self.log is not None
        while (cell := self.cells.get()) is not None and not self.is_over:
            self.log(cell)
            self.logged += 1

    def settle(self, journal: Journal) -> None:
        """Waits for the rest, once everything is built, as long as it goes on; Ctrl-C ends the waiting."""
        began = moved = time.monotonic()
        before, is_told = self.logged, False
        try:
            while self.left and self.thread.is_alive() and time.monotonic() - moved < PATIENCE_SECONDS:
                if self.logged != before:
                    before, moved = self.logged, time.monotonic()
                if not is_told and time.monotonic() - began > TOLD_SECONDS:
                    is_told = True
                    journal.emit("note", message=f"{counted(self.left, 'build')} still to be logged to MLflow. Ctrl-C leaves them.")
                journal.beat()
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            return

    def leave(self, journal: Journal) -> None:
        """Logs no more after the one at hand, and says what is left."""
        self.is_over = True
        self.cells.put(None)
        if self.left:
            journal.warn(f"Not tracked yet: {counted(self.left, 'build')}. The same command, run again, logs what is missing.")

    def join(self) -> None:
        """Waits a moment for the thread to end, for who has taken away what it waits for."""
        self.is_over = True
        self.cells.put(None)
        if self.thread.is_alive():
            self.thread.join(JOIN_SECONDS)
