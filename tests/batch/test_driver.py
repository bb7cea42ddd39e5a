"""What the driver decides, with workers that answer by a script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.batch.crew import Told
from builder.batch.driver import Driver
from builder.batch.journal import Journal
from builder.batch.outcome import Outcome
from builder.batch.record import STOPPED, BatchRecord, CellRecord
from builder.batch.rules import CONDITION_NAMES, Rules
from builder.batch.schedule import Schedule
from builder.batch.task import Task
from builder.batch.waiting import Job
from builder.conditions import Condition
from tests.batch.crews import Answer, ScriptedCrew, done, failed, lost, paused


def task_of(cell: CellRecord) -> Task:
    return Task(cell.number, cell.build, {}, "exports", None)


class Batch:
    """A driver over some cells, and what it told."""

    def __init__(
        self, folder: Path, crew: ScriptedCrew, cells: int = 3, eta: int | None = None, rules: Rules | None = None
    ) -> None:
        records = tuple(CellRecord(number, {"seed": number}, build=f"b{number}", epochs=4) for number in range(1, cells + 1))
        schedule = Schedule((Job(cell.number, group="hands", epochs=4) for cell in records), eta)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.journal = Journal(folder, BatchRecord("1", "hands", "exports", "running", records), self.hear)
        self.tracked: list[int] = []
        self.crew = crew
        self.driver = Driver(
            task_of,
            schedule,
            crew,
            self.journal,
            rules or Rules(retry_seconds=0),
            lambda cell: self.tracked.append(cell.number),
            lambda: 0.0,
        )

    def hear(self, event: str, /, **values: Any) -> None:
        self.events.append((event, values))

    def run(self) -> BatchRecord:
        try:
            self.driver.run()
        finally:
            self.journal.log.close()
        return self.journal.record()


def always(answer: Answer) -> Any:
    return lambda task, attempt: answer  # noqa: ARG005 - whatever is asked


def test_every_cell_is_built_once(tmp_path: Path) -> None:
    batch = Batch(tmp_path, ScriptedCrew(2, always(done())))
    assert batch.run().counts == {"done": 3}
    assert sorted(task.number for _, task in batch.crew.given) == [1, 2, 3]
    assert sorted(batch.tracked) == [1, 2, 3]


def test_a_build_that_fails_is_tried_once_more(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, lambda task, attempt: failed("no photos") if (task.number, attempt) == (2, 1) else done())
    record = Batch(tmp_path, crew).run()
    assert record.counts == {"done": 3}
    assert record.cell(2).attempts == 2


def test_a_build_that_fails_again_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, lambda task, attempt: failed("no photos") if task.number == 2 else done())  # noqa: ARG005
    record = Batch(tmp_path, crew).run()
    assert record.counts == {"done": 2, "failed": 1}
    assert (record.cell(2).message, record.cell(2).attempts) == ("no photos", 2)


def test_a_worker_that_dies_costs_its_build_one_attempt(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, lambda task, attempt: lost() if (task.number, attempt) == (1, 1) else done())
    record = Batch(tmp_path, crew).run()
    assert record.counts == {"done": 3}
    assert record.cell(1).attempts == 2


def test_a_machine_that_leaves_is_not_held_against_its_build(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, lambda task, attempt: lost(node_died=True) if task.number == 1 and attempt < 5 else done())
    record = Batch(tmp_path, crew).run()
    assert record.counts == {"done": 3}
    assert record.cell(1).attempts == 1


def test_a_build_that_brings_machines_down_is_set_aside(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, lambda task, attempt: lost(node_died=True) if task.number == 1 else done())  # noqa: ARG005
    assert Batch(tmp_path, crew).run().counts == {"done": 2, "failed": 1}


def test_the_best_cell_is_the_most_accurate_and_of_equal_ones_the_smallest(tmp_path: Path) -> None:
    answers = {1: done(0.9, 300_000), 2: done(0.95, 300_000), 3: done(0.95, 200_000)}
    assert Batch(tmp_path, ScriptedCrew(1, lambda task, attempt: answers[task.number])).run().best == 3  # noqa: ARG005


def test_a_goal_that_is_met_ends_the_batch(tmp_path: Path) -> None:
    goal = Condition.parse("accuracy>=0.95 and flash<=300KiB", CONDITION_NAMES)
    answers = {1: done(0.9), 2: done(0.96), 3: done(0.97)}
    crew = ScriptedCrew(1, lambda task, attempt: answers[task.number])  # noqa: ARG005
    batch = Batch(tmp_path, crew, rules=Rules(stop_when=goal))
    record = batch.run()
    assert record.counts == {"done": 2, "stopped": 1}
    assert record.cell(3).message == "cell 2 (seed 2) meets accuracy>=0.95 and flash<=300KiB."
    ended = replace(record, state="stopped", message=record.cell(3).message, rules={"stop_when": f" {goal.text} "})
    assert ended.met_its_goal
    assert not replace(ended, message=STOPPED).met_its_goal
    assert record.cell(3).attempts == 0


def test_builds_at_hand_are_stopped_when_the_goal_is_met(tmp_path: Path) -> None:
    goal = Condition.parse("accuracy>=0.95", CONDITION_NAMES)
    batch = Batch(tmp_path, ScriptedCrew(3, always(done(0.96))), rules=Rules(stop_when=goal))
    assert batch.run().counts == {"done": 1, "stopped": 2}
    assert sorted(batch.crew.stopped) == [2, 3]


def test_a_batch_ends_when_its_hours_are_over(tmp_path: Path) -> None:
    times = iter([0.0, 0.0, 0.0, 3600.0])  # asked twice a round
    batch = Batch(tmp_path, ScriptedCrew(1, always(done())), rules=Rules(max_hours=1))
    batch.driver.clock = lambda: next(times)
    record = batch.run()
    assert record.counts == {"done": 2, "stopped": 1}
    assert record.cell(3).message == "The 1 hours of --max-hours are over; the same command goes on from here."


def test_halving_stops_the_worse_half_and_says_why(tmp_path: Path) -> None:
    def answer(task: Task, attempt: int) -> Answer:  # noqa: ARG001
        return done(0.1 * task.number) if task.pause_after is None else paused(0.1 * task.number)

    record = Batch(tmp_path, ScriptedCrew(2, answer), cells=4, eta=2).run()
    assert record.counts == {"stopped": 3, "done": 1}
    assert record.cell(4).state == "done"
    assert "place 4 of 4" in record.cell(1).message
    assert "Stopped by halving after epoch 2 of 4" in record.cell(3).message


def test_a_pause_is_no_failed_attempt(tmp_path: Path) -> None:
    def answer(task: Task, attempt: int) -> Answer:
        if task.pause_after is not None:
            return paused(0.1 * task.number)
        return failed("the disk is full") if attempt == 3 else done()  # the third time it is given, after two pauses

    record = Batch(tmp_path, ScriptedCrew(1, answer), cells=4, eta=2).run()
    assert record.cell(4).state == "done"
    assert record.cell(4).attempts == 2


def test_a_failed_cell_keeps_halving_from_waiting_for_it(tmp_path: Path) -> None:
    def answer(task: Task, attempt: int) -> Answer:  # noqa: ARG001
        if task.number == 4:
            return failed("no photos")
        return done(0.5) if task.pause_after is None else paused(0.1 * task.number)

    assert Batch(tmp_path, ScriptedCrew(1, answer), cells=4, eta=2).run().counts == {"stopped": 2, "done": 1, "failed": 1}


def test_halving_over_several_machines_comes_to_its_end(tmp_path: Path) -> None:
    def answer(task: Task, attempt: int) -> Answer:  # noqa: ARG001
        return done(0.1 * task.number) if task.pause_after is None else paused(0.1 * task.number)

    record = Batch(tmp_path, ScriptedCrew(2, answer, places=("north", "south")), cells=8, eta=2).run()
    assert record.counts == {"stopped": 6, "done": 2}  # of 8, 4 and then 2 go on; with 4 epochs there is no third comparison


def test_what_a_comparison_lets_go_on_waits_again_also_where_a_failure_decided_it(tmp_path: Path) -> None:
    def answer(task: Task, attempt: int) -> Answer:  # noqa: ARG001
        if task.number == 3:
            return failed("no photos")
        return done(0.5) if task.pause_after is None else paused(0.1 * task.number)

    batch = Batch(tmp_path, ScriptedCrew(1, answer), cells=3, eta=2)
    batch.run()
    states = [values["state"] for event, values in batch.events if event == "cell" and values["number"] == 2]
    assert states == ["running", "paused", "waiting", "running", "done"]


def test_a_goal_that_an_earlier_run_has_met_builds_nothing(tmp_path: Path) -> None:
    goal = Condition.parse("accuracy>=0.95", CONDITION_NAMES)
    batch = Batch(tmp_path, ScriptedCrew(1, always(done())), rules=Rules(stop_when=goal))
    batch.journal.update(1, state="done", outcome=Outcome("int8", accuracy=0.97, is_judged=True))
    record = batch.run()
    assert batch.crew.given == []
    assert record.cell(2).message == "cell 1 (seed 1) meets accuracy>=0.95."


def test_accuracy_of_a_file_that_no_gate_judged_meets_no_goal(tmp_path: Path) -> None:
    goal = Condition.parse("accuracy>=0.95", CONDITION_NAMES)
    answer = done(0.97)
    answer["outcome"]["is_judged"] = False
    batch = Batch(tmp_path, ScriptedCrew(1, always(answer)), rules=Rules(stop_when=goal))
    assert batch.run().counts == {"done": 3}


def test_a_build_that_is_stopped_by_hand_stays_so_and_the_others_go_on(tmp_path: Path) -> None:
    stopped = {"event": "result", "state": "stopped", "message": "Stopped."}
    crew = ScriptedCrew(1, lambda task, attempt: stopped if task.number == 2 else done())  # noqa: ARG005
    record = Batch(tmp_path, crew).run()
    assert record.counts == {"done": 2, "stopped": 1}
    assert "by hand" in record.cell(2).message


def test_a_build_that_failed_is_not_tried_again_at_once(tmp_path: Path) -> None:
    times = [0.0]
    crew = ScriptedCrew(1, lambda task, attempt: failed("the disk is full") if attempt == 1 else done())  # noqa: ARG005
    batch = Batch(tmp_path, crew, cells=1, rules=Rules(retry_seconds=10))
    given: list[float] = []
    real_give, real_heard = crew.give, crew.heard

    def give(worker: int, task: Task) -> None:
        given.append(times[0])
        real_give(worker, task)

    def heard(seconds: float) -> Any:
        times[0] += 1.0
        return real_heard(seconds)

    crew.give, crew.heard = give, heard  # type: ignore[method-assign]
    batch.driver.clock = lambda: times[0]
    batch.run()
    assert given == [0.0, 11.0]


def test_the_time_of_a_build_that_failed_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    crew = ScriptedCrew(1, lambda task, attempt: failed("no photos"))  # noqa: ARG005
    real_heard = crew.heard

    def heard(seconds: float) -> Any:
        now[0] += 7.0
        return real_heard(seconds)

    crew.heard = heard  # type: ignore[method-assign]
    monkeypatch.setattr("builder.batch.driver.time.time", lambda: now[0])
    record = Batch(tmp_path, crew, cells=1).run()
    assert record.cell(1).took == 2 * 7.0


def test_a_worker_that_holds_too_much_memory_is_replaced(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, always({**done(), "memory_bytes": 2000}))
    Batch(tmp_path, crew, cells=1, rules=Rules(memory_bytes_max=1000)).run()
    assert crew.replaced == [1]


def test_ctrl_c_stops_the_builds_at_hand_and_keeps_the_record(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, always(done()))
    batch = Batch(tmp_path, crew)

    def interrupted(seconds: float) -> Any:  # noqa: ARG001
        del crew.heard  # the crew's own again
        raise KeyboardInterrupt

    crew.heard = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        batch.run()
    assert batch.journal.record().counts == {"stopped": 3}
    assert crew.stopped == [1]


def test_every_change_of_a_cell_is_told(tmp_path: Path) -> None:
    batch = Batch(tmp_path, ScriptedCrew(1, always(done())), cells=1)
    batch.run()
    assert [(event, values["state"]) for event, values in batch.events] == [("cell", "running"), ("cell", "done")]


def test_a_node_that_cannot_be_used_is_told_and_harms_no_build(tmp_path: Path) -> None:
    crew = ScriptedCrew(1, always(done()))
    crew.words.append(Told(2, {"event": "warning", "message": "A node is not used."}))
    record = Batch(tmp_path, crew).run()
    assert (record.counts, record.warnings) == ({"done": 3}, ("A node is not used.",))
