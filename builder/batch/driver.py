"""The loop of a batch: gives cells to workers, hears how they do, and decides what happens next.

Only the driver assigns; workers know nothing of each other. It holds no photos and no models, and imports no TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder.batch.crew import Crew, Told, wait_for_results
from builder.batch.journal import Journal
from builder.batch.outcome import Outcome
from builder.batch.record import STOPPED, TRIED_AGAIN, CellRecord
from builder.batch.schedule import Schedule, Stopped
from builder.batch.scores import best_until
from builder.batch.task import Task
from builder.conditions import Condition
from builder.runs import Run

ATTEMPTS_MAX = 2  # a build that fails is tried once more
MOVES_MAX = 10  # machines that may leave with a build before it is set aside: perhaps it is what brings them down
HEAR_SECONDS = 0.25
NOTHING_MORE = {"waiting", "paused"}


@dataclass(frozen=True, slots=True)
class Rules:
    """When to stop before everything is built.

    Args:
        stop_when: a condition on a finished build; the first one that meets it ends the batch.
        max_hours: of this run.
        memory_bytes_max: of a worker between two builds; one that holds more is replaced. None is no limit.
    """

    stop_when: Condition | None = None
    max_hours: float | None = None
    memory_bytes_max: int | None = None


class Driver:
    """One run of a batch.

    Args:
        tasks: makes what a worker gets of a cell that is to be built.
        schedule: the same cells.
        crew: the workers.
        journal: the record.
        rules: when to stop early.
        finished: called with each build that was finished by this run, such as to track it.
        clock: seconds, to hold against `rules.max_hours`.
    """

    def __init__(
        self,
        tasks: Callable[[CellRecord], Task],
        schedule: Schedule,
        crew: Crew,
        journal: Journal,
        rules: Rules,
        finished: Callable[[CellRecord], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tasks, self.schedule, self.crew, self.journal, self.rules = tasks, schedule, crew, journal, rules
        self.finished, self.clock = finished, clock
        self.began = clock()
        self.assigned: dict[int, int] = {}  # cell by worker
        self.shapes: dict[int, Any] = {}  # of the network that a worker has compiled
        self.failures: dict[int, int] = {}  # by cell
        self.moves: dict[int, int] = {}  # by cell: machines that left with it
        self.why = ""  # the batch ends before its time

    def run(self) -> str:
        """Builds until nothing is left.

        Returns:
            Why it ended before its time; empty where it did not.
        """
        self.resume()
        try:
            while not self.schedule.is_over and not self.why:
                self.assign()
                for told in self.crew.heard(HEAR_SECONDS):
                    self.take(told)
                self.check_hours()
                self.journal.beat()
        except KeyboardInterrupt:
            self.why = STOPPED
            self.stop()
            raise
        if self.why:
            self.stop()
        return self.why

    def resume(self) -> None:
        """Cells that an earlier run has trained as far as the next comparison wait there, and train nothing anew."""
        for cell in list(self.journal.cells):
            if cell.state == "done" and cell.number in self.schedule.jobs:
                self.tell_stopped(self.schedule.done(cell.number, score_of(cell)))
        was_news = bool(self.schedule.groups)
        while was_news:
            was_news = False
            for number in sorted(self.schedule.waiting):
                after, cell = self.schedule.pause_after(number), self.journal.cell(number)
                if after is None or not cell.folder:
                    continue
                score = best_until(Run(Path(cell.folder)), after)
                if score is not None:
                    was_news = True
                    self.paused(number, score, "")

    def assign(self) -> None:
        """Gives every free worker something to do."""
        places = {self.crew.place(worker) for worker in (*self.crew.free(), *self.assigned)}
        for worker in self.crew.free():
            others = {shape for other, shape in self.shapes.items() if other != worker}
            number = self.schedule.take(self.shapes.get(worker), others, self.crew.place(worker), places)
            if number is None:
                return
            self.shapes[worker] = self.schedule.jobs[number].shape
            self.assigned[worker] = number
            attempts = self.failures.get(number, 0) + 1
            self.journal.update(number, state="running", worker=worker, attempts=attempts, began=time.time(), message="", stage="")
            self.crew.give(worker, replace(self.tasks(self.journal.cell(number)), pause_after=self.schedule.pause_after(number)))

    def take(self, told: Told) -> None:
        """Something that a worker said."""
        event, values = str(told.values["event"]), told.values
        if event == "lost":
            self.shapes.pop(told.worker, None)
            number = self.assigned.pop(told.worker, None)
            if number is not None:
                self.failed(number, str(values["message"]), is_innocent=bool(values.get("node_died")))
            return
        if event == "warning" and "number" not in values:  # of no build: a node of a cluster that cannot be used
            self.journal.warn(str(values["message"]))
            return
        number = self.assigned.get(told.worker)
        if number is None or values.get("number") != number:
            return
        if event == "result":
            self.result(told.worker, number, values)
        elif event == "stage":
            self.journal.update(number, stage=str(values.get("stage", "")))
        elif event == "queue":
            self.journal.update(number, stage="waits for a slot" if values.get("place") else "")
        elif event == "technique":
            self.journal.update(number, stage=str(values.get("technique", "")))
        elif event == "epoch":
            self.journal.update(number, **epoch_of(values))
        elif event == "warning":
            self.journal.warn(f"{self.journal.cell(number).named()}: {values.get('message')}")

    def result(self, worker: int, number: int, values: Mapping[str, Any]) -> None:
        """How a build ended."""
        del self.assigned[worker]
        state, message = values["state"], str(values.get("message", ""))
        self.journal.update(number, took=self.took(number), folder=str(values.get("folder") or self.journal.cell(number).folder))
        if state == "done":
            self.done(number, Outcome.from_json(values["outcome"]))
        elif state == "paused":
            score = values.get("score")
            self.paused(number, 0.0 if score is None else float(score), self.crew.place(worker))
        elif state == "stopped":
            self.schedule.again(number)
            self.journal.update(number, state="waiting", message=message, stage="")
        else:
            self.failed(number, message)
        memory = values.get("memory_bytes")
        if memory and self.rules.memory_bytes_max is not None and memory > self.rules.memory_bytes_max:
            self.shapes.pop(worker, None)
            self.crew.replace(worker)

    def done(self, number: int, outcome: Outcome) -> None:
        """A build is finished, with everything that is made of it."""
        cell = self.journal.update(number, state="done", outcome=outcome, stage="", message=outcome.gate)
        self.finished(cell)
        self.tell_stopped(self.schedule.done(number, score_of(cell)))
        condition = self.rules.stop_when
        if condition is not None and condition.holds(condition_values(cell)):
            self.why = f"{cell.named()} meets {condition.text}."

    def paused(self, number: int, score: float, place: str) -> None:
        """A build waits for a comparison."""
        after = self.schedule.pause_after(number) or 0
        self.journal.update(number, state="paused", epoch=max(after, self.journal.cell(number).epoch), val_accuracy=score, stage="")
        stopped = self.schedule.pause(number, score, place)
        self.tell_stopped(stopped)
        if number in self.schedule.paused:  # the comparison is still to come
            return
        for other in self.schedule.waiting:
            if self.journal.cell(other).state == "paused":
                self.journal.update(other, state="waiting")

    def tell_stopped(self, stopped: list[Stopped]) -> None:
        """Cells that a comparison has stopped."""
        for each in stopped:
            self.journal.update(each.number, state="stopped", message=each.why)

    def failed(self, number: int, message: str, *, is_innocent: bool = False) -> None:
        """A build failed, or its worker died: once more, or set aside; a machine that left is not held against it, unless many do."""
        if is_innocent:
            self.moves[number] = self.moves.get(number, 0) + 1
        else:
            self.failures[number] = self.failures.get(number, 0) + 1
        if self.failures.get(number, 0) < ATTEMPTS_MAX and self.moves.get(number, 0) < MOVES_MAX:
            self.schedule.again(number)
            self.journal.update(number, state="waiting", took=self.took(number), message=f"{TRIED_AGAIN}{message}", stage="")
            return
        self.journal.update(number, state="failed", took=self.took(number), message=message, stage="")
        self.tell_stopped(self.schedule.give_up(number))

    def took(self, number: int) -> float:
        """Seconds of a cell so far, the attempt that ends now included."""
        cell = self.journal.cell(number)
        return cell.took + (time.time() - cell.began if cell.state == "running" and cell.began else 0.0)

    def check_hours(self) -> None:
        """Ends the batch when its time is up."""
        hours = self.rules.max_hours
        if hours is not None and self.clock() - self.began >= hours * 3600:
            self.why = f"The {hours:g} hours of --max-hours are over; the same command goes on from here."

    def stop(self) -> None:
        """Ends the builds at hand as Ctrl-C does, and says why the others were not begun."""
        busy = set(self.assigned)
        for worker in busy:
            self.crew.stop(worker)
        wait_for_results(self.crew, busy, self.take)
        for cell in list(self.journal.cells):
            if cell.state in NOTHING_MORE or cell.state == "running":
                self.journal.update(cell.number, state="stopped", message=self.why, stage="")


def epoch_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an `epoch` event changes of a cell's record."""
    best = values.get("best_val_accuracy", values.get("val_accuracy"))
    return {"epoch": int(values["epoch"]), "epochs": int(values["epochs"]), "val_accuracy": best, "stage": "train"}


def score_of(cell: CellRecord) -> float | None:
    """What counts in a comparison: the network's best share of validation photos right, else the file's."""
    if cell.val_accuracy is not None:
        return cell.val_accuracy
    return cell.outcome.accuracy if cell.outcome is not None else None


def condition_values(cell: CellRecord) -> dict[str, float | str | None]:
    """What `--stop-when` may ask of a finished build; nothing that was measured on test photos, since it is a choice."""
    outcome = cell.outcome or Outcome()
    return {
        "accuracy": outcome.accuracy,
        "flash": outcome.flash_bytes,
        "arena": outcome.arena_bytes,
        "multiply_adds": outcome.multiply_adds,
        "parameters": outcome.parameters,
        "latency": outcome.latency_ms,
        "epochs": outcome.epochs,
        "variant": outcome.variant,
    }


CONDITION_NAMES = tuple(condition_values(CellRecord(1, {})))
