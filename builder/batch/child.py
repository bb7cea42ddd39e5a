"""A worker's process, for whoever gives it tasks on the same machine: begun, spoken to, heard and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builder.errors import MissingTool
from builder.launch import environment

LAST_BYTES = 2000  # of what a worker printed that died

Hear = Callable[["Child", dict[str, Any]], None]


@dataclass(slots=True)
class Child:
    """`builder.batch.worker` in a process and a session of its own. It ends with whoever began it.

    Args:
        process: the worker.
        log: what its libraries print.
        dead: whether it has ended.
    """

    process: subprocess.Popen[bytes]
    log: Path
    dead: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def begin(cls, variables: Mapping[str, str], log: Path, hear: Hear) -> Child:
        """Starts one.

        Args:
            variables: of its environment, on top of this process's.
            log: appended to.
            hear: called from another thread with all that it says, and with `lost` at its end, whose `message` says how it died.

        Raises:
            MissingTool: no process can be started.
        """
        try:
            with log.open("ab") as printed:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "builder.batch.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=printed,
                    env=environment() | dict(variables),
                    start_new_session=True,
                )
        except OSError as error:
            raise MissingTool(
                f"No worker can be started here ({error.strerror}): memory, or the disk of {log.parent}, is full."
            ) from None
        child = cls(process, log)
        threading.Thread(target=child.listen, args=(hear,), daemon=True, name=log.stem).start()
        return child

    def tell(self, **values: Any) -> None:
        """One line to it; of one that has died `hear` is told."""
        with self.lock, contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(values).encode() + b"\n")
            self.process.stdin.flush()

    def listen(self, hear: Hear) -> None:
        """Passes on what it says until it says no more."""
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                values = as_values(line)
                if values is not None:
                    hear(self, values)
        code = self.process.wait()
        self.dead = True
        self.forget()
        hear(self, {"event": "lost", "message": how_it_died(code, self.log)})

    def end(self) -> None:
        """Kills it with all its children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.forget()

    def forget(self) -> None:
        """Closes the way to a process that has ended."""
        with self.lock, contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()


def as_values(line: bytes) -> dict[str, Any] | None:
    """A line of a worker; None for what is none of its words."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) and isinstance(values.get("event"), str) else None


def how_it_died(code: int, log: Path) -> str:
    """What to tell people about a process that ended without a word."""
    if code == -signal.SIGKILL:
        return "The worker was killed, as the system does when memory runs out. Fewer workers, smaller batches or photos need less."
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"The worker died ({name}): {last_line(log)}"


def last_line(log: Path) -> str:
    """The last that a process printed."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LAST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing.")
