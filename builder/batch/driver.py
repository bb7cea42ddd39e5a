"""The loop of a batch: gives cells to workers, hears how they do, and decides what happens next.

Only the driver assigns; workers know nothing of each other. It holds no photos and no models, and imports no TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.batch.crew import Crew, Told, wait_for_results
from builder.batch.journal import Journal
from builder.batch.outcome import Outcome
from builder.batch.record import STOPPED, TRIED_AGAIN, CellRecord
from builder.batch.rules import Rules
from builder.batch.schedule import Schedule, Stopped
from builder.batch.scores import best_by_epoch, best_until
from builder.batch.task import Task
from builder.runs import Run

ATTEMPTS_MAX = 2  # a build that fails is tried once more
MOVES_MAX = 10  # machines that may leave with a build before it is set aside: perhaps it is what brings them down
HEAR_SECONDS = 0.25
BY_HAND = "Stopped by hand, with builder stop or in the app; the same command takes it up again."
NOTHING_MORE = {"waiting", "paused"}


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
        self.later: list[tuple[float, int]] = []  # builds that failed, and when they are tried again
        self.why = ""  # the batch ends before its time

    def run(self) -> str:
        """Builds until nothing is left.

        Returns:
            Why it ended before its time; empty where it did not.
        """
        try:
            self.resume()
            while not self.schedule.is_over and not self.why:
                self.try_again()
                self.assign()
                for told in self.crew.heard(HEAR_SECONDS):
                    self.take(told)
                self.why = self.why or self.rules.hours_over(self.clock() - self.began)
                self.journal.beat()
        except KeyboardInterrupt:
            self.why = STOPPED
            self.stop()
            raise
        if self.why:
            self.stop()
        return self.why

    def resume(self) -> None:
        """What an earlier run did counts: a build that met the goal, and comparisons that cells were trained for."""
        for cell in list(self.journal.cells):
            if cell.state == "done":
                self.why = self.why or self.rules.goal_met(cell)
                if cell.number in self.schedule.jobs:
                    self.ended(cell)
        was_news = bool(self.schedule.groups)
        while was_news:
            was_news = False
            for number in sorted(self.schedule.waiting):
                after, cell = self.schedule.pause_after(number), self.journal.cell(number)
                if after is None:
                    continue
                score = best_until(Run(Path(cell.folder)), after) if cell.folder else None
                if score is None and cell.epoch >= after:  # of a build on another machine, as an earlier run knew it
                    score = cell.val_accuracy
                if score is not None:
                    was_news = True
                    self.paused(number, score, "")

    def try_again(self) -> None:
        """Builds that failed a while ago wait for a worker again."""
        now = self.clock()
        due = [number for when, number in self.later if when <= now]
        self.later = [each for each in self.later if each[0] > now]
        for number in due:
            self.schedule.again(number)

    def assign(self) -> None:
        """Gives every free worker something to do."""
        places = {self.crew.place(worker) for worker in (*self.crew.free(), *self.assigned)}
        for worker in self.crew.free():
            others = {shape for other, shape in self.shapes.items() if other != worker}
            number = self.schedule.take(self.shapes.get(worker), others, self.crew.place(worker), places)
            if number is None:
                continue  # what waits may be bound to another worker's machine
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
        self.journal.update(number, folder=str(values.get("folder") or self.journal.cell(number).folder))
        if state == "done":
            self.done(number, Outcome.from_json(values["outcome"]))
        elif state == "paused":
            score = values.get("score")
            self.paused(number, 0.0 if score is None else float(score), self.crew.place(worker))
        elif state == "failed":
            self.failed(number, message)
        elif self.why:  # we have stopped it ourselves
            self.schedule.again(number)
            self.journal.update(number, state="waiting", took=self.took(number), message=message, stage="")
        else:
            self.journal.update(number, state="stopped", took=self.took(number), message=BY_HAND, stage="")
            self.compared(self.schedule.give_up(number))
        memory = values.get("memory_bytes")
        if memory and self.rules.memory_bytes_max is not None and memory > self.rules.memory_bytes_max:
            self.shapes.pop(worker, None)
            self.crew.replace(worker)

    def done(self, number: int, outcome: Outcome) -> None:
        """A build is finished, with everything that is made of it."""
        took = self.took(number)
        cell = self.journal.update(number, state="done", outcome=outcome, took=took, stage="", message=outcome.gate)
        self.finished(cell)
        self.ended(cell)
        self.why = self.why or self.rules.goal_met(cell)

    def ended(self, cell: CellRecord) -> None:
        """A finished build counts where others are compared with it."""
        self.compared(self.schedule.done(cell.number, scores_of(cell) if self.schedule.groups else []))

    def paused(self, number: int, score: float, place: str) -> None:
        """A build waits for a comparison."""
        cell, after = self.journal.cell(number), self.schedule.pause_after(number) or 0
        took, epoch = self.took(number), max(after, cell.epoch)
        self.journal.update(number, state="paused", epoch=epoch, took=took, val_accuracy=score, stage="")
        self.compared(self.schedule.pause(number, score, place))

    def compared(self, stopped: list[Stopped]) -> None:
        """What a comparison has decided: who stops, and who goes on."""
        for each in stopped:
            self.journal.update(each.number, state="stopped", message=each.why)
        going_on, self.schedule.going_on = self.schedule.going_on, []
        for number in going_on:
            self.journal.update(number, state="waiting")

    def failed(self, number: int, message: str, *, is_innocent: bool = False) -> None:
        """A build failed, or its worker died: once more, or set aside. A machine that left counts only where many did."""
        if is_innocent:
            self.moves[number] = self.moves.get(number, 0) + 1
        else:
            self.failures[number] = self.failures.get(number, 0) + 1
        if self.failures.get(number, 0) < ATTEMPTS_MAX and self.moves.get(number, 0) < MOVES_MAX:
            self.later.append((self.clock() + self.rules.retry_seconds * (not is_innocent), number))
            self.journal.update(number, state="waiting", took=self.took(number), message=f"{TRIED_AGAIN}{message}", stage="")
            return
        self.journal.update(number, state="failed", took=self.took(number), message=message, stage="")
        self.compared(self.schedule.give_up(number))

    def took(self, number: int) -> float:
        """Seconds of a cell so far, the attempt that ends now included."""
        cell = self.journal.cell(number)
        return cell.took + (time.time() - cell.began if cell.state == "running" and cell.began else 0.0)

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


def scores_of(cell: CellRecord) -> list[float]:
    """How well a finished build did after each epoch; where its events are not here, as well as it did at the end."""
    best = best_by_epoch(Run(Path(cell.folder))) if cell.folder else []
    if best:
        return best
    last = cell.val_accuracy if cell.val_accuracy is not None else cell.outcome.accuracy if cell.outcome else None
    return [] if last is None else [last]
