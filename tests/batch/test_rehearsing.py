"""A dry run in a process of its own: what it answers, how it fails, that it ends with whoever asked."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from builder.batch.dry_run import ROWS_MAX, DryRun
from builder.batch.file import Batch
from builder.batch.planning import BatchPlan, plan_batch
from builder.batch.rehearsing import Rehearsing
from builder.data.line import Line

SECONDS_MAX = 120
BATCH = Batch(base={"resolution": 32, "init": "scratch"}, grid={"alpha": [0.1, 1.0]}, devices=["Raspberry Pi Pico"], repeat=2)


def waited(child: Rehearsing) -> Rehearsing:
    """The dry run at its end."""
    deadline = time.monotonic() + SECONDS_MAX
    while not child.look() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.is_finished()
    return child


@pytest.fixture
def plan(tmp_path: Path) -> BatchPlan:
    """The same batch, planned here."""
    return plan_batch(BATCH, tmp_path)


def test_it_says_what_the_plan_says(plan: BatchPlan, tmp_path: Path) -> None:
    child = waited(Rehearsing(BATCH, tmp_path, workers_max=2))
    assert child.problem == ""
    assert child.result == DryRun.from_json(DryRun.of(plan, workers_max=2).to_json())
    assert child.result.counts["skipped"] == child.result.counts["new"] == 2
    assert child.result.reasons[0][1] == 2  # both seeds for one reason
    assert child.result.to_build == 2


def test_times_are_for_as_many_workers_as_are_asked_for(plan: BatchPlan) -> None:
    short = DryRun.of(plan, workers_max=2)
    assert [short.seconds(workers) for workers in (1, 2, 9)] == [plan.seconds(1), plan.seconds(2), plan.seconds(2)]


def test_rows_are_bounded_and_counts_are_of_all(plan: BatchPlan) -> None:
    many = DryRun.of(replace(plan, cells=plan.cells * 500))
    assert (many.cells, len(many.rows), many.counts["new"]) == (4 * 500, ROWS_MAX, 2 * 500)


def test_photos_that_are_not_there_skip_every_build_with_the_reason(tmp_path: Path) -> None:
    batch = Batch(base={"data": str(tmp_path / "gone")}, grid={"alpha": [0.1, 0.25]})
    child = waited(Rehearsing(batch, tmp_path))
    assert child.result is not None
    ((reason, count),) = child.result.reasons
    assert (count, str(tmp_path / "gone") in reason) == (2, True)


def test_its_process_ends_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    child = Rehearsing(BATCH, tmp_path)
    process = child.process
    assert process is not None
    del child
    assert process.wait(timeout=10) != 0


def test_a_process_that_dies_is_a_problem_in_words(tmp_path: Path) -> None:
    child = Rehearsing(BATCH, tmp_path)
    assert child.process is not None
    child.process.kill()
    assert waited(child).problem.startswith("The dry run could not be made: its process ended with code -9")


def test_an_answer_of_nonsense_is_a_problem_in_words(tmp_path: Path) -> None:
    child = Rehearsing(BATCH, tmp_path)
    child.take(b'{"event": "planned", "cells": 1}')
    assert "answered nonsense" in child.problem
    child.close()


def test_one_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    now = [0.0]
    child = Rehearsing(BATCH, tmp_path, clock=lambda: now[0])
    now[0] = 1801.0
    assert child.look()
    assert "within 30 minutes" in child.problem


def test_others_wait_for_their_turn(tmp_path: Path) -> None:
    line = Line(at_once=1)
    first, second = (Rehearsing(BATCH, tmp_path, line=line) for _ in range(2))
    assert (first.waits, second.waits) == (False, True)
    first.close()
    second.look()
    assert not second.waits
    second.close()
