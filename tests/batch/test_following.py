"""Watching a batch that another process runs."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder import processes
from builder.batch.following import follow
from builder.batch.record import KILLED, BatchRecord, write_record
from builder.errors import InvalidInput
from builder.runs import Run
from tests.console.batches import batch, cell, done

HELD_SECONDS = 1.2


def held(folder: Path) -> threading.Thread:
    """Somebody who holds the batch for a moment, and says that its second cell is done."""
    lock = Run(folder).take()
    assert lock is not None

    def work() -> None:
        with lock, (folder / "events.jsonl").open("a") as events:
            time.sleep(HELD_SECONDS)
            events.write(json.dumps({"event": "cell", "number": 2, "state": "done"}) + "\n")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_what_happens_from_now_on_is_told_and_the_record_is_shown(tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    shown: list[BatchRecord] = []
    write_record(tmp_path, batch(done(1), cell(2, "running")))
    (tmp_path / "events.jsonl").write_text(json.dumps({"event": "cell", "number": 1, "state": "done"}) + "\n")
    other = held(tmp_path)
    follow(tmp_path, lambda event, /, **values: told.append((event, values)), shown.append)
    other.join()
    assert told == [("cell", {"number": 2, "state": "done"})]
    assert shown[0].counts == {"done": 1, "running": 1}


def test_the_record_of_an_earlier_run_is_not_shown_while_this_one_plans(tmp_path: Path) -> None:
    shown: list[BatchRecord] = []
    write_record(tmp_path, batch(done(1), state="done"))
    other = held(tmp_path)
    assert follow(tmp_path, show=shown.append).state == "done"
    other.join()
    assert shown == []


def test_a_batch_that_ended_without_a_word_says_so(tmp_path: Path) -> None:
    record = batch(done(1), cell(2, "running"))
    write_record(tmp_path, record)
    ended = follow(tmp_path)
    stopped = replace(record.cells[1], state="stopped", message=KILLED)
    assert (ended.state, ended.message, ended.cells[1]) == ("stopped", KILLED, stopped)


@pytest.mark.parametrize("is_earlier", [True, False])
def test_the_record_of_an_earlier_run_is_not_taken_for_the_end_of_this_one(is_earlier: bool, tmp_path: Path) -> None:
    taken = time.time()
    write_record(tmp_path, batch(done(1), state="done", updated=taken - 60 if is_earlier else taken + 60))
    with processes.told(tmp_path):
        if is_earlier:
            with pytest.raises(InvalidInput, match="ended before anything was built"):
                follow(tmp_path)
        else:
            assert follow(tmp_path).state == "done"


def test_a_batch_that_left_no_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="ended before anything was built"):
        follow(tmp_path)
