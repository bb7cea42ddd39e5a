"""Which cells are left, at work or paused, and which stop early: pure bookkeeping, which knows no process and no file."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from builder.batch.halving import in_order, pause_after, rung_count, survivors
from builder.batch.waiting import Job, Waiting
from builder.formats import format_percent


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cell that a comparison stopped, and why."""

    number: int
    why: str


@dataclass(slots=True)
class Group:
    """Cells that are compared with each other: who is in the race, at which comparison, the scores, and who is waited for."""

    eta: int
    rungs: int
    rung: int = 0
    racing: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    finished: dict[int, Sequence[float]] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)


class Schedule:
    """The cells that are left.

    Args:
        jobs: to be built, or done already where `done` says so later.
        eta: of successive halving; None compares nothing.
    """

    def __init__(self, jobs: Iterable[Job], eta: int | None = None) -> None:
        self.jobs = {job.number: job for job in jobs}
        self.waiting = Waiting()
        for job in self.jobs.values():
            self.waiting.add(job)
        self.running: set[int] = set()
        self.paused: set[int] = set()
        self.going_on: list[int] = []  # that a comparison has let go on, until somebody takes note
        self.groups = {} if eta is None else grouped(self.jobs.values(), eta)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return not (len(self.waiting) or self.running or self.paused)

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
        job = self.waiting.take(shape, others, place, places)
        if job is None:
            return None
        self.running.add(job.number)
        return job.number

    def again(self, number: int) -> None:
        """A cell goes back into the queue: its build failed, or its worker died."""
        self.running.discard(number)
        self.waiting.add(self.jobs[number])

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
        group.missing.discard(number)
        return self.compare(group)

    def done(self, number: int, best: Sequence[float] = ()) -> list[Stopped]:
        """A cell is built; it still counts where others are compared.

        Args:
            number: of the cell.
            best: its best share of validation photos right so far, after each epoch; empty where nobody knows, and then it is out.

        Returns:
            Cells that stop by that.
        """
        self.waiting.discard(number)
        self.running.discard(number)
        group = self.groups.get(self.jobs[number].group)
        if group is None:
            return []
        if best:
            group.finished[number] = best
        else:
            group.racing.discard(number)
        group.missing.discard(number)
        return self.compare(group)

    def give_up(self, number: int) -> list[Stopped]:
        """A cell is out: its build failed for good. Returns cells that stop because the others need not wait for it any more."""
        self.waiting.discard(number)
        self.running.discard(number)
        group = self.groups.get(self.jobs[number].group)
        if group is None:
            return []
        group.racing.discard(number)
        group.missing.discard(number)
        return self.compare(group)

    def compare(self, group: Group) -> list[Stopped]:
        """Holds a comparison, where everybody is there, and the next ones, where those that go on are done already."""
        stopped: list[Stopped] = []
        while group.rung < group.rungs and group.racing and not group.missing:
            scores = {number: self.score(number, group) for number in group.racing}
            best = survivors(scores, group.eta)
            ranks = {number: rank for rank, number in enumerate(in_order(scores), start=1)}
            for number in sorted(group.racing - set(best)):
                group.racing.discard(number)
                if number in self.paused:
                    self.paused.discard(number)
                    stopped.append(Stopped(number, self.words(number, scores[number], ranks[number], len(scores), len(best))))
            group.rung += 1
            group.scores = {}
            group.missing = group.racing - group.finished.keys()
            for number in best:
                self.jobs[number].rung = group.rung
                if number in self.paused:
                    self.paused.discard(number)
                    self.waiting.add(self.jobs[number])
                    self.going_on.append(number)
        return stopped

    def score(self, number: int, group: Group) -> float:
        """What counts at a group's comparison: how well a cell did by then, also one that is finished."""
        best = group.finished.get(number)
        if best is None:
            return group.scores.get(number, 0.0)
        after = pause_after(self.jobs[number].epochs, group.rung, group.rungs, group.eta) or len(best)
        return best[min(after, len(best)) - 1]

    def words(self, number: int, score: float, rank: int, of: int, best: int) -> str:
        """Why a comparison stopped a cell."""
        after = self.pause_after(number)
        goes = "one goes" if best == 1 else f"{best:,} go"
        return (
            f"Stopped by halving after epoch {after} of {self.jobs[number].epochs}: {format_percent(score)} of the validation "
            f"photos right, place {rank:,} of {of:,}; the best {goes} on."
        )


def grouped(jobs: Iterable[Job], eta: int) -> dict[str, Group]:
    """Cells by the photos that they are trained on."""
    members: dict[str, list[Job]] = {}
    for job in jobs:
        members.setdefault(job.group, []).append(job)
    found = {}
    for name, racing in members.items():
        numbers = {job.number for job in racing}
        rungs = rung_count(len(racing), min(job.epochs for job in racing), eta)
        found[name] = Group(eta, rungs, racing=numbers, missing=set(numbers))
    return found
