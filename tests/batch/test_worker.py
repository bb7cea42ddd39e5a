"""A real worker: warm between builds, pausing, stopping, and gone with whoever gave it tasks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder import start
from builder.batch.crew import LocalCrew
from builder.batch.task import Task
from builder.batch.workers import workers
from builder.config import BuildConfig
from builder.report import read_report
from builder.runs import Run

TIMEOUT_SECONDS = 240.0
Values = dict[str, Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Exports, cache and slots of this room's builds."""
    folder = tmp_path_factory.mktemp("worker")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDER_STATE_DIR", str(folder / "state"))
        patch.setenv("BUILDER_CACHE_DIR", str(folder / "cache"))
        yield folder


@pytest.fixture(scope="module")
def crew(place: Path) -> Iterator[LocalCrew]:
    with LocalCrew(workers(1).environments, place) as one:
        yield one


def task(place: Path, number: int, **options: Any) -> Task:
    config = BuildConfig(data="digits", alpha=0.1, resolution=32, seed=number, training={"epochs": 2}, variants=("int8",))
    run = start.prepare(config, place / "exports").run
    return Task(number, run.id, config.model_dump(mode="json"), str(place / "exports"), f"cell {number}", **options)


def until(crew: LocalCrew, wanted: Callable[[Values], bool]) -> tuple[Values, list[Values]]:
    """What a worker says until the one thing that is waited for, and everything before it."""
    heard: list[Values] = []
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        for told in crew.heard(0.2):
            heard.append(dict(told.values))
            if wanted(heard[-1]):
                return heard[-1], heard
    raise AssertionError(f"not heard: {heard[-5:]}")


def is_result(values: Values) -> bool:
    return bool(values["event"] == "result")


def given(crew: LocalCrew, what: Task) -> tuple[Values, list[Values]]:
    if not crew.free():
        until(crew, lambda values: values["event"] == "ready")
    crew.give(1, what)
    return until(crew, is_result)


@pytest.mark.slow
def test_a_build_pauses_for_a_comparison_and_goes_on_from_there(crew: LocalCrew, place: Path) -> None:
    result, heard = given(crew, task(place, 1, pause_after=1))
    assert (result["state"], result["number"]) == ("paused", 1)
    assert Run(Path(result["folder"])).status() == "unfinished"
    first = [values["val_accuracy"] for values in heard if values["event"] == "epoch"]
    assert [result["score"]] == first

    result, heard = given(crew, task(place, 1, pause_after=1))
    assert result["state"] == "paused"  # it is there already: nothing is trained
    assert not [values for values in heard if values["event"] in ("epoch", "step")]

    result, heard = given(crew, task(place, 1))
    assert result["state"] == "done"
    assert [values["epoch"] for values in heard if values["event"] == "epoch"] == [2]
    report = read_report(Run(Path(result["folder"])).report_path)
    assert result["outcome"]["flash_bytes"] == report.measured.variants["int8"].flash_bytes
    assert report.build.title == "cell 1"


@pytest.mark.slow
def test_a_second_build_finds_the_worker_warm(crew: LocalCrew, place: Path) -> None:
    process = crew.workers[1].process.pid
    result, _ = given(crew, task(place, 2))
    assert result["state"] == "done"
    assert crew.workers[1].process.pid == process
    assert result["memory_bytes"] > 0


@pytest.mark.slow
def test_a_finished_build_is_not_done_again(crew: LocalCrew, place: Path) -> None:
    result, heard = given(crew, task(place, 2))
    assert (result["state"], result["reused"]) == ("done", True)
    assert not [values for values in heard if values["event"] == "stage"]


@pytest.mark.slow
def test_other_photos_than_planned_are_told_and_not_built(crew: LocalCrew, place: Path) -> None:
    planned = task(place, 3)
    other = Task(3, "0123456789", planned.config, planned.exports, None)
    result, _ = given(crew, other)
    assert result["state"] == "failed"
    assert "others than when the batch was planned" in result["message"]


@pytest.mark.slow
def test_photos_that_are_gone_are_told(crew: LocalCrew, place: Path) -> None:
    planned = task(place, 4)
    gone = Task(4, planned.build, {**planned.config, "data": str(place / "gone")}, planned.exports, None)
    result, _ = given(crew, gone)
    assert result["state"] == "failed"
    assert str(place / "gone") in result["message"]


@pytest.mark.slow
def test_a_stopped_build_is_kept_and_the_worker_stays(crew: LocalCrew, place: Path) -> None:
    process = crew.workers[1].process.pid
    crew.give(1, task(place, 5))
    until(crew, lambda values: values["event"] == "epoch")
    crew.stop(1)
    result, _ = until(crew, is_result)
    assert result["state"] == "stopped"
    assert crew.workers[1].process.pid == process
    assert crew.free() == [1]
    assert Run(next((place / "exports").glob(f"*-{task(place, 5).build}"))).status() == "unfinished"


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told_and_replaced(crew: LocalCrew, place: Path) -> None:
    process = crew.workers[1].process.pid
    crew.give(1, task(place, 6))
    until(crew, lambda values: values["event"] == "stage")
    os.killpg(process, signal.SIGKILL)
    lost, _ = until(crew, lambda values: values["event"] == "lost")
    assert "memory runs out" in lost["message"]
    until(crew, lambda values: values["event"] == "ready")
    assert crew.workers[1].process.pid != process
    assert crew.free() == [1]


@pytest.mark.slow
def test_a_worker_ends_with_whoever_gave_it_tasks(place: Path) -> None:
    with LocalCrew(workers(1).environments, place) as crew:
        until(crew, lambda values: values["event"] == "ready")
        crew.give(1, task(place, 7))
        until(crew, lambda values: values["event"] == "stage")
        process = crew.workers[1].process
        assert process.stdin is not None
        process.stdin.close()  # as the system does when the driver dies
        assert process.wait(10) == -signal.SIGKILL
