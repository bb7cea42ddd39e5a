"""The cells that wait for a worker, and which one comes next.

The longest builds come first, so that no worker is left with a long one at the end. A worker prefers a network of the shape that it
has compiled already, else one that no other worker has. Choosing takes as many steps as there are workers, however many cells wait.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Job:
    """A cell that is to be built.

    Args:
        number: of the cell.
        shape: what a worker compiles once: equal for networks that train in the same way.
        group: cells of one group are compared with each other: those of the same photos.
        seconds: that it takes as a rule; 0 is not known.
        epochs: that it trains in all.
        rung: comparisons that it has passed.
        place: the machine on which a paused build lies; empty is any.
    """

    number: int
    shape: Hashable = None
    group: str = ""
    seconds: float = 0.0
    epochs: int = 0
    rung: int = 0
    place: str = ""

    @property
    def rank(self) -> tuple[float, int]:
        """The longest first, then in the order of the file."""
        return (-self.seconds, self.number)


class Waiting:
    """Jobs by shape, each shape with its longest first; jobs that are bound to a machine apart."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.bound: set[int] = set()
        self.by_shape: dict[Hashable, list[tuple[tuple[float, int], int]]] = {}
        self.shapes: list[
            tuple[tuple[float, int], int]
        ] = []  # the best of each shape; entries that are out of date are passed over

    def __len__(self) -> int:
        return len(self.jobs)

    def __iter__(self) -> Iterator[int]:
        return iter(self.jobs)

    def __contains__(self, number: object) -> bool:
        return number in self.jobs

    def add(self, job: Job) -> None:
        """One more."""
        self.jobs[job.number] = job
        if job.place:
            self.bound.add(job.number)
            return
        entry = (job.rank, job.number)
        heap = self.by_shape.setdefault(job.shape, [])
        heapq.heappush(heap, entry)
        if heap[0] == entry:
            heapq.heappush(self.shapes, entry)

    def discard(self, number: int) -> None:
        """Takes one out, if it is there."""
        job = self.jobs.pop(number, None)
        self.bound.discard(number)
        if job is not None:
            self.renew(job.shape)

    def take(self, shape: Hashable, others: Collection[Hashable], place: str, places: Collection[str]) -> Job | None:
        """Takes the next one out; see `Schedule.take`."""
        same = self.first_of(shape) if shape is not None else None
        chosen = self.bound_to(place, places) or same or self.first_beside(others)
        if chosen is not None:
            self.discard(chosen.number)
        return chosen

    def bound_to(self, place: str, places: Collection[str]) -> Job | None:
        """A build that was begun on this machine, or on one that is gone."""
        able = [
            self.jobs[number] for number in self.bound if self.jobs[number].place == place or self.jobs[number].place not in places
        ]
        return min(able, key=lambda job: job.rank, default=None)

    def first_of(self, shape: Hashable) -> Job | None:
        """The longest of a shape."""
        heap = self.by_shape.get(shape, [])
        while heap and not self.holds(heap[0]):
            heapq.heappop(heap)
        return self.jobs[heap[0][1]] if heap else None

    def first_beside(self, others: Collection[Hashable]) -> Job | None:
        """The longest of the shapes that nobody else has; where there is none, the longest of all."""
        passed: list[tuple[tuple[float, int], int]] = []
        chosen = None
        while self.shapes and chosen is None:
            entry = heapq.heappop(self.shapes)
            if not self.holds(entry):
                continue
            passed.append(entry)
            if self.jobs[entry[1]].shape not in others:
                chosen = self.jobs[entry[1]]
        for entry in passed:
            heapq.heappush(self.shapes, entry)
        return chosen or (self.jobs[passed[0][1]] if passed else None)

    def renew(self, shape: Hashable) -> None:
        """Puts the best that is left of a shape among the shapes."""
        left = self.first_of(shape)
        if left is not None:
            heapq.heappush(self.shapes, (left.rank, left.number))

    def holds(self, entry: tuple[tuple[float, int], int]) -> bool:
        """Whether an entry of a heap is still a job that waits, bound to no machine."""
        return entry[1] in self.jobs and entry[1] not in self.bound
