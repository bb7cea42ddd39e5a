"""A crew without processes: what each cell does is written down beforehand, and time does not pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from builder.batch.crew import Told
from builder.batch.outcome import Outcome
from builder.batch.task import Task

Answer = dict[str, Any]


def done(accuracy: float = 0.9, flash_bytes: int = 300_000) -> Answer:
    """A build that is finished."""
    outcome = Outcome("int8", accuracy, accuracy, flash_bytes, 50_000, epochs=4, seconds=10.0, is_judged=True)
    return {"event": "result", "state": "done", "folder": "made", "outcome": outcome.to_json()}


def paused(score: float) -> Answer:
    """A build that waits for a comparison."""
    return {"event": "result", "state": "paused", "score": score, "folder": "", "message": "Paused."}


def failed(message: str) -> Answer:
    """A build that ended badly."""
    return {"event": "result", "state": "failed", "message": message, "exit_code": 2}


def lost(message: str = "The worker was killed.", *, node_died: bool = False) -> Answer:
    """A worker that died over it, or with its machine."""
    return {"event": "lost", "message": message, "node_died": node_died}


class ScriptedCrew:
    """Workers that answer as they are told.

    Args:
        size: how many.
        answers: what happens to a task that is given for the n-th time.
        places: the machine of each worker; by default all are on one.

    Attributes:
        given: every task, in order.
    """

    def __init__(self, size: int, answers: Callable[[Task, int], Answer], places: Sequence[str] = ()) -> None:
        self.size = size
        self.answers = answers
        self.places = places
        self.given: list[tuple[int, Task]] = []
        self.busy: dict[int, Task] = {}
        self.words: deque[Told] = deque()
        self.stopped: list[int] = []
        self.replaced: list[int] = []

    def free(self) -> list[int]:
        return [number for number in range(1, self.size + 1) if number not in self.busy]

    def place(self, worker: int) -> str:
        return self.places[worker - 1] if self.places else ""

    def give(self, worker: int, task: Task) -> None:
        assert worker not in self.busy
        self.given.append((worker, task))
        self.busy[worker] = task

    def stop(self, worker: int) -> None:
        self.stopped.append(worker)
        number = self.busy.pop(worker).number
        self.words.append(Told(worker, {"event": "result", "number": number, "state": "stopped", "message": "Stopped."}))

    def replace(self, worker: int) -> None:
        self.replaced.append(worker)

    def heard(self, seconds: float) -> Sequence[Told]:  # noqa: ARG002 - time does not pass
        if self.words:
            found = list(self.words)
            self.words.clear()
            return found
        if not self.busy:
            return []
        worker = min(self.busy)
        task = self.busy.pop(worker)
        attempts = sum(1 for _, given in self.given if given.number == task.number)
        return [Told(worker, {"number": task.number, **self.answers(task, attempts)})]

    def close(self) -> None:
        self.busy.clear()
