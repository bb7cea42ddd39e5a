"""The crew of a batch on a Ray cluster. Nodes come and go: workers that go with one are told as lost, and others are asked for.

Events reach the driver by one long call a worker, which Ray answers as soon as there is something to tell; no thread waits here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from builder import threads
from builder.batch.cluster import LOCAL, Share, check_installed, connected, nodes, share, this_builder
from builder.batch.crew import DEATHS_MAX, Told
from builder.batch.idleness import Idleness
from builder.batch.node_worker import NodeWorker, Order
from builder.batch.ray_hand import Hand, how_it_was_lost, is_gone
from builder.batch.storage import probe
from builder.batch.task import Task
from builder.batch.workers import WORKERS_MAX, check_count
from builder.errors import ConfigError, MissingTool

HEAR_SECONDS = 10.0  # a worker with nothing to tell is asked again
LOOK_SECONDS = 3.0  # between two looks at the nodes
UNREACHED_SECONDS = 60.0  # a worker that Ray cannot reach for so long is given up
CLOSE_SECONDS = 5.0
CALLS_AT_A_TIME = 8  # hearing, giving, stopping do not wait for each other


class RayCrew:
    """Workers on a Ray cluster, see `connect`.

    Args:
        ray: the package, connected.
        orders: what every worker is told; their numbers are filled in.
        workers: how many; None is as many as the nodes have room for, looked at again and again.
        most: that there is work for.
    """

    def __init__(self, ray: Any, orders: Order, workers: int | None, most: int) -> None:
        self.ray, self.orders, self.workers, self.most = ray, orders, workers, most
        self.hands: dict[int, Hand] = {}
        self.given: dict[Any, int] = {}  # Ray's promise that a task has arrived, and whose
        self.deaths = 0
        self.looked = float("-inf")
        self.unfit = ""
        self.idleness = Idleness()

    @classmethod
    @contextlib.contextmanager
    def connect(
        cls, address: str, *, storage: str, workers: int | None = None, per_gpu: int = 1, most: int = WORKERS_MAX
    ) -> Iterator[Self]:
        """A crew for the body; at its end all its workers are gone, and so is a cluster that was started for it.

        Args:
            address: of the cluster, as `builder.batch.cluster.connected` takes it.
            storage: where finished builds go: a folder that all nodes see, or a URL that fsspec knows.
            workers: how many; None is as many as the cluster has room for, also when nodes join later.
            per_gpu: how many share a GPU.
            most: never more than these: the builds that are left.

        Raises:
            ConfigError: no cluster answers at the address, it has no room for a worker, or the storage cannot be used.
            MissingTool: Ray or fsspec is not installed, or Ray cannot be started.
            StorageError: the storage cannot be written.
        """
        check_count("--workers", workers)
        check_count("--per-gpu", per_gpu)
        check_installed()  # before the storage: who has neither Ray nor fsspec gets both with Ray
        storage = storage if "://" in storage else str(Path(storage).expanduser().absolute())
        with probe(storage) as token, connected(address, workers) as ray:
            found = nodes()
            each = share(found, workers, per_gpu)
            if not any(each.room(node) for node in found):
                raise ConfigError(
                    f"No node of the Ray cluster at {address} has room for a worker, which takes {each.words()}. "
                    "Add a node, or let more workers share a GPU: --per-gpu."
                )
            elsewhere = address != LOCAL
            builder = this_builder() if elsewhere else ""
            orders = Order(0, storage, token, each, threads_each(address, each, workers), builder, elsewhere)
            crew = cls(ray, orders, workers, max(1, most))
            try:
                crew.look_around()
                yield crew
            finally:
                crew.close()

    @property
    def size(self) -> int:
        """How many workers there are, those included that wait for room."""
        return sum(not hand.unfit for hand in self.hands.values())

    def free(self) -> list[int]:
        """Workers that wait for a task."""
        return [hand.number for hand in self.hands.values() if hand.ready and hand.task is None]

    def place(self, worker: int) -> str:
        """The node of a worker."""
        hand = self.hands.get(worker)
        return "" if hand is None else hand.node

    def give(self, worker: int, task: Task) -> None:
        """Gives a free worker a task."""
        hand = self.hands[worker]
        hand.task = task.number
        self.given[hand.actor.give.remote(task.to_json())] = worker

    def stop(self, worker: int) -> None:
        """Ends the build at hand as Ctrl-C does."""
        if worker in self.hands:
            self.hands[worker].actor.stop.remote()

    def replace(self, worker: int) -> None:
        """Begins another process in a worker's place, on the same node."""
        hand = self.hands.get(worker)
        if hand is not None:
            self.begin_again(hand)

    def begin_again(self, hand: Hand) -> None:
        """Another process for the same actor, which keeps what Ray has given it."""
        hand.ready, hand.task = False, None
        hand.actor.begin.remote()

    def heard(self, seconds: float) -> list[Told]:
        """What was said since the last call; waits so long at most for the first word.

        Raises:
            MissingTool: no worker can be brought up on any node.
        """
        self.look_around()
        found = self.answers(seconds)
        able = next((hand for hand in self.hands.values() if hand.ready), None)
        told = self.idleness.look(None if able is None else able.host)
        return [*found, warning(told)] if told else found

    def answers(self, seconds: float) -> list[Told]:
        """What workers said since the last call; waits so long at most for the first word."""
        hearing = {hand.hearing: hand.number for hand in self.hands.values()}
        promises = [*hearing, *self.given]
        if not promises:
            time.sleep(seconds)
            return []
        kept, _ = self.ray.wait(promises, num_returns=1, timeout=seconds)
        if kept:
            kept, _ = self.ray.wait(promises, num_returns=len(promises), timeout=0)
        found: list[Told] = []
        for promise in kept:
            worker = hearing.get(promise, self.given.get(promise, 0))
            hand = self.hands.get(worker)
            if promise in self.given:
                del self.given[promise]
                found += [] if hand is None else self.arrived(hand, promise)
            elif hand is not None:
                found += self.answer(hand, promise)
        return found

    def arrived(self, hand: Hand, promise: Any) -> list[Told]:
        """Whether a task has reached its worker; where nobody knows, the worker is given up, since it may wait for ever."""
        try:
            self.ray.get(promise)
        except self.ray.exceptions.RayError as error:
            return self.lost(hand, error)
        return []

    def answer(self, hand: Hand, promise: Any) -> list[Told]:
        """What a worker said, and the next question to it."""
        try:
            said = self.ray.get(promise)
        except self.ray.exceptions.ActorUnavailableError as error:
            hand.unreached_since = hand.unreached_since or time.monotonic()
            if time.monotonic() - hand.unreached_since > UNREACHED_SECONDS:
                return self.lost(hand, error)
            said = []
        except self.ray.exceptions.RayError as error:
            return self.lost(hand, error)
        else:
            hand.unreached_since = 0.0
        found = []
        for number, values in said:
            if number > hand.seen:
                hand.seen = number
                found += self.take(hand, values)
        hand.hearing = hand.actor.hear.remote(hand.seen, HEAR_SECONDS)
        return found

    def take(self, hand: Hand, values: dict[str, Any]) -> list[Told]:
        """Keeps the workers' state."""
        event = values["event"]
        hand.node, hand.host = values.pop("node"), values.pop("host")
        if event == "ready":
            hand.ready, self.deaths = True, 0
        elif event == "result":
            hand.task = None
        elif event == "lost":
            self.died(hand, str(values["message"]))
            self.begin_again(hand)
        elif event == "unfit":
            hand.unfit, self.unfit, self.looked = True, str(values["message"]), float("-inf")
            return [Told(hand.number, {"event": "warning", "message": f"A node is not used: {self.unfit}"})]
        return [Told(hand.number, values)]

    def lost(self, hand: Hand, error: Exception) -> list[Told]:
        """A worker that Ray has lost; another one is asked for at the next look."""
        living = nodes()
        message = how_it_was_lost(hand, error, living)
        self.forget(hand)
        self.looked = float("-inf")
        if hand.unfit:
            return []
        self.died(hand, message)
        return [Told(hand.number, {"event": "lost", "message": message, "node_died": is_gone(hand, living)})]

    def died(self, hand: Hand, message: str) -> None:
        """Counts workers that never got ready, one after the other.

        Raises:
            MissingTool: they are too many, and nobody else works.
        """
        self.deaths += not hand.ready
        if self.deaths >= DEATHS_MAX and not any(other.ready for other in self.hands.values() if other is not hand):
            raise MissingTool(f"No worker can be started on the cluster: {message}")

    def forget(self, hand: Hand) -> None:
        """Ends an actor."""
        with contextlib.suppress(self.ray.exceptions.RayError, ValueError):
            self.ray.kill(hand.actor)
        self.hands.pop(hand.number, None)

    def look_around(self) -> None:
        """Asks for workers where there is room for more, and no longer for those that there is no room for.

        Raises:
            MissingTool: no node can be used.
        """
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        room = sum(self.orders.share.room(node) for node in nodes())
        unfit = sum(hand.unfit for hand in self.hands.values())
        if unfit and unfit >= room:
            raise MissingTool(f"No node of the cluster can be used. {self.unfit}")
        wanted = unfit + min(self.most, self.workers or max(room - unfit, 1), WORKERS_MAX)
        for hand in list(self.hands.values()):
            if len(self.hands) > wanted and not hand.node:
                self.forget(hand)
        number = 0
        while len(self.hands) < wanted:
            number += 1
            if number not in self.hands:
                self.request(number)

    def request(self, number: int) -> None:
        """Asks Ray for a worker, which it places when and where there is room."""
        placed = {"scheduling_strategy": "SPREAD", "max_restarts": 0, "max_concurrency": CALLS_AT_A_TIME}
        actor = (
            self.ray.remote(NodeWorker).options(**self.orders.share.options(), **placed).remote(replace(self.orders, number=number))
        )
        self.hands[number] = Hand(number, actor, actor.hear.remote(0, HEAR_SECONDS))

    def close(self) -> None:
        """Ends all workers, whatever they do."""
        placed = [hand.actor.close.remote() for hand in self.hands.values() if hand.node]
        with contextlib.suppress(self.ray.exceptions.RayError, ValueError):
            if placed:
                self.ray.wait(placed, num_returns=len(placed), timeout=CLOSE_SECONDS)
        for hand in list(self.hands.values()):
            self.forget(hand)


def warning(message: str) -> Told:
    """What the driver is told of the cluster, and of no worker."""
    return Told(0, {"event": "warning", "message": message})


def threads_each(address: str, each: Share, workers: int | None) -> int:
    """Threads of a worker: its cores; on this machine alone there may be more workers than cores."""
    return max(1, threads.processors() // (workers or threads.processors())) if address == LOCAL else each.cpus
