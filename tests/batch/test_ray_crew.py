"""The crew on a cluster: what it makes of what Ray says, and two builds on a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builder.batch import node_worker, ray_crew
from builder.batch.cluster import Node, Share, this_builder
from builder.batch.file import Batch
from builder.batch.idleness import IDLE_SECONDS, Idleness
from builder.batch.node_worker import NodeWorker, Order, variables
from builder.batch.ray_crew import RayCrew
from builder.batch.storage import probe
from builder.batch.task import Task
from builder.errors import MissingTool
from builder.runs import Run

GIB = 1024**3
TASK = Task(7, "0123456789", {}, "exports", None)
Said = list[tuple[int, dict[str, Any]]]


class Gone(Exception):
    """Ray's errors all have one kind above them."""


class Unreached(Gone):
    """Ray cannot reach an actor now."""


class Method:
    """`actor.method.remote(...)`."""

    def __init__(self, actor: Actor, name: str) -> None:
        self.actor, self.name = actor, name

    def remote(self, *values: Any) -> str:
        """A promise: its name."""
        self.actor.called.append((self.name, *values))
        promise = f"{self.name} {self.actor.number} {len(self.actor.called)}"
        if self.name == "give":
            self.actor.ray.kept[promise] = None
        return promise


class Actor:
    """A worker that says what a test lets it say."""

    def __init__(self, ray: ScriptedRay, number: int) -> None:
        self.ray, self.number = ray, number
        self.called: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Method:
        return Method(self, name)


class Kind:
    """`ray.remote(NodeWorker).options(...).remote(order)`."""

    def __init__(self, ray: ScriptedRay) -> None:
        self.ray = ray

    def options(self, **_: Any) -> Kind:
        return self

    def remote(self, order: Order) -> Actor:
        actor = self.ray.actors[order.number] = Actor(self.ray, order.number)
        return actor


class ScriptedRay:
    """As much of Ray as the crew uses."""

    class exceptions:  # noqa: N801 - Ray's name
        RayError = Gone
        ActorUnavailableError = Unreached

    def __init__(self) -> None:
        self.actors: dict[int, Actor] = {}
        self.kept: dict[str, Any] = {}
        self.killed: list[int] = []
        self.alive = [Node("here", 2, 0, 64 * GIB)]

    def remote(self, kind: type) -> Kind:
        assert kind is NodeWorker
        return Kind(self)

    def wait(self, promises: list[str], num_returns: int, timeout: float) -> tuple[list[str], list[str]]:  # noqa: ARG002
        return [promise for promise in promises if promise in self.kept], []

    def get(self, promise: str) -> Any:
        value = self.kept.pop(promise)
        if isinstance(value, Exception):
            raise value
        return value

    def kill(self, actor: Actor) -> None:
        self.killed.append(actor.number)


class Stage:
    """A crew, and the Ray that it is on."""

    def __init__(self, workers: int | None, most: int = 9) -> None:
        self.ray = ScriptedRay()
        orders = Order(0, "storage", "probe", Share(), 1, "builder", names_host=True)
        self.crew = RayCrew(self.ray, orders, workers, most)

    def said(self, worker: int, *events: dict[str, Any], first: int = 1, node: str = "here") -> list[dict[str, Any]]:
        """A worker says something; what the driver hears of it, and of all else."""
        named = [(first + number, {**event, "node": node, "host": node}) for number, event in enumerate(events)]
        return self.answered(worker, named)

    def answered(self, worker: int, answer: Said | Exception) -> list[dict[str, Any]]:
        self.ray.kept[self.crew.hands[worker].hearing] = answer
        return [{"worker": told.worker, **told.values} for told in self.crew.heard(0.0)]

    def look(self) -> None:
        self.crew.looked = float("-inf")
        self.crew.look_around()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(None)
    monkeypatch.setattr(ray_crew, "nodes", lambda: made.ray.alive)
    made.look()
    return made


READY = {"event": "ready"}


def test_workers_are_as_many_as_the_nodes_have_room_for_and_more_when_nodes_join(stage: Stage) -> None:
    assert stage.crew.size == 2
    stage.ray.alive = [*stage.ray.alive, Node("there", 3, 0, 64 * GIB)]
    stage.look()
    assert stage.crew.size == 2 + 3


def test_no_more_workers_are_asked_for_than_there_are_builds(stage: Stage) -> None:
    stage.crew.most = 1
    stage.crew.hands.clear()
    stage.look()
    assert stage.crew.size == 1


def test_a_worker_that_ray_has_not_placed_is_not_free(stage: Stage) -> None:
    assert stage.crew.free() == []
    assert stage.said(2, READY) == [{"worker": 2, "event": "ready"}]
    assert stage.crew.free() == [2]
    assert stage.crew.place(2) == "here"


def test_a_worker_with_a_task_is_free_again_after_its_result(stage: Stage) -> None:
    stage.said(1, READY)
    stage.crew.give(1, TASK)
    assert stage.crew.free() == []
    stage.said(1, {"event": "result", "number": 7, "state": "done"}, first=2)
    assert stage.crew.free() == [1]


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again_and_counts_once(stage: Stage) -> None:
    stage.said(1, READY)
    assert stage.answered(1, Unreached()) == []
    assert stage.ray.actors[1].called[-1][:2] == ("hear", 1)  # from the first on
    assert stage.said(1, READY, {"event": "epoch", "number": 7}) == [{"worker": 1, "event": "epoch", "number": 7}]
    assert stage.ray.actors[1].called[-1][:2] == ("hear", 2)


def test_a_worker_that_ray_cannot_reach_for_long_is_lost(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.said(1, READY)
    stage.answered(1, Unreached())
    monkeypatch.setattr(ray_crew, "UNREACHED_SECONDS", -1.0)
    assert [told["event"] for told in stage.answered(1, Unreached())] == ["lost"]
    assert stage.ray.killed == [1]


def test_a_task_that_may_not_have_arrived_gives_its_worker_up(stage: Stage) -> None:
    stage.said(1, READY)
    stage.crew.give(1, TASK)
    (promise,) = stage.crew.given
    stage.ray.kept[promise] = Unreached("away")
    assert [told["event"] for told in stage.answered(1, [])] == ["lost"]


def test_a_node_that_dies_is_named_and_another_worker_is_asked_for(stage: Stage) -> None:
    stage.said(1, READY)
    stage.ray.alive = [Node("there", 2, 0, 64 * GIB)]
    (told,) = stage.answered(1, Gone("its node has died"))
    assert told["message"] == "here is gone from the cluster, and with it what was built there so far."
    stage.crew.heard(0.0)
    assert stage.crew.size == 2
    assert stage.crew.free() == []


def test_a_process_that_dies_begins_again_on_its_node(stage: Stage) -> None:
    stage.said(1, READY)
    stage.crew.give(1, TASK)
    (told,) = stage.said(1, {"event": "lost", "message": "The worker was killed."}, first=2)
    assert told["message"] == "The worker was killed."
    assert ("begin",) in stage.ray.actors[1].called
    assert stage.crew.free() == []
    stage.said(1, READY, first=3)
    assert stage.crew.free() == [1]


def test_workers_that_never_get_ready_end_the_batch_with_the_reason(stage: Stage) -> None:
    for number in (1, 2):
        stage.said(1, {"event": "lost", "message": "no space"}, first=number)
    with pytest.raises(MissingTool, match="no space"):
        stage.said(1, {"event": "lost", "message": "no space"}, first=3)


def test_a_node_with_another_builder_is_told_and_left_out(stage: Stage) -> None:
    (told,) = stage.said(1, {"event": "unfit", "message": "here has builder 0.0."})
    assert (told["event"], told["message"]) == ("warning", "A node is not used: here has builder 0.0.")
    stage.look()
    assert (stage.crew.size, stage.crew.free()) == (1, [])
    stage.said(2, READY)
    assert stage.crew.free() == [2]


def test_a_cluster_of_which_no_node_can_be_used_ends_the_batch(stage: Stage) -> None:
    for worker in (1, 2):
        stage.said(worker, {"event": "unfit", "message": "here has builder 0.0."})
    with pytest.raises(MissingTool, match=r"here has builder 0\.0"):
        stage.look()


def test_a_cluster_on_which_nobody_can_build_is_told_once_and_again_when_it_goes_on(stage: Stage) -> None:
    now = 1_000_000.0
    stage.crew.idleness = Idleness(lambda: now)
    assert stage.crew.heard(0.0) == []
    now += IDLE_SECONDS
    (told,) = stage.crew.heard(0.0)
    assert told.values["event"] == "warning"
    assert "no node of the cluster can build" in told.values["message"]
    assert "ray status" in told.values["message"]
    assert stage.crew.heard(0.0) == []
    ready, resumed = stage.said(1, READY)
    assert ready == {"worker": 1, "event": "ready"}
    assert resumed["message"].endswith("here can build: the batch goes on.")
    assert stage.crew.heard(0.0) == []


def test_every_outage_of_a_cluster_is_told(stage: Stage) -> None:
    now, told = 1_000_000.0, set()
    stage.crew.idleness = Idleness(lambda: now)
    for outage in range(2):
        stage.said(1, READY, first=1 + 2 * outage)
        stage.said(1, {"event": "lost", "message": "no memory"}, first=2 + 2 * outage)
        now += IDLE_SECONDS
        told |= {each.values["message"] for each in stage.crew.heard(0.0)}
    assert len(told) == 2  # the record keeps each sentence once


class Context:
    """What an actor asks Ray about itself."""

    @staticmethod
    def get_runtime_context() -> Any:
        class Here:
            @staticmethod
            def get_node_id() -> str:
                return "here"

        return Here()


def worker_on(place: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> NodeWorker:
    monkeypatch.setattr(node_worker, "imported", Context)
    monkeypatch.setenv("BUILDER_SCRATCH_DIR", str(place / "scratch"))
    return NodeWorker(order)


def order(storage: Path, token: str, builder: str) -> Order:
    return Order(1, str(storage), token, Share(), 1, builder, names_host=True)


def test_a_node_says_which_builder_it_has_where_that_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with probe(str(tmp_path)) as token:
        worker = worker_on(tmp_path, order(tmp_path, token, "builder 9.9"), monkeypatch)
    ((_, told),) = worker.hear(0, 0.0)
    assert told["event"] == "unfit"
    assert "builder 9.9" in told["message"]
    assert this_builder() in told["message"]


def test_a_node_that_does_not_see_the_storage_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with probe(str(tmp_path / "one")) as token:
        worker = worker_on(tmp_path, order(tmp_path / "other", token, this_builder()), monkeypatch)
    ((_, told),) = worker.hear(0, 0.0)
    assert told["event"] == "unfit"
    assert "--storage" in told["message"]
    assert list((tmp_path / "one").iterdir()) == []  # the probe is gone


def test_what_a_worker_said_is_kept_until_it_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = worker_on(tmp_path, order(tmp_path, "absent", this_builder()), monkeypatch)
    worker.say({"event": "ready"})
    assert [number for number, _ in worker.hear(0, 0.0)] == [1, 2]
    assert [number for number, _ in worker.hear(0, 0.0)] == [1, 2]
    assert [number for number, _ in worker.hear(1, 0.0)] == [2]
    assert worker.hear(2, 0.0) == []


def test_a_worker_builds_on_the_gpu_that_ray_gave_it_and_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    found = variables(Order(1, "", "", Share(4, per_gpu=2), 4, "", names_host=True))
    assert (found["CUDA_VISIBLE_DEVICES"], found["BUILDER_PER_GPU"], found["BUILDER_THREADS"]) == ("3", "2", "4")
    assert found["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_a_worker_without_a_gpu_of_its_own_sees_none_and_has_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    class Big:
        @staticmethod
        def cluster_resources() -> dict[str, float]:
            return {"CPU": 500.0}

    monkeypatch.setattr(node_worker, "imported", Big)
    found = variables(Order(1, "", "", Share(), 1, "", names_host=True))
    assert (found["CUDA_VISIBLE_DEVICES"], found["BUILDER_SLOTS"]) == ("", "500")


def test_ray_is_looked_for_before_the_storage_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingTool, match=r"needs Ray, which is not installed\. Get it: make ray"):
        RayCrew.connect("local", storage=str(tmp_path)).__enter__()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Two builds by `builder batch --ray local`."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    folder = tmp_path_factory.mktemp("ray")
    base = {"data": "digits", "alpha": 0.1, "resolution": 32, "training": {"epochs": 1}, "variants": ["int8"]}
    (folder / "batch.yaml").write_text(Batch(name="two", base=base, grid={"seed": [0, 1]}).to_yaml())
    return on_ray(folder), folder


def on_ray(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "builder", "batch", "batch.yaml", "--ray", "local", "--json", "--workers", "2", *options]
    names = {"BUILDER_CACHE_DIR": "cache", "BUILDER_STATE_DIR": "state", "BUILDER_SCRATCH_DIR": "scratch"}
    environment = os.environ | {name: str(folder / path) for name, path in names.items()}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500)


@pytest.mark.slow
def test_builds_on_a_cluster_of_this_machine_lie_in_the_exports_folder(
    ended: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    process, folder = ended
    assert process.returncode == 0, process.stderr
    cells = json.loads(process.stdout)["cells"]
    assert [(cell["state"], cell["attempts"]) for cell in cells] == [("done", 1), ("done", 1)]
    for cell in cells:
        assert Path(cell["folder"]).parent == folder / "exports"
        assert Run(Path(cell["folder"])).status() == "done"
    assert [path.name for path in (folder / "scratch").iterdir() if path.is_dir()] == []  # freed when delivered
    assert [path.name for path in (folder / "exports").iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_ray_says_nothing_and_leaves_no_process(ended: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    process, folder = ended
    assert "ray" not in process.stderr.lower().replace(str(folder).lower(), "")
    left = [path for path in Path("/proc").glob("[0-9]*/environ") if str(folder).encode() in read(path)]
    assert left == []


@pytest.mark.slow
def test_a_build_that_lies_in_the_storage_is_not_trained_again(ended: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = ended
    storage = folder / "exports"
    before = {path: path.stat().st_mtime_ns for path in storage.glob("*/report.json")}
    process = on_ray(folder, "--exports", "elsewhere", "--storage", storage.as_uri())
    assert process.returncode == 0, process.stderr
    cells = json.loads(process.stdout)["cells"]
    assert {Path(cell["folder"]) / "report.json" for cell in cells} == before.keys()
    assert [(cell["state"], cell["epoch"]) for cell in cells] == [("done", 0), ("done", 0)]
    assert {path: path.stat().st_mtime_ns for path in storage.glob("*/report.json")} == before


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
