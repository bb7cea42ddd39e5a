"""A child may do anything: the parent gets an answer or a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builder.errors import ModelFileError
from builder.verify.isolation import Child, ChildFailed, open_child


@pytest.fixture(autouse=True)
def naughty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets children import the module `naughty`."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def test_a_crash_is_a_reason_with_the_last_words() -> None:
    with pytest.raises(ChildFailed, match=r"crashed \(SIGABRT\).*shape.size\(\) == 4"):
        Child("naughty:open_crash", {})


def test_a_hang_ends_after_the_time_allowed() -> None:
    with pytest.raises(ChildFailed, match="longer than"):
        Child("naughty:open_hang", {}, start_s=0.5)


def test_memory_is_limited() -> None:
    with pytest.raises(ChildFailed, match="more memory than is allowed"):
        Child("naughty:open_greedy", {})


def test_a_flood_of_messages_does_not_fill_the_disk() -> None:
    with pytest.raises(ChildFailed, match=r"SIGXFSZ|OSError"):
        Child("naughty:open_flood", {})


def test_what_libraries_print_is_not_taken_for_an_answer() -> None:
    with Child("naughty:open_noisy", {}) as child:
        assert child.ask({"say": "hello"}, b"abc", limit_s=10) == ({"heard": "hello"}, b"cba")


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    with Child("naughty:open_noisy", {}) as child:
        assert "SOME_TOKEN" not in child.facts["environment"]


@pytest.mark.parametrize("task", ["crash", "greedy"])
def test_for_a_users_file_it_is_the_files_fault(task: str) -> None:
    with pytest.raises(ModelFileError, match=r"bad.tflite cannot be run: .*Export or download it again"):
        open_child(f"naughty:open_{task}", "bad.tflite")


def test_nothing_of_a_child_remains() -> None:
    ended: list[Callable[[], int | None]] = []
    with Child("naughty:open_noisy", {}) as child:
        ended.append(child._process.poll)
    assert ended[0]() is not None
