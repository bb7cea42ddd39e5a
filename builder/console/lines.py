"""Events as plain lines, for logs: one for each stage, epoch, file, note; none more often than somebody would read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

from builder.console.told import Count, Course, message_of, title_of, variant_of, waiting_of
from builder.formats import format_duration

SECONDS_BETWEEN = 30.0  # lines of work that has no line of its own: decoding, long epochs


class Lines:
    """A display without control characters."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self.stream, self.clock = stream, clock
        self.count, self.course = Count(clock), Course(clock)
        self.stage_began: dict[Any, float] = {}
        self.counted: Any = None
        self.said_at = clock()

    def show(self, event: str, values: dict[str, Any]) -> None:
        """Writes a line where the event is worth one."""
        if event == "stage":
            self.stage(values)
        elif event == "progress":
            self.count.take(values)
            self.counted = values.get("stage")
            text = self.count.text  # asked each time: the pace is measured from the first
            if self.is_due():
                self.say(f"{title_of(self.counted)}: {text}")
        elif event == "step":
            self.course.step(values)
            if self.is_due():
                self.say(self.course.text)
        elif event == "epoch":
            self.course.epoch(values)
            self.say(self.course.text)
        elif event in ("note", "warning"):
            self.say(f"{event}: {message_of(values)}")
        elif event == "variant":
            self.say(f"wrote {variant_of(values)}")
        elif event == "queue" and waiting_of(values):
            self.say(waiting_of(values))

    def stage(self, values: dict[str, Any]) -> None:
        """The beginning or the end of a stage."""
        stage, state = values.get("stage"), values.get("state")
        if state == "start":
            self.stage_began[stage] = self.clock()
            self.say(f"{title_of(stage)} ...")
        elif state == "reused":
            self.say(f"{title_of(stage)}: done by an earlier run")
        elif state == "done":
            began = self.stage_began.pop(stage, None)
            result = self.course.result if stage == "train" else self.count.so_far if stage == self.counted else ""
            taken = "" if began is None else f"in {format_duration(self.clock() - began)}"
            self.say(f"{title_of(stage)}: " + (", ".join(filter(None, (result, taken))) or "done"))

    def is_due(self) -> bool:
        """Whether the log has been silent for long."""
        return self.clock() - self.said_at >= SECONDS_BETWEEN

    def say(self, line: str) -> None:
        """Writes a line at once."""
        self.said_at = self.clock()
        self.stream.write(line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Nothing is left open."""
