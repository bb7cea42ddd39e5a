"""Runs an interpreter on a file that nobody vouches for, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import builder
from builder.errors import ModelFileError
from builder.verify import frames

MEMORY_BYTES = 4 * 1024**3  # address space: Python with NumPy and LiteRT maps 1 GiB of it, a 224 px MobileNet some 100 MiB more
START_S = 60.0  # until the first answer; 0.2 s as a rule, more on a cold disk
REASON_LENGTH = 300

# What a child gets of the environment: nothing that could be a secret. PYTHON* matters where packages lie in unusual places.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONDONTWRITEBYTECODE")
# Interpreters are given their threads; the thread pools of the libraries around them would only cost address space.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "GLOG_minloglevel": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


DESCRIBE = "builder.verify.facts:open_description"
CLASSIFY = "builder.verify.litert:open_classifier"
MICRO = "builder.verify.micro:open_micro"
MEDIAPIPE = "builder.verify.mediapipe:open_mediapipe"


class ChildFailed(Exception):
    """The child crashed, hung, or its interpreter gave up; the message is the reason, without a full stop."""


class Child:
    """A process that runs one task on one file; ends with the `with` block.

    Args:
        task: "module:function"; the function takes the request and returns its answer, and what answers the messages after it.
        request: what the task needs to know, as JSON values.
        memory_bytes: address space that it may use; None does not limit it.
        start_s: seconds until the first answer.

    Raises:
        ModelFileError: the task refuses the file.
        ChildFailed: it crashed, hung, or its interpreter gave up.
    """

    def __init__(
        self, task: str, request: dict[str, Any], *, memory_bytes: int | None = MEMORY_BYTES, start_s: float = START_S
    ) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "builder.verify.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
        )
        try:
            self.facts, _ = self.ask({**request, "task": task, "memory_bytes": memory_bytes}, limit_s=start_s)
        except BaseException:
            self.close()
            raise

    def ask(self, message: dict[str, Any], payload: bytes | memoryview = b"", *, limit_s: float) -> tuple[dict[str, Any], bytes]:
        """Sends a message and waits for the answer; afterwards the child is dead if it took longer than `limit_s` seconds."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit_s, stop)
        timer.daemon = True
        timer.start()
        answer = None
        try:
            with contextlib.suppress(OSError, ValueError):  # it died while it was written to, or answers nonsense
                frames.write(cast(BinaryIO, self._process.stdin), message, payload)
                answer = frames.read(cast(BinaryIO, self._process.stdout))
        finally:
            timer.cancel()
        if answer is None:
            raise ChildFailed(f"it took longer than {limit_s:.0f} seconds" if late.is_set() else self._death())
        if "error" in answer[0]:
            raise ModelFileError(str(answer[0]["error"]))
        if "failed" in answer[0]:
            raise ChildFailed(self._reason(str(answer[0]["failed"])))
        return answer

    def _death(self) -> str:
        """How the child ended, and its last words."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "it stopped answering"
        how = f"the interpreter crashed ({signal_name(-code)})" if code < 0 else f"the interpreter ended with code {code}"
        return self._reason(how)

    def _reason(self, reason: str) -> str:
        """A reason followed by what the interpreter printed last, which usually tells more."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 4096))
        lines = [line.strip() for line in self._log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith(("INFO:", "W0000", "I0000", "WARNING: All log"))][:3]
        whole = " ".join([" ".join(reason.split()).rstrip("."), *(f"[{line}]" for line in said)])
        return "".join(letter for letter in whole if letter.isprintable())[:REASON_LENGTH]

    def close(self) -> None:
        """Ends the child, at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast(BinaryIO, stream).close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_child(task: str, path: str | Path, request: dict[str, Any] | None = None) -> Child:
    """A child for a file that the user gave: whatever goes wrong in it is the file's fault.

    Raises:
        ModelFileError: the file is refused, or crashes, hangs or overfills the child.
    """
    try:
        return Child(task, {**(request or {}), "file": str(path)})
    except ChildFailed as reason:
        raise cannot_run(path, reason) from None


def cannot_run(path: str | Path, reason: ChildFailed) -> ModelFileError:
    """The error for a file whose child failed."""
    return ModelFileError(f"{path} cannot be run: {reason}. Is it damaged? Export or download it again.")


def environment() -> dict[str, str]:
    """The child's environment: what is passed on, and where this very `builder` lies."""
    home = str(Path(builder.__file__).resolve().parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | QUIET | {"PYTHONPATH": os.pathsep.join(paths)}


def signal_name(number: int) -> str:
    """A signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
