"""Events as words, the same for a terminal with bars and for plain lines."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from builder.console.pace import Pace
from builder.formats import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_loss,
    format_percent,
    format_rate,
    printable,
)
from builder.jobs import waiting_words

TITLES = {
    "data": "Photos",
    "train": "Training",
    "export": "Export",
    "verify": "Verification",
    "report": "Report",
    "evaluate": "Measuring",
    "doctor": "Packages",
}
MESSAGE_LENGTH_MAX = 2000


def title_of(stage: Any) -> str:
    """A stage's name for people; one that is not known goes by its own."""
    return TITLES.get(stage, printable(str(stage), 40).capitalize())


def message_of(values: dict[str, Any]) -> str:
    """A note's or warning's text, safe to show."""
    return printable(str(values.get("message", "")), MESSAGE_LENGTH_MAX)


def variant_of(values: dict[str, Any]) -> str:
    """A file that was written."""
    return f"{printable(str(values.get('file', '')), 100)}, {format_bytes(number(values.get('flash_bytes')))}"


def waiting_of(values: dict[str, Any]) -> str:
    """A place in the queue; empty where there is nothing to wait for."""
    place = number(values.get("place")) or 0
    return waiting_words(int(place)) if place >= 1 else ""


def number(value: Any) -> float | None:
    """A figure of an event, or None where it has none or one that is not finite."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None


def left(seconds: float | None) -> str:
    """`1 min 20 s left`, in whole seconds; empty where it is not known."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    return f"{whole} s left" if whole < 10 else f"{format_duration(whole)} left"


class Count:
    """Countable work of one stage: how far, how much longer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.pace = Pace(clock)
        self.what: tuple[Any, Any] | None = None
        self.unit = ""
        self.whole = ""  # what all of it was, where the count alone says too little
        self.done = 0.0
        self.total: float | None = None

    def take(self, values: dict[str, Any]) -> None:
        """Follows a `progress` event; another unit or total is another piece of work."""
        self.total, self.done = number(values.get("total")), number(values.get("done")) or 0.0
        what = (values.get("unit"), self.total)
        if what != self.what:
            self.what, self.pace = what, Pace(self.clock)
        self.unit = printable(str(values.get("unit") or ""), 30)
        self.whole = printable(str(values.get("whole") or ""), 60)

    @property
    def so_far(self) -> str:
        """`1,031 of 2,062 photos`; at the end what all of it was, such as `5 files on 183 photos`."""
        if self.whole and self.done == self.total:
            return self.whole
        of = "" if self.total is None or self.total == self.done else f" of {format_count(self.total)}"
        unit = self.unit.removesuffix("s") if self.done == 1 and not of else self.unit
        return f"{format_count(self.done)}{of} {unit}".rstrip()

    @property
    def text(self) -> str:
        """How far, and how much longer."""
        return ", ".join(filter(None, (self.so_far, left(self.pace.seconds_left(self.done, self.total)))))


class Course:
    """Training: where it is, how good it was at the last epoch's end, how much longer by the schedule of all epochs."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.pace = Pace(clock)
        self.values: dict[str, Any] = {}
        self.done, self.total = 0.0, 1.0
        self.seconds_left: float | None = None
        self.val_accuracy: float | None = None
        self.best: tuple[float, int] | None = None
        self.epochs_seen = 0

    def step(self, values: dict[str, Any]) -> None:
        """Follows a `step` event."""
        self.values = values
        steps = number(values.get("steps")) or 1
        self.place((number(values.get("epoch")) or 1) - 1 + (number(values.get("step")) or 0) / steps)

    def epoch(self, values: dict[str, Any]) -> None:
        """Follows an `epoch` event."""
        self.values = values
        epoch = int(number(values.get("epoch")) or 0)
        self.epochs_seen = max(self.epochs_seen, epoch)
        self.val_accuracy = number(values.get("val_accuracy"))
        best_epoch, best_accuracy = number(values.get("best_epoch")), number(values.get("best_val_accuracy"))
        if best_epoch is not None and best_accuracy is not None:
            self.best = (best_accuracy, int(best_epoch))
        self.place(epoch)

    def place(self, done: float) -> None:
        """Sets how many epochs are done."""
        self.done, self.total = done, number(self.values.get("epochs")) or 1.0
        self.seconds_left = self.pace.seconds_left(done, self.total)

    @property
    def text(self) -> str:
        """Every figure that a running epoch has; the first ones are those that a narrow terminal still shows."""
        values = self.values
        parts = [f"epoch {values.get('epoch', UNKNOWN)}/{values.get('epochs', UNKNOWN)}"]
        if self.seconds_left is not None and self.done < self.total:
            parts.append(left(self.seconds_left))
        parts.append(f"accuracy {format_percent(number(values.get('accuracy')))}")
        if self.val_accuracy is not None:
            parts.append(f"val {format_percent(self.val_accuracy)}")
        parts.append(f"loss {format_loss(number(values.get('loss')))}")
        if "step" in values:
            parts.append(f"step {values['step']}/{values.get('steps', UNKNOWN)}")
        if number(values.get("images_per_second")):
            parts.append(f"{format_rate(number(values['images_per_second']))} photos/s")
        return ", ".join(parts)

    @property
    def result(self) -> str:
        """`20 epochs, kept epoch 18 with validation 99.3 %`."""
        if not self.epochs_seen:
            return ""
        best = f", kept epoch {self.best[1]} with validation {format_percent(self.best[0])}" if self.best else ""
        return f"{self.epochs_seen} epoch{'s' if self.epochs_seen != 1 else ''}{best}"
