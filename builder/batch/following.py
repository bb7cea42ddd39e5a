"""Watching a batch that another process runs, until it ends: its record and its events, from its folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from builder import processes
from builder.batch.launching import watch
from builder.batch.record import BatchRecord, is_running
from builder.errors import InvalidInput
from builder.event_log import read_events
from builder.events import Emit, silent

POLL_SECONDS = 0.5
READ_SHARE = 10  # reading the record takes at most one part in so many of the time


def follow(folder: Path, emit: Emit = silent, show: Callable[[BatchRecord], None] | None = None) -> BatchRecord:
    """Follows a running batch; whoever stops following leaves it running.

    Args:
        folder: of the batch.
        emit: hears what happens from now on, as whoever runs the batch does.
        show: gets the record about twice a second, less often where it is large.

    Returns:
        The record as the batch left it.

    Raises:
        InvalidInput: it left no record, as one does that cannot be planned, or the record is damaged.
    """
    events, taken = folder / "events.jsonl", when_taken(folder)
    offset = events.stat().st_size if events.exists() else 0
    runs = True
    while runs:
        began = time.monotonic()
        runs = is_running(folder)
        told, offset = read_events(events, offset)
        for event in told:
            emit(event.pop("event"), **event)
        record = watch(folder) if runs and show is not None else None
        if record is not None and record.state == "running" and show is not None:  # else it is an earlier run's: this one plans
            show(record)
        if runs:
            time.sleep(max(POLL_SECONDS, READ_SHARE * (time.monotonic() - began)))
    record = watch(folder)
    if record is None or record.updated < taken:  # an earlier run's
        raise InvalidInput(f"The batch in {folder} ended before anything was built; the same command shows why.")
    return record


def when_taken(folder: Path) -> float:
    """When the process that runs the batch took its folder, in seconds since 1970; 0 where none runs it."""
    try:
        return (folder / processes.FILE).stat().st_mtime
    except OSError:
        return 0.0
