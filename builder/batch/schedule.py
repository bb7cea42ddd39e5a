"""Which cell a worker builds next, and which cells stop early: pure bookkeeping, which knows no process and no file.

The longest builds come first, so that no worker is left with a long one at the end. A worker prefers a network of the shape that it
has compiled already, and one that no other worker has.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field

from builder.batch.halving import pause_after, rung_count, survivors
from builder.formats import format_percent


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


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cell that a comparison stopped, and why."""

    number: int
    why: str


@dataclass(slots=True)
class Group:
    """Cells that are compared with each other: who is in the race, at which comparison, and the scores for it."""

    eta: int
    rungs: int
    rung: int = 0
    racing: set[int] = field(default_factory=set)
    finished: dict[int, float] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)


class Schedule:
    """The cells that are left.

    Args:
        jobs: to be built, or done already where `done` says so later.
        eta: of successive halving; None compares nothing.
    """

    def __init__(self, jobs: Iterable[Job], eta: int | None = None) -> None:
        self.jobs = {job.number: job for job in jobs}
        self.waiting = set(self.jobs)
        self.running: set[int] = set()
        self.paused: set[int] = set()
        self.groups = {} if eta is None else grouped(self.jobs.values(), eta)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.waiting or self.running or self.paused)

    def pause_after(self, number: int) -> int | None:
        """The epoch after which a cell pauses; None where it trains to its end."""
        job = self.jobs[number]
        group = self.groups.get(job.group)
        if group is None or not job.epochs:
            return None
        epoch = pause_after(job.epochs, job.rung, group.rungs, group.eta)
        return None if epoch is None or epoch >= job.epochs else epoch

    def take(self, shape: Hashable, others: Collection[Hashable], place: str, places: Collection[str]) -> int | None:
        """The next cell for a worker; None where there is none now.

        Args:
            shape: of the worker's last cell; None before its first.
            others: shapes of the other workers.
            place: the worker's machine.
            places: machines that have workers: a paused build whose machine is gone begins anew elsewhere.
        """
        able = [self.jobs[number] for number in self.waiting]
        able = [job for job in able if job.place in ("", place) or job.place not in places]
        if not able:
            return None

        def worth(job: Job) -> tuple[bool, bool, float, int]:
            return shape is not None and job.shape == shape, job.shape not in others, job.seconds, -job.number

        chosen = max(able, key=worth)
        self.waiting.discard(chosen.number)
        self.running.add(chosen.number)
        return chosen.number

    def again(self, number: int) -> None:
        """A cell goes back into the queue: its build failed, or its worker died."""
        self.running.discard(number)
        self.waiting.add(number)

    def pause(self, number: int, score: float, place: str = "") -> list[Stopped]:
        """A cell has come to its comparison.

        Args:
            number: of the cell.
            score: its best share of validation photos right so far.
            place: the machine on which it lies.

        Returns:
            Cells that stop here; only where this was the last one that the comparison waited for.
        """
        job = self.jobs[number]
        job.place = place
        self.waiting.discard(number)
        self.running.discard(number)
        self.paused.add(number)
        group = self.groups[job.group]
        group.scores[number] = score
        return self.compare(group)

    def done(self, number: int, score: float | None) -> list[Stopped]:
        """A cell is built; it still counts where others are compared. Returns cells that stop by that."""
        self.waiting.discard(number)
        self.running.discard(number)
        group = self.groups.get(self.jobs[number].group)
        if group is None:
            return []
        if score is None:
            group.racing.discard(number)
        else:
            group.finished[number] = score
        return self.compare(group)

    def give_up(self, number: int) -> list[Stopped]:
        """A cell is out: its build failed for good. Returns cells that stop because the others need not wait for it any more."""
        self.waiting.discard(number)
        self.running.discard(number)
        group = self.groups.get(self.jobs[number].group)
        if group is None:
            return []
        group.racing.discard(number)
        return self.compare(group)

    def compare(self, group: Group) -> list[Stopped]:
        """Holds a comparison, where everybody is there, and the next ones, where those that go on are done already."""
        stopped: list[Stopped] = []
        while group.rung < group.rungs and group.racing and group.racing <= group.scores.keys() | group.finished.keys():
            scores = {number: group.finished.get(number, group.scores.get(number, 0.0)) for number in group.racing}
            best = survivors(scores, group.eta)
            ranks = {number: rank for rank, number in enumerate(survivors_in_order(scores), start=1)}
            for number in sorted(group.racing - set(best)):
                group.racing.discard(number)
                if number in self.paused:
                    self.paused.discard(number)
                    stopped.append(Stopped(number, self.words(number, scores[number], ranks[number], len(scores), len(best))))
            group.rung += 1
            group.scores = {}
            for number in best:
                self.jobs[number].rung = group.rung
                if number in self.paused:
                    self.paused.discard(number)
                    self.waiting.add(number)
        return stopped

    def words(self, number: int, score: float, rank: int, of: int, best: int) -> str:
        """Why a comparison stopped a cell."""
        after = self.pause_after(number)
        goes = "one goes" if best == 1 else f"{best:,} go"
        return (
            f"Stopped by halving after epoch {after} of {self.jobs[number].epochs}: {format_percent(score)} of the validation "
            f"photos right, place {rank:,} of {of:,}; the best {goes} on."
        )


def survivors_in_order(scores: dict[int, float]) -> list[int]:
    """All, the best first."""
    return sorted(scores, key=lambda number: (-scores[number], number))


def grouped(jobs: Iterable[Job], eta: int) -> dict[str, Group]:
    """Cells by the photos that they are trained on."""
    members: dict[str, list[Job]] = {}
    for job in jobs:
        members.setdefault(job.group, []).append(job)
    return {
        name: Group(eta, rung_count(len(found), min(job.epochs for job in found), eta), racing={job.number for job in found})
        for name, found in members.items()
    }
