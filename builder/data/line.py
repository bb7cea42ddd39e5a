"""The line in front of work that takes much memory: a few at once in this process, the others in the order in which they came.

Nobody waits inside: whoever stands in the line asks again from time to time, and one who no longer asks loses the place. A holder
keeps its place until it leaves, or until the process that it runs is over.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable

SILENCE_SECONDS = 90.0  # browsers let timers of hidden tabs fire once a minute


class Place:
    """One who stands in a line, or is at work."""

    def __init__(self, asked: float) -> None:
        self.asked = asked
        self.process: subprocess.Popen[bytes] | None = None
        self.left = False

    def leave(self) -> None:
        """Makes room; needs no lock, so that a value may leave while it is thrown away."""
        self.left = True

    def is_over(self, now: float) -> bool:
        """Whether others may have the place."""
        if self.process is not None:
            return self.left or self.process.poll() is not None
        return self.left or now - self.asked > SILENCE_SECONDS


class Line:
    """A line.

    Args:
        at_once: how many may work at the same time.
        clock: seconds.
    """

    def __init__(self, at_once: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once = at_once
        self.clock = clock
        self.places: list[Place] = []
        self.lock = threading.Lock()

    def join(self) -> Place:
        """A place at the end."""
        place = Place(self.clock())
        with self.lock:
            self.places.append(place)
        return place

    def may_work(self, place: Place) -> bool:
        """Whether it is this one's turn; to ask keeps the place, and who has lost it stands at the end again."""
        now = place.asked = self.clock()
        if place.left:
            return False
        with self.lock:
            self.places = [each for each in self.places if not each.is_over(now)]
            if place not in self.places:
                self.places.append(place)
            return self.places.index(place) < self.at_once
