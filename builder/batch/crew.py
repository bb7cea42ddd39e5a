"""Workers of a batch: the driver gives them tasks and hears what they say. On this machine they are processes of their own."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from builder.batch.child import Child
from builder.batch.task import Task
from builder.errors import MissingTool

GRACE_SECONDS = 15.0  # for a stopped build to write down where it is
DEATHS_MAX = 3  # of a worker that never got ready, one after the other


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a worker said: `values` has at least "event".

    Events are those of `builder.batch.worker`, and `lost`: the worker died, and says no more; its `message` says how, and
    `node_died` whether its whole machine left, which is no fault of the build.
    """

    worker: int
    values: Mapping[str, Any]


class Crew(Protocol):
    """Workers, by number."""

    @property
    def size(self) -> int:
        """How many there are as a rule; on a cluster it may change."""
        ...

    def free(self) -> Sequence[int]:
        """Workers that wait for a task."""
        ...

    def place(self, worker: int) -> str:
        """The machine that a worker is on; what a paused build left lies there. Empty where all share one."""
        ...

    def give(self, worker: int, task: Task) -> None:
        """Gives a free worker a task."""
        ...

    def stop(self, worker: int) -> None:
        """Ends the build at hand as Ctrl-C does; the worker answers with a result and stays."""
        ...

    def replace(self, worker: int) -> None:
        """Ends a free worker and begins another one in its place, with an empty memory."""
        ...

    def heard(self, seconds: float) -> Sequence[Told]:
        """What was said since the last call; waits so long at most for the first word.

        Raises:
            MissingTool: no worker can be brought up.
        """
        ...

    def close(self) -> None:
        """Ends all workers, whatever they do."""
        ...


@dataclass(slots=True)
class Worker:
    """A process, and whether it has a task."""

    number: int
    child: Child
    ready: bool = False
    task: int | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The worker."""
        return self.child.process


class LocalCrew:
    """Processes on this machine. A context manager: at its end all are gone.

    Args:
        environments: the variables of each worker, on top of this process's.
        folder: where `worker-<number>.log` is kept.
    """

    def __init__(self, environments: Sequence[Mapping[str, str]], folder: Path) -> None:
        self.environments, self.folder = environments, folder
        self.said: queue.Queue[Told] = queue.Queue()
        self.deaths = 0
        self.workers: dict[int, Worker] = {}

    def __enter__(self) -> LocalCrew:
        for number in range(1, len(self.environments) + 1):
            self.begin(number)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """How many workers there are."""
        return len(self.environments)

    def free(self) -> list[int]:
        """Workers that wait for a task."""
        return [worker.number for worker in self.workers.values() if worker.ready and worker.task is None and not worker.child.dead]

    def place(self, worker: int) -> str:  # noqa: ARG002 - all are here
        """All are on one machine."""
        return ""

    def give(self, worker: int, task: Task) -> None:
        """Gives a free worker a task."""
        self.workers[worker].task = task.number
        self.workers[worker].child.tell(task=task.to_json())

    def stop(self, worker: int) -> None:
        """Ends the build at hand as Ctrl-C does."""
        self.workers[worker].child.tell(stop=True)

    def replace(self, worker: int) -> None:
        """Begins another process in a worker's place."""
        self.workers[worker].child.end()
        self.begin(worker)

    def heard(self, seconds: float) -> list[Told]:
        """What was said since the last call."""
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self.said.get(timeout=seconds))
            while True:
                found.append(self.said.get_nowait())
        return [told for told in found if self.take(told)]

    def take(self, told: Told) -> bool:
        """Keeps the workers' state; False for what a process says that was replaced."""
        worker, event = self.workers[told.worker], told.values["event"]
        if event == "ready":
            worker.ready, self.deaths = True, 0
        elif event == "result":
            worker.task = None
        elif event == "lost":
            if told.values["process"] != worker.process.pid:
                return False
            if not worker.ready:
                self.deaths += 1
            if self.deaths >= DEATHS_MAX:
                raise MissingTool(f"No worker can be started: {told.values['message']} `builder doctor` checks this machine.")
            self.begin(worker.number)
        return True

    def begin(self, number: int) -> None:
        """Starts a worker's process."""

        def hear(child: Child, values: dict[str, Any]) -> None:
            self.said.put(Told(number, values | {"process": child.process.pid}))

        log = self.folder / f"worker-{number}.log"
        self.workers[number] = Worker(number, Child.begin(self.environments[number - 1], log, hear))

    def close(self) -> None:
        """Ends all workers, whatever they do."""
        for worker in self.workers.values():
            worker.child.end()


def wait_for_results(crew: Crew, workers: set[int], take: Any) -> None:
    """Hears stopped workers out, as long as it takes them to write down where they are, at most some seconds."""
    deadline = time.monotonic() + GRACE_SECONDS
    while workers and time.monotonic() < deadline:
        for told in crew.heard(0.2):
            take(told)
            if told.values["event"] in ("result", "lost"):
                workers.discard(told.worker)
