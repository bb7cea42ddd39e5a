"""events.jsonl: whole lines, valid JSON, read while it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.event_log import EventLog, last_words, read_events


def test_events_survive_a_line_cut_by_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log("note", message="one")
    log.close()
    with path.open("a") as file:
        file.write('{"time": 1, "event": "no')
    log = EventLog(path)
    log("note", message="two")
    log.close()
    events, _ = read_events(path)
    assert [event["message"] for event in events] == ["one", "two"]


def test_a_log_goes_on_without_reading_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "note", "message": "one"}\n')

    def refuse(self: Path) -> bytes:
        raise AssertionError(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        log = EventLog(path)
    log("note", message="two")
    log.close()
    assert [event["message"] for event in read_events(path)[0]] == ["one", "two"]
    assert b"\n\n" not in path.read_bytes()


def test_events_are_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log("epoch", epoch=1)
    first, offset = read_events(path)
    log("epoch", epoch=2)
    second, _ = read_events(path, offset)
    log.close()
    assert [event["epoch"] for event in first + second] == [1, 2]
    assert read_events(tmp_path / "absent.jsonl") == ([], 0)


def test_every_line_is_json_that_browsers_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log("step", loss=float("nan"), scores=[float("inf"), 1.0], message="caf\udce9.jpg")  # a name that is no UTF-8
    log.close()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    event = json.loads(path.read_bytes(), parse_constant=refuse)
    assert (event["loss"], event["scores"]) == (None, [None, 1.0])
    assert event["message"] == "caf\udce9.jpg"


def test_a_file_that_was_replaced_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log("note", message="a long first life" * 10)
    log.close()
    _, offset = read_events(path)
    path.unlink()
    log = EventLog(path)
    log("note", message="anew")
    log.close()
    events, _ = read_events(path, offset)
    assert [event["message"] for event in events] == ["anew"]


def test_an_end_that_passes_several_bodies_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with pytest.raises(KeyboardInterrupt), last_words(EventLog(path)), last_words(EventLog(path)):
        raise KeyboardInterrupt
    events, _ = read_events(path)
    assert [(event["event"], event["exit_code"]) for event in events] == [("failed", 130)]
