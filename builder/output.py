"""Keeps what libraries print, from Python or from C++, out of the terminal and in a build's log."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from builder.runs import storage_error

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def captured(log: Path | None) -> Iterator[None]:
    """Sends file descriptors 1 and 2 to the end of a file for the body; None leaves them as they are.

    Raises:
        StorageError: the file cannot be written.
    """
    if log is None:
        yield
        return
    flush()
    try:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise storage_error(log, error) from None
    kept = os.dup(STDOUT), os.dup(STDERR)
    try:
        os.dup2(target, STDOUT)
        os.dup2(target, STDERR)
        yield
    finally:
        flush()
        for descriptor, place in zip(kept, (STDOUT, STDERR), strict=True):
            os.dup2(descriptor, place)
            os.close(descriptor)
        os.close(target)


def flush() -> None:
    """Writes out what Python still holds back, so that it lands on the right side of a switch."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def terminal() -> TextIO:
    """A stream to the real stderr that stays the terminal while the descriptors are captured."""
    return os.fdopen(os.dup(STDERR), "w", encoding="utf-8", errors="replace", buffering=1)
