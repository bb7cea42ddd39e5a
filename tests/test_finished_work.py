"""Work on a finished build, seen from its folder alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder import finished_work
from builder.event_log import STOPPED, read_events
from builder.finished_work import Kind, WorkWatch, live, look, say_last_word
from builder.runs import Run
from builder.watching import NO_LAST_WORD, SENTENCES_MAX
from tests.ui import folders

BEGAN = folders.CREATED
ASKED = {"techniques": ["int8", "qat"]}
BEGUN = (("begin", {"work": "compress", "request": ASKED}), ("begin", {"work": "compress", "techniques": ["int8", "qat"]}))
TUNING = (
    ("technique", {"technique": "int8", "number": 1, "total": 2}),
    ("note", {"message": "int8 after training: done already."}),
    ("technique", {"technique": "qat", "number": 2, "total": 2}),
    ("stage", {"stage": "quantization-aware training", "state": "start"}),
    ("epoch", {"epoch": 1, "epochs": 4, "loss": 0.9}),
    ("step", {"epoch": 2, "epochs": 4, "step": 20, "steps": 40, "loss": 0.41}),
)


def tell(run: Run, kind: Kind, *events: tuple[str, dict[str, Any]], began: float = BEGAN) -> None:
    """Appends events of some work, a second apart."""
    path = finished_work.events_path(run, kind)
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        for second, (event, values) in enumerate(events):
            file.write(json.dumps({"time": began + second, "event": event, **values}) + "\n")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished build."""
    return folders.done(tmp_path)


def test_nothing_was_ever_begun(run: Run) -> None:
    assert (look(run, "compress").state, look(run, "export").state, live(run)) == ("none", "none", None)


def test_a_fine_tune_tells_technique_epoch_and_time(run: Run) -> None:
    tell(run, "compress", *BEGUN, *TUNING)
    with run.lock():
        seen = WorkWatch(run, "compress", clock=lambda: BEGAN + len(BEGUN) + len(TUNING) - 1).look()
    assert (seen.state, seen.number, seen.total, seen.what) == ("running", 2, 2, "quantization-aware training")
    assert seen.words == "epoch 2 of 4, step 20 of 40, loss 0.410"
    assert seen.progress == pytest.approx((1 + 0.9 * 1.5 / 4) / 2)
    assert seen.notes == ("int8 after training: done already.",)
    assert seen.asked == ASKED


def test_measuring_is_counted(run: Run) -> None:
    tell(run, "compress", *BEGUN, *TUNING, ("progress", {"stage": "verify", "done": 100, "total": 200, "unit": "photos"}))
    with run.lock():
        seen = look(run, "compress")
    assert seen.words == "verification: 100 of 200 photos"
    assert seen.progress is not None
    assert 0.5 < seen.progress < 1


def test_it_waits_in_the_queue(run: Run) -> None:
    tell(run, "compress", *BEGUN, ("queue", {"place": 3}))
    with run.lock():
        assert (look(run, "compress").state, look(run, "compress").place) == ("waiting", 3)
        tell(run, "compress", ("queue", {"place": 0}))
        assert look(run, "compress").state == "running"


@pytest.mark.parametrize(
    ("last", "state", "message"),
    [
        (("done", {"work": "compress", "chosen": "qat"}), "done", ""),
        (("failed", {"message": "The disk is full.", "exit_code": 2}), "failed", "The disk is full."),
        (("failed", {"message": STOPPED, "exit_code": 130}), "stopped", STOPPED),
        (("note", {"message": "on"}), "failed", NO_LAST_WORD),
    ],
)
def test_every_way_to_end(run: Run, last: tuple[str, dict[str, Any]], state: str, message: str) -> None:
    tell(run, "compress", *BEGUN, *TUNING, last)
    seen = look(run, "compress")
    assert (seen.state, seen.message, seen.words, seen.progress) == (state, message, "", None)
    assert live(run) is None


def test_what_was_said_of_earlier_work_does_not_count(run: Run) -> None:
    tell(run, "compress", *BEGUN, *TUNING, ("failed", {"message": "x", "exit_code": 2}), ("begin", {"work": "compress"}))
    with run.lock():
        seen = look(run, "compress")
    assert (seen.state, seen.number, seen.notes, seen.asked, seen.message) == ("running", 0, (), {}, "")


def test_the_lock_belongs_to_the_work_that_began_last(run: Run) -> None:
    tell(run, "compress", *BEGUN)  # killed without a word
    tell(run, "export", ("begin", {"work": "export", "request": {"resolutions": [48, 64]}}), began=BEGAN + 100)
    with run.lock():
        assert look(run, "compress").state == "failed"
        found = live(run)
    assert found is not None
    assert (found.kind, found.state, found.total) == ("export", "running", 2)


def test_resolutions_are_counted_and_an_export_of_a_terminal_ends_without_a_word(run: Run) -> None:
    asked = {"resolutions": [48, 64, 80]}
    tell(run, "export", ("begin", {"request": asked}), ("begin", {}), ("note", {"message": "48 px is done already: here."}))
    tell(run, "export", ("stage", {"stage": "Photos at 64 px", "state": "start"}))
    tell(run, "export", ("progress", {"stage": "Photos at 64 px", "done": 5, "total": 10, "unit": "photos"}))
    with run.lock():
        seen = look(run, "export")
        assert (seen.number, seen.total, seen.what, seen.words) == (2, 3, "64 px", "photos: 5 of 10 photos")
    assert look(run, "export").state == "failed"
    tell(run, "export", ("stage", {"stage": "Verification at 64 px", "state": "done"}))
    assert look(run, "export").state == "done"


def test_the_last_word_goes_to_the_work_that_was_ended(run: Run) -> None:
    tell(run, "export", ("begin", {}), ("done", {}))
    tell(run, "compress", *BEGUN, began=BEGAN - 100)
    say_last_word(run)
    assert (look(run, "compress").state, look(run, "export").state) == ("stopped", "done")
    before = finished_work.events_path(run, "compress").read_bytes()
    say_last_word(run)
    assert finished_work.events_path(run, "compress").read_bytes() == before


def test_a_watch_reads_only_what_is_new_and_keeps_little(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(run, "compress", *BEGUN, *(("note", {"message": f"{number}"}) for number in range(3 * SENTENCES_MAX)))
    watched = WorkWatch(run, "compress")
    assert len(watched.look().notes) == SENTENCES_MAX
    asked: list[int] = []

    def reading(path: Path, offset: int, most: int) -> tuple[list[dict[str, Any]], int]:
        asked.append(offset)
        return read_events(path, offset, most)

    monkeypatch.setattr("builder.watching.read_events", reading)
    tell(run, "compress", ("note", {"message": "new"}))
    size = finished_work.events_path(run, "compress").stat().st_size
    assert watched.look().notes[-1] == "new"
    assert asked[0] > size - 200


STRANGE = (
    b"",
    b"\xff\xfe",
    b"[]\n1\nnull\n",
    b'{"event": "technique", "number": "x", "total": [1]}\n',
    b'{"event": "step", "epoch": {}, "steps": "many"}\n{"event": "begin", "request": [1]}\n',
    b'{"event": "progress", "stage": 5, "done": "x", "total": NaN}\n{"event": "stage", "stage": null, "state": "start"}\n',
    b'{"event": "begin", "request": {"resolutions": 5}}\n{"event": "stage", "stage": "Export at 99999 px", "state": "start"}\n',
)


@pytest.mark.parametrize("content", STRANGE)
@pytest.mark.parametrize("kind", ["compress", "export"])
def test_no_content_is_too_strange(run: Run, content: bytes, kind: Kind) -> None:
    path = finished_work.events_path(run, kind)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert look(run, kind).state in ("none", "failed", "done")
    with run.lock():
        assert look(run, kind).state in ("none", "running")
