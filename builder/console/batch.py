"""A running batch on the terminal: a table that is redrawn, or plain lines where nobody watches. Everything goes to stderr."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from builder.batch.record import BatchRecord, CellRecord
from builder.console.batch_told import end_of, epoch_of, header_of, message_of, result_of, settings_of, stage_of, varying
from builder.console.on_terminal import OnTerminal
from builder.console.progress import is_terminal
from builder.formats import format_duration, format_percent

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

RUNNING_MAX, FAILED_MAX, ENDED_MAX = 9, 3, 4  # rows of the table, which has to fit a terminal of 24 lines
SILENT_SECONDS = 60.0  # after which a log hears how far the batch is


class Display(Protocol):
    """Shows a batch."""

    def tell(self, event: str, values: dict[str, Any]) -> None: ...
    def watch(self, record: BatchRecord) -> None: ...
    def close(self) -> None: ...


class BatchProgress(OnTerminal[Display]):
    """A context manager, an `Emit` and a watcher of a batch's record. Never raises, whatever becomes of the terminal.

    Args:
        stream: where to write; by default the real stderr.
        clock: seconds since 1970, to tell how long cells have been running.

    Example:
        >>> with BatchProgress() as progress:
        ...     run_batch(batch, emit=progress, watch=progress.watch)
    """

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(stream, lambda found: Table(found, clock) if is_terminal(found) else Lines(found, clock))

    def __call__(self, event: str, /, **values: Any) -> None:
        self.show(lambda display: display.tell(event, values))

    def watch(self, record: BatchRecord) -> None:
        """Shows the record as it stands."""
        self.show(lambda display: display.watch(record))


class Lines:
    """A display without control characters, for logs: a line for each cell's end, and one a minute where none ends."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self.stream, self.clock = stream, clock
        self.cells = 0  # not known before the first look at the record
        self.said_at = clock()

    def tell(self, event: str, values: dict[str, Any]) -> None:
        """Writes a line where the event is worth one."""
        if event == "warning":
            self.say(f"warning: {message_of(values.get('message', ''))}")
        elif event == "note":
            self.say(message_of(values.get("message", "")))
        elif event == "cell":
            line = end_of(values, self.cells)
            if line:
                self.say(line)

    def watch(self, record: BatchRecord) -> None:
        """Says how far the batch is where the log has been silent for long."""
        self.cells = len(record.cells)
        if self.clock() - self.said_at >= SILENT_SECONDS:
            self.say(header_of(record, counts_by_state(record), varying(record.cells)))

    def say(self, line: str) -> None:
        """Writes a line at once."""
        self.said_at = self.clock()
        self.stream.write(line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Nothing is left open."""


class Table:
    """A display for terminals, drawn by rich: a line on the whole batch, a row for each cell at work and the last that ended."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        from rich.console import Console
        from rich.live import Live

        self.clock = clock
        self.keys: frozenset[str] | None = None  # that set cells apart: found once, since no cell's settings change
        self.ended: deque[int] = deque(maxlen=ENDED_MAX)
        self.console = Console(file=stream, force_terminal=True, highlight=False, emoji=False)
        self.live = Live(console=self.console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)

    def tell(self, event: str, values: dict[str, Any]) -> None:
        """Remembers which cells ended last; what was said, and why a cell is tried again, is written above the table."""
        from rich.text import Text

        if event == "warning":
            self.say(Text.assemble(("  ! ", "bold yellow"), (message_of(values.get("message", "")), "yellow")))
        elif event == "note":
            self.say(Text(message_of(values.get("message", ""))))
        elif event == "cell" and values.get("state") == "done":
            self.ended.append(values["number"])
        elif event == "cell" and values.get("state") == "waiting" and end_of(values, 0):
            self.say(Text.assemble(("  · ", "cyan"), end_of(values, 0)))

    def watch(self, record: BatchRecord) -> None:
        """Draws the record; the cursor is hidden from the first time on."""
        self.live.start()
        if self.keys is None:
            self.keys = varying(record.cells)
        self.live.update(drawn(record, self.keys, tuple(self.ended), self.clock()), refresh=True)

    def say(self, line: Text) -> None:
        """Writes a line above the table."""
        self.console.print(line, soft_wrap=True)

    def close(self) -> None:
        """Takes the table away and gives the cursor back."""
        self.live.stop()


def counts_by_state(record: BatchRecord) -> Counter[str]:
    """How many cells there are of each state."""
    return Counter(cell.state for cell in record.cells)


def drawn(record: BatchRecord, keys: Container[str], ended: tuple[int, ...], now: float) -> Group:
    """The header and the rows.

    Args:
        record: as it stands.
        keys: of the settings that set cells apart.
        ended: numbers of the cells that were built last, the latest at the end.
        now: seconds since 1970.
    """
    from rich.console import Group
    from rich.text import Text

    counts = counts_by_state(record)
    running = shown_of(record, "running", counts, RUNNING_MAX)
    failed = shown_of(record, "failed", counts, FAILED_MAX)
    table = open_rows()

    def add(cell: CellRecord, mark: str, style: str, what: str, *figures: str) -> None:
        name = Text.assemble((f"{mark} ", style), f"{cell.number}")
        said = Text(what, style="red" if cell.state == "failed" else "")
        table.add_row(name, Text(settings_of(cell.values, keys)), said, *map(Text, figures))

    for cell in running:
        best = f"best {format_percent(cell.val_accuracy)}" if cell.val_accuracy is not None else ""
        add(cell, "▶", "cyan", stage_of(cell), epoch_of(cell), best, time_of(cell, now))
    for cell in map(record.cell, ended):
        add(cell, "✓", "green", result_of(cell.outcome, 0.0), "", "", format_duration(cell.took))
    for cell in failed:
        add(cell, "✗", "bold red", message_of(cell.message), "", "", "")
    more = [f"{counts[state] - shown:,} more {state}" for state, shown in shown_counts(counts, len(running), len(failed))]
    lines = [Text(header_of(record, counts, keys), style="bold"), table]
    return Group(*lines, *([Text(f"  and {', '.join(more)}", style="dim")] if more else []))


def shown_of(record: BatchRecord, state: str, counts: Counter[str], most: int) -> list[CellRecord]:
    """The first cells of a state; the whole list is not looked through where there are none."""
    found: list[CellRecord] = []
    for cell in record.cells if counts[state] else ():
        if cell.state == state:
            found.append(cell)
            if len(found) == min(most, counts[state]):
                break
    return found


def shown_counts(counts: Counter[str], running: int, failed: int) -> list[tuple[str, int]]:
    """States of which more cells are there than are shown."""
    return [(state, shown) for state, shown in (("running", running), ("failed", failed)) if counts[state] > shown]


def open_rows() -> Any:
    """A table without lines and titles, whose rows each take one line."""
    from rich.table import Table as Rows

    table = Rows.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    for _ in range(3):
        table.add_column(no_wrap=True, justify="right")
    return table


def time_of(cell: CellRecord, now: float) -> str:
    """How long a running cell has been at work."""
    return format_duration(cell.took + max(0.0, now - cell.began)) if cell.began else ""
