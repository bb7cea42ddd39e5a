"""The stages of a build as they run: who is told, how long each takes, and what was said, earlier processes included."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.events import Emit


class Stages:
    """Tells every listener which stage runs, and keeps what the report wants to know.

    Args:
        listeners: hear every event.
        earlier: the events of earlier processes of the same build, from its events.jsonl. Their notes, warnings and seconds
            count, so a build that was killed reports the same as one that was not.

    Attributes:
        seconds: time spent in each stage; a stage that an earlier process began has that process's share too.
        notes: what was said, each sentence once.
        warnings: see `notes`.
    """

    def __init__(self, *listeners: Emit, earlier: Iterable[Mapping[str, Any]] = ()) -> None:
        events = list(earlier)
        self.listeners = listeners
        self.seconds = seconds_of(events)
        self.notes: list[str] = []
        self.warnings: list[str] = []
        for event in events:
            self.remember(str(event.get("event")), event)

    def emit(self, event: str, /, **values: Any) -> None:
        """An `Emit`."""
        self.remember(event, values)
        for listener in self.listeners:
            listener(event, **values)

    def remember(self, event: str, values: Mapping[str, Any]) -> None:
        """Keeps notes and warnings."""
        sentences = {"note": self.notes, "warning": self.warnings}.get(event)
        message = values.get("message")
        if sentences is not None and isinstance(message, str) and message not in sentences:
            sentences.append(message)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Runs the body as a stage; what the body raises ends the stage without `done`."""
        self.emit("stage", stage=name, state="start")
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.emit("stage", stage=name, state="done")

    def reused(self, name: str) -> None:
        """Says that an earlier process did this stage."""
        self.emit("stage", stage=name, state="reused")


def seconds_of(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Time spent in each stage as the events tell it; of a stage that was cut off, the time up to its last event."""
    seconds: dict[str, float] = {}
    stage, last = "", 0.0
    for event in events:
        now = event.get("time")
        if not isinstance(now, (int, float)):
            continue
        state = event.get("state") if event.get("event") == "stage" else None
        if event.get("event") == "begin":  # what lies between a killed process and the next one is nobody's time
            stage = ""
        elif state == "start":
            stage = str(event.get("stage"))
        elif stage:
            seconds[stage] = seconds.get(stage, 0.0) + max(0.0, now - last)
        if state == "done":
            stage = ""
        last = now
    return seconds
