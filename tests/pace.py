"""How slow this machine is right now, for tests that hold code to a time: milliseconds mean little without a machine."""

from __future__ import annotations

import time

LOOPS = 400_000
REFERENCE_MS = 20.0  # for the loops below, on the machine that budgets are meant for; 27 on a 2025 cloud Xeon without other work


def slowness() -> float:
    """How many times as long as there some plain Python takes here, of processor time; 1 on a faster machine.

    Measure it right beside what it is for: other work on the machine slows both.
    """
    began = time.thread_time()
    total = 0
    for number in range(LOOPS):
        total += number * number % 7
    return max(1.0, 1000 * (time.thread_time() - began) / REFERENCE_MS)
