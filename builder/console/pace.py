"""How long it will still take, from how fast it went so far."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Time left of countable work.

    The first count that is told is where the measurement starts, so neither a resumed beginning nor the compiling before the
    first step counts as speed. All the time since then counts, so pauses such as validation are spread over what is left.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.began: tuple[float, float] | None = None

    def seconds_left(self, done: float, total: float | None) -> float | None:
        """Seconds until `total`; None as long as nobody can know."""
        now = self.clock()
        if self.began is None or done < self.began[1]:
            self.began = (now, done)
        at, first = self.began
        if total is None or done <= first or now <= at:
            return None
        return max(0.0, (total - done) * (now - at) / (done - first))
