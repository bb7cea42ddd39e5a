"""An examination in a process of its own: decoding is work, and photos come from anybody.

The child is `python -m builder.data.examining`. It reads one JSON line, the settings, and writes one JSON line an event, the last
of which is `examined` or `failed`. While it works it must be asked for news every few seconds, a byte each time: a page that
nobody looks at any more, or a server that died, ends it.

Each child may take gigabytes: of all that one server's visitors ask for, two are at work at once, and the others wait in a line.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO, Any, cast

from builder.console.told import Count
from builder.data.examination import Examination, examine
from builder.data.line import SILENCE_SECONDS, Line
from builder.errors import BuilderError
from builder.verify.child import limit
from builder.verify.isolation import PASSED_ON, environment, signal_name

TIME_SECONDS = 3 * 3600.0  # as long as decoding 1.5 million photos takes on two cores
MEMORY_BYTES = 3 * 1024**3  # address space; each thread may hold a photo of 100 million pixels in a few forms on top
MEMORY_A_THREAD_BYTES = 3 * 1024**3 // 2
NICENESS = 5  # the server that shows the pages goes first
REASON_LENGTH = 300
LINE = Line(at_once=2)
OWN_PLACES = ("BUILDER_CACHE_DIR", "BUILDER_CACHE_MAX", "KERAS_HOME", "XDG_CACHE_HOME")


class Examining:
    """A child that examines photos, started when its turn has come. Dropping the value ends the child.

    Args:
        data: in the forms that `open_source` takes.
        clock: seconds, for the time left.
        line: where it waits for its turn.
        settings: the other arguments of `examine`.
    """

    def __init__(self, data: str, *, clock: Callable[[], float] = time.monotonic, line: Line = LINE, **settings: Any) -> None:
        self.data = data
        self.clock = clock
        self.began = clock()
        self.count = Count(clock)
        self.share: float | None = None
        self.result: Examination | None = None
        self.problem = ""
        self._request = json.dumps({"data": data, **settings}).encode() + b"\n"
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[bytes] = []
        self._line = line
        self._place = line.join()
        self._try_to_start()

    @property
    def waits(self) -> bool:
        """Whether others are at work and this one's turn has not come."""
        return self._process is None and not self.is_finished()

    def _start(self) -> None:
        """Starts the child."""
        self.began = self.clock()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the value
        passed = {name: os.environ[name] for name in OWN_PLACES if name in os.environ and name not in PASSED_ON}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "builder.data.examining"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment() | passed,
        )
        self._place.process = self._process
        self._reader = threading.Thread(target=drain, args=(cast(IO[bytes], self._process.stdout), self._lines), daemon=True)
        self._reader.start()
        self._tell(self._request)

    def look(self) -> bool:
        """Takes in what the child has said, and tells it that somebody still waits; True when it is done, one way or the other."""
        if self._process is None and not self.is_finished():
            self._try_to_start()
        if self._process is None or self.is_finished():
            return self.is_finished()
        self._tell(b".")
        ended = self._process.poll() is not None
        if ended:
            self._reader.join(timeout=5)
        while self._lines:
            self._take(self._lines.pop(0))
        if not self.is_finished() and ended:
            self.problem = f"The photos could not be looked at: {self._death()}."
        if not self.is_finished() and self.clock() - self.began > TIME_SECONDS:
            self.problem = "Looking at the photos took longer than three hours and was stopped. Give fewer or smaller photos."
        if self.is_finished():
            self.close()
        return self.is_finished()

    def _try_to_start(self) -> None:
        """Starts the child if its turn has come; where none can be started, that is the end."""
        try:
            if self._line.may_work(self._place):
                self._start()
        except OSError as error:
            self.problem = f"The photos could not be looked at: no process can be started ({error.strerror})."
            self.close()

    def is_finished(self) -> bool:
        """Whether there is a result or a problem."""
        return self.result is not None or bool(self.problem)

    def wait(self, pause_seconds: float = 0.05) -> None:
        """Looks until the child is done."""
        while not self.look():
            time.sleep(pause_seconds)

    def close(self) -> None:
        """Ends the child, at once, or leaves the line."""
        self._place.leave()
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            with contextlib.suppress(OSError):
                cast(IO[bytes], stream).close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def _tell(self, content: bytes) -> None:
        """Writes to the child, unless it has died."""
        with contextlib.suppress(OSError, ValueError):
            stdin = cast(IO[bytes], cast(subprocess.Popen[bytes], self._process).stdin)
            stdin.write(content)
            stdin.flush()

    def _take(self, line: bytes) -> None:
        """One event of the child's."""
        try:
            event = json.loads(line)
            kind = event.pop("event")
            if kind == "examined":
                self.result = Examination.from_json(event)
            elif kind == "failed":
                self.problem = str(event["message"])
            elif kind == "progress":
                self.count.take(event)
                self.share = event["done"] / event["total"] if event["total"] else None
        except (ValueError, KeyError, TypeError, AttributeError):
            self.problem = "The photos could not be looked at: the process that did it answered nonsense."

    def _death(self) -> str:
        """How the child ended, and its last words."""
        code = cast(subprocess.Popen[bytes], self._process).returncode
        how = f"the process crashed ({signal_name(-code)})" if code < 0 else f"the process ended with code {code}"
        self._log.seek(0)
        said = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return " ".join([how, *(f"[{line.strip()}]" for line in said[-1:])])[:REASON_LENGTH]


def drain(stream: IO[bytes], lines: list[bytes]) -> None:
    """Keeps the child's pipe empty, so that it never waits for a reader."""
    with contextlib.suppress(OSError, ValueError):
        lines.extend(iter(stream.readline, b""))


def main() -> None:
    """The child."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    limit(MEMORY_BYTES + MEMORY_A_THREAD_BYTES * (os.cpu_count() or 1), None)
    with open(0, "rb", buffering=0, closefd=False) as asked:  # unbuffered: the bytes that follow belong to the thread below
        settings = json.loads(asked.readline())
    threading.Thread(target=end_when_forgotten, daemon=True).start()

    def say(event: str, /, **values: Any) -> None:
        answers.write(json.dumps({"event": event, **values}) + "\n")

    try:
        say("examined", **examine(**settings, emit=say).to_json())
    except BuilderError as error:
        say("failed", message=str(error))
    except MemoryError:
        say("failed", message="Looking at the photos needs more memory than is allowed. Give smaller photos.")
    answers.flush()
    os._exit(0)


def end_when_forgotten() -> None:
    """Ends this process when nobody has asked for news for long, or the one that asks has died."""
    while True:
        ready, _, _ = select.select([0], [], [], SILENCE_SECONDS)
        if not ready or not os.read(0, 4096):
            os._exit(1)


if __name__ == "__main__":
    main()
