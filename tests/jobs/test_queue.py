"""The queue: first come, first served, and who dies loses the place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.errors import StorageError
from builder.jobs import slot_names, try_slots, turn, waiting_words
from builder.jobs.queue import join, mutex, tickets

# A build that says its place whenever it changes, and holds its slots until it reads a line.
WAITS = """
import sys
from builder.jobs import turn

def say(event, /, **values):
    print(event, values["place"], flush=True)

with turn(int(sys.argv[1]), emit=say) as names:
    print(*names, flush=True)
    sys.stdin.readline()
"""


class Waiter:
    """A process that queues."""

    def __init__(self, most: int = 1) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WAITS, str(most)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def says(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ends(self) -> None:
        """Gives its slots back."""
        self.process.communicate("\n", timeout=20)

    def dies(self) -> None:
        """Is killed."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def waiters() -> Iterator[list[Waiter]]:
    """Processes to start in a test; what is left of them afterwards is killed."""
    started: list[Waiter] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.dies()


@pytest.fixture(autouse=True)
def one_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of its own with one slot."""
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("BUILDER_SLOTS", raising=False)


def started(waiters: list[Waiter], number: int, most: int = 1) -> list[str]:
    """Starts processes one after the other; the first line of each."""
    lines = []
    for _ in range(number):
        waiters.append(Waiter(most))
        lines.append(waiters[-1].says())
    return lines


def test_slots_are_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with turn(1) as first:
        assert first == ["gpu-0"]
        with turn(2) as second:
            assert second == ["gpu-1"]
            assert try_slots(slot_names(), 1) == {}
    with turn(2) as both:
        assert both == ["gpu-0", "gpu-1"]


def test_who_finds_a_slot_free_says_nothing_and_leaves_no_ticket(tmp_path: Path) -> None:
    def listen(*_: object, **__: object) -> None:
        raise AssertionError

    with turn(1, emit=listen) as names:
        assert names == ["cpu-0"]
        assert tickets(tmp_path / "queue") == []


def test_a_place_is_said_when_it_changes_and_at_last_that_it_is_ones_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    held = try_slots(["cpu-0"], 1)
    first = join(["cpu-0"])
    said: list[Any] = []
    ends = iter((lambda: None, first.give_back, lambda: None, held["cpu-0"].close))
    monkeypatch.setattr("builder.jobs.queue.time.sleep", lambda _: next(ends)())
    with turn(1, emit=lambda event, /, **values: said.append((event, values["place"]))) as taken:
        assert taken == ["cpu-0"]
    assert said == [("queue", 2), ("queue", 1), ("queue", 0)]


def test_builds_get_their_turn_in_the_order_in_which_they_came(waiters: list[Waiter]) -> None:
    assert started(waiters, 4) == ["cpu-0", "queue 1", "queue 2", "queue 3"]
    waiters[0].ends()
    assert [waiters[1].says(), waiters[1].says()] == ["queue 0", "cpu-0"]
    assert [waiters[2].says(), waiters[3].says()] == ["queue 1", "queue 2"]
    waiters[1].ends()
    assert [waiters[2].says(), waiters[2].says()] == ["queue 0", "cpu-0"]
    assert waiters[3].says() == "queue 1"


def test_who_is_killed_loses_the_place_and_the_slot(waiters: list[Waiter], tmp_path: Path) -> None:
    started(waiters, 4)
    waiters[1].dies()
    assert [waiters[2].says(), waiters[3].says()] == ["queue 1", "queue 2"]
    assert len(tickets(tmp_path / "queue")) == 2
    waiters[0].dies()
    assert [waiters[2].says(), waiters[2].says()] == ["queue 0", "cpu-0"]


def test_many_at_once_never_share_a_slot_and_all_get_their_turn(tmp_path: Path) -> None:
    lines = """
import sys
from pathlib import Path
from builder.jobs import turn
with turn():
    (Path(sys.argv[1]) / "inside").touch(exist_ok=False)
    (Path(sys.argv[1]) / "inside").unlink()
"""
    command = [sys.executable, "-c", lines, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(8)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 8
    assert tickets(tmp_path / "queue") == []


def test_a_build_on_several_gpus_takes_what_is_free_and_keeps_its_place(
    waiters: list[Waiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert started(waiters, 2) == ["gpu-0", "gpu-1"]
    assert started(waiters, 1, most=2) + started(waiters, 1) == ["queue 1", "queue 2"]
    waiters[1].ends()
    assert [waiters[2].says(), waiters[2].says()] == ["queue 0", "gpu-1"]


def test_who_wants_another_gpu_does_not_wait_behind_a_queue_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with turn():
        waiting = join(["gpu-0"])
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
        with turn() as names:
            assert names == ["gpu-1"]
        waiting.give_back()


def test_files_that_are_no_tickets_and_tickets_without_a_word_are_no_trouble(tmp_path: Path) -> None:
    with mutex() as folder:
        (folder / "notes.txt").write_text("?")
        (folder / "00000001-17").write_text("{")
    with turn() as names:
        assert names == ["cpu-0"]
    assert {path.name for path in (tmp_path / "queue").iterdir()} == {"mutex", "notes.txt"}


def test_a_queue_that_cannot_be_kept_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("no folder")
    with pytest.raises(StorageError, match="BUILDER_STATE_DIR"), turn():
        raise AssertionError


def test_a_place_in_words() -> None:
    assert "next in the queue" in waiting_words(1)
    assert "1 build is ahead" in waiting_words(2)
    assert "2 builds are ahead" in waiting_words(3)
