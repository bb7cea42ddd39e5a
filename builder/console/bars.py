"""Events as a bar that is redrawn, with what is done, found and written above it. Drawn by rich."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from builder.console.told import Count, Course, message_of, title_of, variant_of, waiting_of
from builder.formats import format_duration

TITLE_WIDTH = 12  # of the longest title, "Verification"
WIDE = 110  # columns from which on the bar may be long and every figure of an epoch still fits


class Bars:
    """A display for terminals. One stage runs at a time, so there is one bar."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.console = Console(file=stream, force_terminal=True, highlight=False, emoji=False)
        # Output of libraries is not rich's business here: it is captured, or goes where it goes.
        self.progress = Progress(
            SpinnerColumn(style="cyan"),
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=20 if self.console.width >= WIDE else 8),
            TextColumn("{task.fields[text]}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            console=self.console,
            transient=True,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.count, self.course = Count(clock), Course(clock)
        self.task: TaskID | None = None
        self.stage: Any = None
        self.began = clock()
        self.progress.start()

    def show(self, event: str, values: dict[str, Any]) -> None:
        """Moves the bar or writes a line above it."""
        if event == "stage":
            self.turn(values)
        elif event == "progress":
            self.count.take(values)
            self.move(values.get("stage"), self.count.done, self.count.total, self.count.text)
        elif event in ("step", "epoch"):
            (self.course.step if event == "step" else self.course.epoch)(values)
            self.move("train", self.course.done, self.course.total, self.course.text)
        elif event == "note":
            self.say(Text.assemble(("  · ", "cyan"), message_of(values)))
        elif event == "warning":
            self.say(Text.assemble(("  ! ", "bold yellow"), (message_of(values), "yellow")))
        elif event == "variant":
            self.say(Text.assemble(("  + ", "green"), variant_of(values)))
        elif event == "queue" and waiting_of(values):
            self.say(Text.assemble(("  · ", "cyan"), waiting_of(values)))

    def turn(self, values: dict[str, Any]) -> None:
        """The beginning or the end of a stage."""
        stage, state = values.get("stage"), values.get("state")
        if state == "start":
            self.count = Count(self.clock)
            self.move(stage, 0, None, "")
            return
        result = "done by an earlier run" if state == "reused" else ""
        if stage == self.stage:
            result = result or (self.course.result if stage == "train" else self.count.so_far if self.count.what else "")
            taken = format_duration(self.clock() - self.began)
            self.leave()
        else:
            taken = ""
        result = "  ".join(filter(None, (result, taken)))
        self.say(Text.assemble(("✓ ", "bold green"), (f"{title_of(stage):<{TITLE_WIDTH}} ", "bold"), result))

    def move(self, stage: Any, done: float, total: float | None, text: str) -> None:
        """Sets the bar of a stage; a new stage takes the place of the one before."""
        if stage != self.stage or self.task is None:
            self.leave()
            self.stage, self.began = stage, self.clock()
            self.task = self.progress.add_task(f"{title_of(stage):<{TITLE_WIDTH}}", total=None, text="")
        self.progress.update(self.task, completed=done, total=total, text=text)

    def leave(self) -> None:
        """Takes the bar away."""
        if self.task is not None:
            self.progress.remove_task(self.task)
        self.task = self.stage = None

    def say(self, line: Text) -> None:
        """Writes a line above the bar."""
        self.console.print(line, soft_wrap=True)

    def close(self) -> None:
        """Takes the bar away and gives the cursor back."""
        self.leave()
        self.progress.stop()
