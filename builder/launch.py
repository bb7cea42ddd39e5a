"""Starting, resuming and stopping builds that are processes of their own: what becomes of whoever started them is nothing to them.

The new process (`builder.detached`) finds out which build is meant, takes its folder's lock and answers; only then does `launch`
return, so there is no moment in which the build looks dead. Photos are listed there, too: nothing of it stays in this process.
Work on a finished build, `compress` and `export`, begins and is stopped in the same way; the build stays done meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import errors, processes, start
from builder.architecture import check_resolution
from builder.config import BuildConfig
from builder.errors import EXIT_INTERRUPTED, BuilderError, ConfigError, InvalidInput
from builder.event_log import STOPPED, EventLog, read_events
from builder.events import Emit, silent
from builder.runs import Run

if TYPE_CHECKING:
    from builder.lab import Request

POLL_SECONDS = 0.1
SECONDS_TO_DIE = 5.0  # after SIGKILL: a process in the middle of a write to a slow disk takes its time
LAST_BYTES = 2000  # of what a process printed that died before it could answer


@dataclass(frozen=True, slots=True)
class Launched:
    """A build's folder, and whether the build, or the work on it, was there already: running, waiting or done."""

    run: Run
    joined: bool


def launch(
    config: BuildConfig,
    exports: Path,
    *,
    title: str | None = None,
    force: bool = False,
    target: Mapping[str, Any] | None = None,
    emit: Emit = silent,
) -> Launched:
    """Starts a build in a process of its own, or joins the same one.

    Args:
        config: what to build.
        exports: where builds are kept; made when absent.
        title: what people see; by default the folder's label.
        force: build anew although the same build is done.
        target: what it is for, as `builder.target.Target` has it; a build that says so already keeps what it says.
        emit: hears how listing the photos goes on, which takes a while where they are many.

    Returns:
        A `Launched`, as soon as the build has its folder; it may still have to wait for a slot.

    Raises:
        InvalidInput: settings, photos, the warm start file or the exports folder cannot be used.
        MissingTool: a required package is absent, or Keras is set to a backend that training does not run on.
    """
    request = {
        "config": absolute(config, Path.cwd()).model_dump(mode="json"),
        "exports": str(exports.absolute()),
        "title": title,
        "force": force,
        "target": dict(target or {}),
    }
    return begin(request, emit)


def resume(run: Run) -> Launched:
    """Takes a stopped or failed build up again, from its own folder.

    Raises:
        InvalidInput: its settings cannot be read, or its photos or warm start are gone or are others than when it began.
        MissingTool: as `launch`.
    """
    if not run.folder.is_dir():
        raise InvalidInput(f"There is no build in {run.folder} any more. Start it anew.")
    config = BuildConfig.from_file(run.folder / "config.yaml")
    started_in = run.description().get("started_in")
    origin = Path(started_in) if isinstance(started_in, str) and started_in else Path.cwd()
    request = {
        "config": absolute(config, origin).model_dump(mode="json"),
        "exports": str(run.folder.parent.absolute()),
        "expected": run.id,
    }
    return begin(request, silent)


def compress(run: Run, request: Request, *, emit: Emit = silent) -> Launched:
    """Compresses a finished build in a process of its own, or joins the same work. `builder.finished_work` sees how it goes on.

    Args:
        run: the build.
        request: what to do.
        emit: as `launch`.

    Returns:
        A `Launched`, as soon as the work holds the build's folder; it may still have to wait for a slot.

    Raises:
        InvalidInput: the build is not done, foreign, of another version or at other work; its photos are gone or others; its folder
            cannot be written.
        MissingTool: as `launch`.
    """
    return begin({"work": "compress", "folder": str(run.folder.absolute()), "asked": request.to_json()}, emit)


def export(
    run: Run,
    resolutions: Sequence[int],
    variants: Sequence[str] | None = None,
    *,
    force: bool = False,
    emit: Emit = silent,
) -> Launched:
    """Writes a finished build at other resolutions in a process of its own, or joins the same work.

    Args:
        run: the build.
        resolutions: in pixels.
        variants: files to write; by default those of the build.
        force: make anew what is there.
        emit: as `launch`.

    Returns:
        As `compress`.

    Raises:
        InvalidInput: as `compress`, or a resolution or variant that there is not.
        MissingTool: as `launch`.
    """
    asked = {
        "resolutions": [check_resolution(resolution) for resolution in resolutions],
        "variants": None if variants is None else list(variants),
        "force": force,
    }
    if not resolutions:
        raise ConfigError("Choose at least one resolution.")
    return begin({"work": "export", "folder": str(run.folder.absolute()), "asked": asked}, emit)


def stop(run: Run, grace_seconds: float = 10) -> bool:
    """Stops a running or waiting build, or the work on a finished one, with all its processes.

    What is whole is kept: `resume` goes on from there, and so does the same work on a finished build.

    Args:
        run: the build.
        grace_seconds: how long it may take to end by itself, as after Ctrl-C; then it is killed.

    Returns:
        Whether it was running and does not any more.
    """
    if not run.is_locked():
        return False
    deadline, asked = time.monotonic() + grace_seconds, False
    while run.is_locked() and time.monotonic() < deadline:
        process = processes.find(run.folder)  # a process that has only just begun has not told its number yet
        if process is not None and not asked:
            asked = process.send(signal.SIGINT)
        time.sleep(POLL_SECONDS)
    process = processes.find(run.folder)
    if run.is_locked() and process is not None:
        process.send(signal.SIGKILL)
        deadline = time.monotonic() + SECONDS_TO_DIE
        while run.is_locked() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    return say_last_word(run)


def say_last_word(run: Run) -> bool:
    """Writes that a build, or the work on it, was stopped, where its process could not; False while it still runs."""
    from builder import finished_work

    if not os.access(run.folder, os.W_OK):  # gone, or read-only by now: there is nothing to write
        return not run.is_locked()
    with run.lock() as taken:
        if not taken:
            return False
        if run.status() == "done":
            finished_work.say_last_word(run)
            return True
        last = read_events(run.events_path)[0][-1:]
        if not (last and last[0]["event"] == "failed"):
            log = EventLog(run.events_path)
            log("failed", message=STOPPED, exit_code=EXIT_INTERRUPTED)
            log.close()
    return True


def absolute(config: BuildConfig, origin: Path) -> BuildConfig:
    """The same settings with paths that mean the same from every folder; the build's identity does not change by it."""
    from builder.data.source import is_builtin

    def full(path: str) -> str:
        try:
            return str(origin / Path(path).expanduser())
        except RuntimeError:
            raise InvalidInput(f"{path} names the home of a user whom this machine does not know. Write the whole path.") from None

    changes: dict[str, Any] = {}
    if not is_builtin(config.data):
        changes["data"] = full(config.data)
    if config.test_data is not None and not is_builtin(config.test_data):
        changes["test_data"] = full(config.test_data)
    if config.init not in start.NAMED_STARTS:
        changes["init"] = full(config.init)
    return config.replace(**changes) if changes else config


def begin(request: dict[str, Any], emit: Emit) -> Launched:
    """Starts the process and waits for its answer."""
    with contextlib.ExitStack() as stack:
        try:
            printed = stack.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "builder.detached"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise errors.MissingTool(
                f"No process can be started here ({error.strerror}): memory, or the disk of temporary files, is full."
            ) from None
        threading.Thread(target=process.wait, daemon=True, name=f"reaper-{process.pid}").start()  # a dead child stays no zombie
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdout as answers:
            with contextlib.suppress(OSError), process.stdin as questions:  # it may have died, and is heard below
                questions.write(json.dumps(request).encode())
            answer: dict[str, Any] = {}
            for line in answers:
                answer = as_answer(line)
                if "event" not in answer:
                    break
                emit(str(answer.pop("event")), **answer)
        if "folder" in answer:
            return Launched(Run(Path(answer["folder"])), bool(answer["joined"]))
        raise error_of(answer, printed)


def as_answer(line: bytes) -> dict[str, Any]:
    """A line from the new process; whatever else may be printed there is no answer."""
    try:
        values = json.loads(line)
    except ValueError:
        return {"event": "unknown"}
    return values if isinstance(values, dict) else {"event": "unknown"}


def error_of(answer: dict[str, Any], printed: Any) -> BuilderError:
    """The error that the new process met, as its own kind."""
    if "error" in answer:
        kind = getattr(errors, str(answer.get("kind")), None)
        known = isinstance(kind, type) and issubclass(kind, BuilderError)
        return (kind if known else ConfigError)(str(answer["error"]))  # type: ignore[misc]
    printed.seek(0, os.SEEK_END)
    printed.seek(max(0, printed.tell() - LAST_BYTES))
    lines = printed.read().decode("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return errors.MissingTool(f"The build's process could not begin: {said}. `builder doctor` checks this machine.")


def environment() -> dict[str, str]:
    """What the new process gets: ours, without what is meant for the app's server, and where this very `builder` lies."""
    home = str(Path(__file__).resolve().parents[1])
    passed = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    return passed | {"PYTHONPATH": os.pathsep.join([home, *filter(None, passed.get("PYTHONPATH", "").split(os.pathsep))])}
