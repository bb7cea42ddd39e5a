"""Stages: what is told, timed and remembered, over several processes."""

from __future__ import annotations

from typing import Any

import pytest

from builder.stages import Stages, seconds_of


def event(time: float, name: str, **values: Any) -> dict[str, Any]:
    """A line of events.jsonl."""
    return {"time": time, "event": name, **values}


def test_a_stage_tells_its_start_and_end_to_every_listener() -> None:
    told: list[tuple[str, str, str]] = []

    def first(name: str, /, **values: Any) -> None:
        told.append(("first", name, values["state"]))

    def second(name: str, /, **values: Any) -> None:
        told.append(("second", name, values["state"]))

    stages = Stages(first, second)
    with stages.stage("train"):
        assert len(told) == 2
    assert told == [
        ("first", "stage", "start"),
        ("second", "stage", "start"),
        ("first", "stage", "done"),
        ("second", "stage", "done"),
    ]
    assert set(stages.seconds) == {"train"}


def test_a_stage_that_fails_is_not_told_to_be_done() -> None:
    states: list[str] = []

    def listen(_: str, /, **values: Any) -> None:
        states.append(values["state"])

    stages = Stages(listen)
    with pytest.raises(ZeroDivisionError), stages.stage("train"):
        raise ZeroDivisionError
    assert states == ["start"]


def test_notes_and_warnings_of_earlier_processes_are_kept_once_each() -> None:
    earlier = [event(1, "note", message="from scratch"), event(2, "warning", message="few photos"), event(3, "note", message=None)]
    stages = Stages(earlier=earlier)
    stages.emit("note", message="from scratch")
    stages.emit("note", message="going on after epoch 2")
    assert stages.notes == ["from scratch", "going on after epoch 2"]
    assert stages.warnings == ["few photos"]


def test_seconds_count_what_a_killed_process_did_and_not_the_pause_after_it() -> None:
    events = [
        event(100, "stage", stage="data", state="start"),
        event(102, "stage", stage="data", state="done"),
        event(103, "stage", stage="train", state="start"),
        event(108, "epoch", epoch=1),
        event(110, "step", epoch=2),  # killed here
        event(5000, "stage", stage="data", state="start"),
        event(5001, "stage", stage="data", state="done"),
        event(5002, "stage", stage="train", state="start"),
        event(5006, "stage", stage="train", state="done"),
        event(5010, "stage", stage="export", state="reused"),
    ]
    assert seconds_of(events) == {"data": 2 + 1, "train": 7 + 4}


def test_seconds_survive_damaged_events_and_a_clock_that_was_put_back() -> None:
    events = [
        event(100, "stage", stage="train", state="start"),
        {"event": "note"},
        event(50, "step"),
        event(53, "stage", stage="train", state="done"),
    ]
    assert seconds_of(events) == {"train": 3}
