"""events.jsonl: what happened in a build, one JSON object a line, readable by others while the build runs."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from builder.errors import EXIT_BROKEN, EXIT_INTERRUPTED, BuilderError
from builder.runs import storage_error

TOLD = "told_to_the_log"  # an error that carries this was told
STOPPED = "Stopped; what is whole is kept, and the same build goes on from there."


class EventLog:
    """Appends events to events.jsonl, each with its time; an `Emit`. A full disk stops the log, never the build.

    Every line is JSON as browsers read it: numbers that are not finite become null, bytes of a file's name that are no UTF-8
    become escapes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: TextIO | None
        try:
            self.file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
            if is_cut(path):
                self.file.write("\n")  # a build that was killed in mid-line must not spoil the first event of the next
        except OSError as error:
            raise storage_error(path, error) from None

    def __call__(self, event: str, /, **values: Any) -> None:
        if self.file is None:
            return
        line = json.dumps({"time": round(time.time(), 3), "event": event, **finite(values)}, ensure_ascii=False, default=str)
        try:
            self.file.write(line + "\n")
        except OSError:
            self.close()

    def close(self) -> None:
        """Closes the file; later events are dropped."""
        if self.file is not None:
            with contextlib.suppress(OSError):
                self.file.close()
            self.file = None


def is_cut(path: Path) -> bool:
    """Whether a file ends in mid-line; only its last byte is read."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


@contextlib.contextmanager
def last_words(log: EventLog) -> Iterator[EventLog]:
    """Tells the log how the body ended, if badly, as a `failed` event; closes the log in any case.

    Bodies may lie in one another, so that no moment of a build is outside of all of them: each end is told once.
    """
    try:
        yield log
    except (Exception, KeyboardInterrupt) as error:
        if not getattr(error, TOLD, False):
            message, exit_code = end_of(error, log.path)
            log("failed", message=message, exit_code=exit_code)
            setattr(error, TOLD, True)
        raise
    finally:
        log.close()


def end_of(error: BaseException, path: Path) -> tuple[str, int]:
    """What an error means to people, and the exit code of it."""
    if isinstance(error, BuilderError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return STOPPED, EXIT_INTERRUPTED
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):  # from a library; ours come as StorageError
        raised = storage_error(Path(error.filename or path), error)
        return str(raised), raised.exit_code
    return f"{type(error).__name__}: {error}", EXIT_BROKEN


def finite(value: Any) -> Any:
    """The same with None in place of numbers that JSON does not know: nan and the infinities."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_events(path: Path, offset: int = 0, most_bytes: int = -1) -> tuple[list[dict[str, Any]], int]:
    """Whole events from an offset in bytes, and the offset to go on from; a line still being written is left for later.

    An offset behind the end is one of an older file, which a build with --force has set aside: the new one is read whole.
    Where `most_bytes` is given, no more is read at a time, and a line that is longer is no event.
    """
    try:
        with path.open("rb") as file:
            offset = offset if offset <= os.fstat(file.fileno()).st_size else 0
            file.seek(offset)
            data = file.read(most_bytes)
    except OSError:
        return [], offset
    end = data.rfind(b"\n") + 1
    if not end and len(data) == most_bytes:
        return [], offset + most_bytes
    events = []
    for line in data[:end].splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict) and "event" in value:
                events.append(value)
    return events, offset + end
