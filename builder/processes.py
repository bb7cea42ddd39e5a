"""Which process builds in a folder, so that it can be stopped: process.json, there as long as the process lives.

    pid           its number
    began         when it began, in clock ticks since the machine started, as /proc/<pid>/stat has it
    leads_group   whether its process group is its own, so that all of it may be ended

Whether a build runs is told by its lock, never by this file. A number is used again by the system some day: a process that began at
another time is another process, and is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from builder.runs import write_atomically

FILE = "process.json"
BEGAN_FIELD = 19  # of /proc/<pid>/stat, counted from 0 after the name in parentheses; field 22 in proc(5)


@dataclass(frozen=True, slots=True)
class Process:
    """A process that may have ended."""

    pid: int
    began: int
    leads_group: bool

    @classmethod
    def own(cls) -> Self:
        """This process."""
        return cls(os.getpid(), began(os.getpid()) or 0, os.getpgrp() == os.getpid() and os.getsid(0) == os.getpid())

    @property
    def lives(self) -> bool:
        """Whether it is still this very process."""
        return self.began > 0 and began(self.pid) == self.began

    def send(self, sign: signal.Signals) -> bool:
        """Signals it, with all its children where the group is its own; False when it is gone or belongs to somebody else."""
        if not self.lives:
            return False
        try:
            (os.killpg if self.leads_group else os.kill)(self.pid, sign)
        except (ProcessLookupError, PermissionError):
            return False
        return True


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """Tells in a folder that this process builds there, as long as the body runs.

    Raises:
        StorageError: the folder cannot be written.
    """
    write_atomically(folder / FILE, json.dumps(asdict(Process.own())) + "\n")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / FILE).unlink(missing_ok=True)


def find(folder: Path) -> Process | None:
    """The process that builds in a folder; None where it did not say so, or is gone."""
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        process = Process(int(values["pid"]), int(values["began"]), values["leads_group"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return process if process.pid > 1 and process.lives else None


def began(pid: int) -> int | None:
    """When a process began, in clock ticks since the machine started; None when there is none, or where nobody tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else int(fields[BEGAN_FIELD])
    except (OSError, ValueError, IndexError):
        return None
