"""A batch's dry run in a process of its own: photos are listed there, and nothing of it stays in the server that asks.

The child is `python -m builder.batch.rehearsing`. It reads one JSON line, the batch, and writes one JSON line an event, the last of
which is `planned` or `failed`. While it works it must be asked for news every few seconds, a byte each time: a page that nobody
looks at any more, or a server that died, ends it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from builder.batch.dry_run import DryRun
from builder.batch.file import Batch
from builder.console.told import Count
from builder.data.examining import drain, end_when_forgotten
from builder.data.line import Line
from builder.errors import BuilderError
from builder.launch import environment

TIME_SECONDS = 1800.0  # 99,999 cells take some 50 s; large sets of photos are listed besides
NICENESS = 5  # the server that shows the pages goes first
REASON_LENGTH = 300
LINE = Line(at_once=2)
GAVE_UP = "The dry run could not be made"


class Rehearsing:
    """A child that plans a batch, started when its turn has come. Dropping the value ends the child.

    Args:
        batch: what to plan.
        exports: where builds are kept.
        workers_max: up to how many workers the time is wanted for.
        clock: seconds.
        line: where it waits for its turn.
    """

    def __init__(
        self,
        batch: Batch,
        exports: Path,
        workers_max: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        line: Line = LINE,
    ) -> None:
        request = {"batch": batch.to_yaml(), "exports": str(exports.absolute()), "workers_max": workers_max}
        self.request = json.dumps(request).encode() + b"\n"
        self.clock, self.line = clock, line
        self.count = Count(clock)
        self.result: DryRun | None = None
        self.problem = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.place = line.join()
        self.look()

    def is_finished(self) -> bool:
        """Whether there is a result or a problem."""
        return self.result is not None or bool(self.problem)

    @property
    def waits(self) -> bool:
        """Whether others are at work and this one's turn has not come."""
        return self.process is None and not self.is_finished()

    def look(self) -> bool:
        """Takes in what the child has said, and tells it that somebody still waits; True when it is done, one way or the other."""
        if self.waits:
            self.start_in_turn()
        if self.process is None or self.is_finished():
            return self.is_finished()
        self.tell(b".")
        ended = self.process.poll() is not None
        if ended:
            self.reader.join(timeout=5)
        while self.lines:
            self.take(self.lines.pop(0))
        if not self.is_finished() and ended:
            self.problem = f"{GAVE_UP}: {self.last_words()}."
        if not self.is_finished() and self.clock() - self.began > TIME_SECONDS:
            self.problem = f"{GAVE_UP} within {TIME_SECONDS / 60:.0f} minutes and was stopped. Give a smaller grid."
        if self.is_finished():
            self.close()
        return self.is_finished()

    def start_in_turn(self) -> None:
        """Starts the child if its turn has come; where none can be started, that is the end."""
        try:
            if self.line.may_work(self.place):
                self.start()
        except OSError as error:
            self.problem = f"{GAVE_UP}: no process can be started ({error.strerror})."
            self.close()

    def start(self) -> None:
        """Starts the child."""
        self.began = self.clock()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the value
        self.process = self.place.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "builder.batch.rehearsing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment(),
        )
        self.lines: list[bytes] = []
        self.reader = threading.Thread(target=drain, args=(cast(IO[bytes], self.process.stdout), self.lines), daemon=True)
        self.reader.start()
        self.tell(self.request)

    def tell(self, content: bytes) -> None:
        """Writes to the child, unless it has died."""
        with contextlib.suppress(OSError, ValueError):
            stdin = cast(IO[bytes], cast(subprocess.Popen[bytes], self.process).stdin)
            stdin.write(content)
            stdin.flush()

    def take(self, line: bytes) -> None:
        """One event of the child's."""
        try:
            event = json.loads(line)
            kind = event.pop("event")
            if kind == "planned":
                self.result = DryRun.from_json(event)
            elif kind == "failed":
                self.problem = str(event["message"])
            elif kind == "progress":
                self.count.take(event)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.problem = f"{GAVE_UP}: the process that did it answered nonsense."

    def last_words(self) -> str:
        """How the child ended, and the last line that it printed."""
        code = cast(subprocess.Popen[bytes], self.process).returncode
        self.log.seek(0)
        said = self.log.read().decode("utf-8", "replace").strip().splitlines()
        return " ".join([f"its process ended with code {code}", *(f"[{line.strip()}]" for line in said[-1:])])[:REASON_LENGTH]

    def close(self) -> None:
        """Ends the child, at once, or leaves the line."""
        self.place.leave()
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.reader.join(timeout=5)
        for stream in (self.process.stdin, self.process.stdout, self.log):
            with contextlib.suppress(OSError):
                cast(IO[bytes], stream).close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def main() -> None:
    """The child."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with open(0, "rb", buffering=0, closefd=False) as asked:  # unbuffered: the bytes that follow belong to the thread below
        request = json.loads(asked.readline())
    threading.Thread(target=end_when_forgotten, daemon=True).start()

    def say(event: str, /, **values: Any) -> None:
        answers.write(json.dumps({"event": event, **values}) + "\n")

    from builder.batch.planning import plan_batch

    try:
        plan = plan_batch(Batch.from_yaml(request["batch"]), Path(request["exports"]), emit=say)
        say("planned", **DryRun.of(plan, request["workers_max"]).to_json())
    except BuilderError as error:
        say("failed", message=str(error))
    except MemoryError:
        say("failed", message=f"{GAVE_UP}: it needs more memory than there is. Give a smaller grid.")
    answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
