"""Workers of a batch: the driver gives them tasks and hears what they say. On this machine they are processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from builder.batch.task import Task
from builder.errors import MissingTool
from builder.launch import environment

GRACE_SECONDS = 15.0  # for a stopped build to write down where it is
DEATHS_MAX = 3  # of a worker that never got ready, one after the other
LAST_BYTES = 2000  # of what a worker printed that died


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a worker said: `values` has at least "event".

    Events are those of `builder.batch.worker`, and `lost`: the worker died, and says no more; its `message` says how.
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
    process: subprocess.Popen[bytes]
    log: Path
    ready: bool = False
    task: int | None = None
    dead: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, **values: Any) -> None:
        """One line to it; a worker that has died is heard of elsewhere."""
        with self.lock, contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(values).encode() + b"\n")
            self.process.stdin.flush()


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
        return [worker.number for worker in self.workers.values() if worker.ready and worker.task is None and not worker.dead]

    def place(self, worker: int) -> str:  # noqa: ARG002 - all are here
        """All are on one machine."""
        return ""

    def give(self, worker: int, task: Task) -> None:
        """Gives a free worker a task."""
        self.workers[worker].task = task.number
        self.workers[worker].tell(task=task.to_json())

    def stop(self, worker: int) -> None:
        """Ends the build at hand as Ctrl-C does."""
        self.workers[worker].tell(stop=True)

    def replace(self, worker: int) -> None:
        """Begins another process in a worker's place."""
        self.end(self.workers[worker])
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
        log = self.folder / f"worker-{number}.log"
        try:
            with log.open("ab") as printed:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "builder.batch.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=printed,
                    env=environment() | dict(self.environments[number - 1]),
                    start_new_session=True,
                )
        except OSError as error:
            raise MissingTool(
                f"No worker can be started here ({error.strerror}): memory, or the disk of {self.folder}, is full."
            ) from None
        self.workers[number] = worker = Worker(number, process, log)
        threading.Thread(target=self.listen, args=(worker,), daemon=True, name=f"worker-{number}").start()

    def listen(self, worker: Worker) -> None:
        """Passes on what a worker says until it says no more."""
        assert worker.process.stdout is not None
        with worker.process.stdout as lines:
            for line in lines:
                values = as_values(line)
                if values is not None:
                    self.said.put(Told(worker.number, values))
        code = worker.process.wait()
        worker.dead = True
        message = how_it_died(code, worker.log)
        self.said.put(Told(worker.number, {"event": "lost", "message": message, "process": worker.process.pid}))

    def end(self, worker: Worker) -> None:
        """Ends a worker with all its children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            assert worker.process.stdin is not None
            worker.process.stdin.close()
        worker.process.wait()

    def close(self) -> None:
        """Ends all workers, whatever they do."""
        for worker in self.workers.values():
            self.end(worker)


def as_values(line: bytes) -> dict[str, Any] | None:
    """A line of a worker; None for what is none of its words."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) and isinstance(values.get("event"), str) else None


def how_it_died(code: int, log: Path) -> str:
    """What to tell people about a process that ended without a word."""
    if code == -signal.SIGKILL:
        return "The worker was killed, as the system does when memory runs out. Fewer workers, smaller batches or photos need less."
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"The worker died ({name}): {last_line(log)}"


def last_line(log: Path) -> str:
    """The last that a process printed."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LAST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing.")


def wait_for_results(crew: Crew, workers: set[int], take: Any) -> None:
    """Hears stopped workers out, as long as it takes them to write down where they are, at most some seconds."""
    deadline = time.monotonic() + GRACE_SECONDS
    while workers and time.monotonic() < deadline:
        for told in crew.heard(0.2):
            take(told)
            if told.values["event"] in ("result", "lost"):
                workers.discard(told.worker)
