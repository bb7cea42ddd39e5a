"""A worker on a node of a Ray cluster: the same process as on one machine, and what carries its builds to shared storage.

Ray runs `NodeWorker` as an actor; the builds run in a child process, so that one that crashes or runs out of memory takes nothing
of Ray with it. A build is made on the node's own disk. Finished, it is carried to the storage, `report.json` last, and freed here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder import jobs, places, runs, start
from builder.addresses import shown
from builder.batch.child import Child
from builder.batch.cluster import Share, imported, this_builder
from builder.batch.place import Place
from builder.batch.storage import deliver, fetch, is_delivered
from builder.batch.task import Task
from builder.batch.workers import shared
from builder.config import BuildConfig
from builder.errors import BuilderError
from builder.runs import Run
from builder.threads import limited

SCRATCH = "BUILDER_SCRATCH_DIR"
PASSED_OVER = ("step",)  # many, and nobody on the other side wants them
DELIVER_PAUSES_SECONDS = (2.0, 10.0)  # before each further try: a storage that does not answer may do so soon


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is told when it begins.

    Args:
        number: of the worker.
        storage: where finished builds go.
        probe: a file there, which shows that it is the same storage.
        share: what Ray keeps for it.
        threads: that it uses.
        builder: the driver's `this_builder`; empty where the driver is on the same machine.
        names_host: whether messages say which machine they are from.
    """

    number: int
    storage: str
    probe: str
    share: Share
    threads: int
    builder: str
    names_host: bool


class NodeWorker:
    """One worker. Its methods are called by the driver, through Ray, several at a time."""

    def __init__(self, order: Order) -> None:
        self.order, self.host = order, socket.gethostname()
        self.node = str(imported().get_runtime_context().get_node_id())
        self.said = threading.Condition()
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.count = 0
        self.turn = threading.Lock()
        self.child: Child | None = None
        self.task: Task | None = None
        problem = self.problem()
        if problem:
            self.say({"event": "unfit", "message": problem})
        else:
            self.begin()

    def problem(self) -> str:
        """Why nothing can be built on this node; empty where it can."""
        order = self.order
        if order.builder and order.builder != this_builder():
            return f"{self.host} has {this_builder()}, the driver has {order.builder}. Install the same on both."
        try:
            self.scratch = scratch()
            place = Place.open(order.storage)
            with place.told("a worker's look at it"):
                if not place.filesystem.exists(place.at(order.probe)):
                    return (
                        f"{self.host} does not see the driver's {place.shown}: builds left there would be lost. Give a place that "
                        "all machines share: --storage."
                    )
        except BuilderError as error:
            return f"{self.host}: {error}"
        return ""

    def begin(self) -> None:
        """Starts the process that builds, in place of the one that there was."""
        with self.turn:
            if self.child is not None:
                self.child.end()
            log = self.scratch / f"worker-{self.order.number}.log"
            try:
                self.child = Child.begin(variables(self.order), log, self.heard)
            except BuilderError as error:
                self.say({"event": "lost", "message": f"{self.host}: {error}"})

    def hear(self, seen: int, seconds: float) -> list[tuple[int, dict[str, Any]]]:
        """What was said since, each with its number; waits so long at most for the first word.

        Args:
            seen: number of the last event that has arrived. Later ones are said again: an answer may get lost on the way.
            seconds: to wait.
        """
        with self.said:
            self.events = [event for event in self.events if event[0] > seen]
            if not self.events:
                self.said.wait(seconds)
            return list(self.events)

    def say(self, values: dict[str, Any]) -> None:
        """For the driver's next `hear`."""
        with self.said:
            self.count += 1
            self.events.append((self.count, values | {"node": self.node, "host": self.host}))
            self.said.notify_all()

    def give(self, values: dict[str, Any]) -> None:
        """A task. A build that lies in the storage already is fetched, and not trained again."""
        self.task = task = replace(Task.from_json(values), exports=str(self.scratch))
        try:
            name = folder_name(task, self.order.storage)
            if is_delivered(self.order.storage, name):
                fetch(self.order.storage, name, self.scratch)
        except BuilderError as error:
            self.say(self.failure(task, error))
            return
        assert self.child is not None
        self.child.tell(task=task.to_json())

    def stop(self) -> None:
        """Ends the build at hand as Ctrl-C does."""
        if self.child is not None:
            self.child.tell(stop=True)

    def close(self) -> None:
        """Ends the process that builds, whatever it does."""
        with self.turn:
            if self.child is not None:
                self.child.end()

    def heard(self, child: Child, values: dict[str, Any]) -> None:
        """Something that the process says; of one that was replaced nothing counts any more."""
        with self.turn:
            if child is not self.child:
                return
        if values["event"] == "result" and self.task is not None:
            values = self.finished(self.task, values)
        if values["event"] not in PASSED_OVER:
            self.say(values)

    def finished(self, task: Task, values: dict[str, Any]) -> dict[str, Any]:
        """A result, once the build lies where the result says."""
        if values["state"] == "failed":
            return values | {"message": self.named(str(values.get("message", "")))}
        if values["state"] != "done":
            return values
        self.say({"event": "stage", "stage": "deliver", "state": "start", "number": task.number})
        run = Run(Path(values["folder"]))
        try:
            folder = delivered(run, self.order.storage)
        except BuilderError as error:
            return self.failure(task, error)
        with contextlib.suppress(BuilderError):
            run.delete()
        return values | {"folder": folder}

    def failure(self, task: Task, error: BuilderError) -> dict[str, Any]:
        """A result that no build came of, or none that could be delivered: then it stays here, and a second try only carries it."""
        message = self.named(str(error))
        return {"event": "result", "number": task.number, "state": "failed", "message": message, "kind": type(error).__name__}

    def named(self, message: str) -> str:
        """A message with the machine that it is from."""
        return f"{self.host}: {message}" if self.order.names_host else message


def scratch() -> Path:
    """Where this node's builds are made: a folder on its own disk, of its own also where nodes share their users' homes."""
    default = places.cache_dir() / "cluster" / socket.gethostname()
    return places.place(SCRATCH, str(default)).absolute()


def variables(order: Order) -> dict[str, str]:
    """The environment of the process that builds, on top of this one's. Ray has seen to it that there is room."""
    own = limited({}, order.threads)
    gpus = jobs.visible_gpus() if order.share.per_gpu else []
    if gpus:
        per_gpu = order.share.per_gpu
        return own | {"BUILDER_PER_GPU": str(per_gpu)} | shared(dict(os.environ), gpus[0], per_gpu)
    slots = max(os.cpu_count() or 1, int(imported().cluster_resources().get("CPU", 1)))
    return own | {"BUILDER_SLOTS": str(slots), "CUDA_VISIBLE_DEVICES": ""}


def folder_name(task: Task, storage: str) -> str:
    """What the folder of a task's build is called in the storage."""
    label, place = start.label(BuildConfig(**task.config)), Place.open(storage)
    if place.is_local:
        return runs.find(Path(place.root), task.build, label).folder.name
    return f"{label}-{task.build}"


def delivered(run: Run, storage: str) -> str:
    """Carries a build to the storage, and says where it lies; one that does not answer is asked again after a while."""
    for pause in DELIVER_PAUSES_SECONDS:
        try:
            return carried(run, storage)
        except BuilderError:
            time.sleep(pause)
    return carried(run, storage)


def carried(run: Run, storage: str) -> str:
    """Carries a build to the storage once, and says where it lies: a path, or a URL with its protocol, without its password."""
    folder = deliver(run, storage)
    return folder if Place.open(storage).is_local else f"{shown(storage).rstrip('/')}/{run.folder.name}"
