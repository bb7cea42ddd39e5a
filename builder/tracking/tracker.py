"""What a batch logs its builds with. MLflow itself runs in a child process, and whatever happens to it spoils no build."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self, cast
from urllib.parse import unquote, urlsplit

import builder
from builder.addresses import shown
from builder.errors import ConfigError, MissingTool
from builder.events import Emit, silent
from builder.runs import Run

Logged = Literal["logged", "already", "failed"]

EXPERIMENT = "mobilenet-builder"  # where no batch gives its name
START_S = 120.0  # to import MLflow and reach its store: 3 s to 10 s here, more where a database is being made
LOG_S = 300.0  # for one build, of some megabytes
FAILURES_MAX = 3  # in a row, then the others are not tried: a server that hangs would hold up every build
ADVICE = "make mlflow, or: pip install --no-deps -r requirements-mlflow.lock"
SQLITE_MAGIC = b"SQLite format 3\0"

# Unless the user says otherwise: a server that is away is said to be so in seconds, a folder that was asked for is used although
# MLflow would rather have a database, and nothing is sent to anybody else.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


class ChildFailed(Exception):
    """The child refused, crashed or hung; the message is the reason, without a full stop."""


class Tracker:
    """Logs finished builds to MLflow, each as one run, once. Made by `Tracker.open`; ends with its `with` block.

    Example:
        >>> with Tracker.open("sqlite:///mlflow.db", "nightly") as tracker:
        ...     tracker.log(Run(folder), {"batch": "nightly", "cell": "3"})
        'logged'
    """

    def __init__(self, uri: str, experiment: str, emit: Emit) -> None:
        self.uri, self.experiment, self.emit = uri, experiment, emit
        self.failures = 0  # in a row
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def open(cls, uri: str, experiment: str = "", *, emit: Emit = silent) -> Self:
        """Reaches the store, before any build is begun.

        Args:
            uri: where MLflow keeps its runs: `http://host:5000`, `sqlite:///mlflow.db`, or a folder.
            experiment: what the runs are gathered under, usually the batch's name.
            emit: takes a `warning` for each build that could not be logged.

        Raises:
            ConfigError: the URI is none, or nothing answers there.
            MissingTool: MLflow is not installed.
        """
        check(uri)
        if importlib.util.find_spec("mlflow") is None:
            raise MissingTool(f"--track needs MLflow, which is not installed. Get it: {ADVICE}")
        tracker = cls(uri, experiment or EXPERIMENT, emit)
        try:
            tracker.start()
        except ChildFailed as reason:
            tracker.close()
            raise ConfigError(
                f"Nothing can be tracked at {shown(uri)}: {reason}. Is its server running? A place without one would be "
                "--track sqlite:///mlflow.db"
            ) from None
        except BaseException:
            tracker.close()
            raise
        return tracker

    def log(self, run: Run, tags: Mapping[str, str] | None = None) -> Logged:
        """Logs a finished build and returns when that is done, at once where the same content was logged already; never raises.

        After three failures in a row the others are not tried. To run the same batch again logs what is missing.

        Args:
            run: the build's folder.
            tags: what else to know it by, such as `{"batch": "nightly"}`; `builder.` is put before each name.

        Returns:
            `failed` where it could not be logged, which a `warning` event has told.
        """
        with self._lock:
            if self.failures >= FAILURES_MAX:
                return "failed"
            try:
                self.start()
                answer = self.ask({"folder": str(run.folder.absolute()), "tags": dict(tags or {})}, LOG_S)
            except (ChildFailed, MissingTool) as reason:
                self.failures += 1
                self.emit("warning", message=f"{run.folder.name} is not tracked at {shown(self.uri)}: {reason}.{self.outlook()}")
                return "failed"
            self.failures = 0
            return cast(Logged, answer["state"])

    def outlook(self) -> str:
        """What follows from another failure."""
        if self.failures < FAILURES_MAX:
            return ""
        return f" No more are tried after {FAILURES_MAX} in a row; the same command, run again, logs what is missing."

    def start(self) -> None:
        """Starts the child and lets it reach the store, unless there is one."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "builder.tracking.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment(),
        )
        try:
            self.ask({"uri": self.uri, "experiment": self.experiment}, START_S)
        except BaseException:
            self.close()
            raise

    def ask(self, message: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Sends a line and waits for the answer; a child that dies, or takes longer than `limit_s` seconds, is gone afterwards."""
        process = cast("subprocess.Popen[str]", self._process)
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, stop)
        timer.daemon = True
        timer.start()
        line = ""
        try:
            with contextlib.suppress(OSError, ValueError):  # it died while it was written to
                stdin = cast(IO[str], process.stdin)
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()
                line = cast(IO[str], process.stdout).readline()
        except BaseException:  # Ctrl-C: its answer would be taken for that to the next question
            self.close()
            raise
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            self.close()
            raise ChildFailed(
                f"it took longer than {limit_s:.0f} seconds" if late.is_set() else "MLflow's process ended unexpectedly"
            )
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise MissingTool(
                f"{shown(self.uri)} needs a package that is not installed ({answer['missing']}). For SQLite: {ADVICE}"
            )
        if "error" in answer:
            raise ChildFailed(shown(str(answer["error"]).replace(self.uri, shown(self.uri))).rstrip("."))
        return answer

    def close(self) -> None:
        """Ends the child; a later `log` would start another one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                cast(IO[str], stream).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def check(uri: str) -> None:
    """Raises `ConfigError` for what can be told without MLflow to be no place: it would try for a minute, or keep nothing."""
    if not uri.strip():
        raise ConfigError("--track needs a place, such as http://localhost:5000 or sqlite:///mlflow.db")
    parsed = urlsplit(uri)
    if parsed.scheme in ("", "file"):
        folder = Path(unquote(parsed.path) if parsed.scheme else uri)
        if folder.is_file():
            raise ConfigError(
                f"--track {shown(uri)} is a file, and a folder is needed. For an SQLite file: --track sqlite:///{folder}"
            )
    if parsed.scheme == "sqlite":
        check_sqlite(uri, uri.removeprefix("sqlite:///").partition("?")[0])


def check_sqlite(uri: str, name: str) -> None:
    """Raises `ConfigError` unless a file can be an SQLite database; its folder is made."""
    if name in ("", ":memory:", uri):
        raise ConfigError(f"--track {shown(uri)} would keep nothing. Name a file: --track sqlite:///mlflow.db")
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            file.seek(0)
            start = file.read(len(SQLITE_MAGIC))
    except OSError as error:
        raise ConfigError(f"--track {shown(uri)} cannot be written ({error.strerror}). Name another file.") from None
    if start not in (b"", SQLITE_MAGIC):
        raise ConfigError(f"--track {shown(uri)} is no SQLite database. Name another file, or remove it.")


def environment() -> dict[str, str]:
    """The child's environment: all of this one, since keys to servers and stores are in it, and what keeps it quiet."""
    home = str(Path(builder.__file__).resolve().parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return ENVIRONMENT | os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
