"""Notices that no machine of a cluster can build any more, and that one can again."""

from __future__ import annotations

import time
from collections.abc import Callable

IDLE_SECONDS = 60.0  # without any worker that could build, until that is told
IDLE = (
    "Since {time} no node of the cluster can build: none is there, or others use their cores, memory and GPUs. `ray status` on the "
    "head shows what there is; start a node with `ray start --address=...`, or free one. The batch waits, and goes on by itself."
)


class Idleness:
    """Since when nobody can build; each outage is told once, by the time of day at which it began.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.able = clock()  # when a worker could build last
        self.is_idle = False

    def look(self, host: str | None) -> str:
        """What to tell now, as a sentence; empty where nothing has changed.

        Args:
            host: a machine that can build; None where there is none.
        """
        if host is not None:
            was_idle, self.is_idle, self.able = self.is_idle, False, self.clock()
            return f"At {time_of_day(self.able)} {host} can build: the batch goes on." if was_idle else ""
        if self.is_idle or self.clock() - self.able < IDLE_SECONDS:
            return ""
        self.is_idle = True
        return IDLE.format(time=time_of_day(self.able))


def time_of_day(seconds: float) -> str:
    """A time of day, from seconds since 1970."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))
