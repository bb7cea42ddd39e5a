"""Choosing among many cells: the same answers as by looking at all of them, in fewer steps."""

from __future__ import annotations

import random
import time

from builder.batch.waiting import Job, Waiting


def slowly(jobs: dict[int, Job], shape: str | None, others: set[str]) -> int:
    """The rule, read out: the worker's own shape, else one that nobody has; the longest; the first of the file."""
    own = [job for job in jobs.values() if job.shape == shape]
    fresh = [job for job in jobs.values() if job.shape not in others]
    return min(own or fresh or list(jobs.values()), key=lambda job: (-job.seconds, job.number)).number


def test_it_chooses_as_if_it_looked_at_all_of_them() -> None:
    draw = random.Random(0)
    jobs = {number: Job(number, shape=draw.choice("abcdef"), seconds=draw.choice([1.0, 2.0, 3.0])) for number in range(1, 200)}
    waiting = Waiting()
    for job in jobs.values():
        waiting.add(job)
    while jobs:
        shape, others = draw.choice([None, *"abcdef"]), set(draw.sample("abcdef", 2))
        wanted = slowly(jobs, shape, others)
        taken = waiting.take(shape, others, "", {""})
        assert taken is not None
        assert taken.number == wanted
        del jobs[wanted]
        if draw.random() < 0.2:  # a build that failed comes back
            jobs[wanted] = taken
            waiting.add(taken)
        if jobs and draw.random() < 0.2:  # one that is found to be done, or that a comparison stops
            gone = draw.choice(sorted(jobs))
            del jobs[gone]
            waiting.discard(gone)
    assert waiting.take(None, set(), "", {""}) is None


def test_choosing_takes_no_longer_where_more_cells_wait() -> None:
    def seconds_each(count: int) -> float:
        waiting = Waiting()
        for number in range(count):
            waiting.add(Job(number, shape=number % 100, seconds=float(number)))
        began = time.thread_time()
        for number in range(count):
            assert waiting.take(number % 7, {1, 2, 3}, "", {""}) is not None
        return (time.thread_time() - began) / count

    seconds_each(1_000)
    assert seconds_each(20_000) < 5 * seconds_each(1_000)
