"""A build as a process of its own, which `builder.launch` starts: `python -m builder.detached`, its request on standard input.

It leads a session, so neither a closed terminal nor the end of the app reaches it. Once it holds the folder's lock it answers on
standard output; from then on everything that is printed goes to the folder's log.txt, and every bad end to events.jsonl. Work on a
finished build has both in the folder of what it makes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn, TextIO

from builder import finished_work, processes, reopening, start
from builder.__main__ import heed_signals
from builder.config import BuildConfig
from builder.data import open_source
from builder.errors import EXIT_BROKEN, EXIT_DONE, EXIT_INTERRUPTED, BuilderError, DataError, InvalidInput
from builder.event_log import EventLog, last_words
from builder.events import silent
from builder.finished_work import Kind
from builder.output import flush
from builder.report import BuildReport
from builder.runs import Run, storage_error, write_atomically

STDIN, STDOUT, STDERR = 0, 1, 2


class Caller:
    """Who started this process, as long as anybody listens."""

    def __init__(self) -> None:
        self.stream: TextIO | None = os.fdopen(os.dup(STDOUT), "w", encoding="utf-8", buffering=1)

    def tell(self, **values: Any) -> None:
        """Writes one line; whoever has gone in the meantime keeps no build from going on."""
        with contextlib.suppress(OSError, ValueError):
            if self.stream is not None:
                self.stream.write(json.dumps(values, default=str) + "\n")

    def emit(self, event: str, /, **values: Any) -> None:
        """An `Emit`."""
        self.tell(event=event, **values)

    def leave(self) -> None:
        """Nothing more will be said."""
        with contextlib.suppress(OSError, ValueError):
            if self.stream is not None:
                self.stream.close()
        self.stream = None


def main() -> None:
    """Builds, and ends the process with the exit code of `builder.errors`."""
    heed_signals()
    caller = Caller()
    try:
        code = run(json.load(sys.stdin), caller)
    except BuilderError as error:
        caller.tell(error=str(error), kind=type(error).__name__)
        sys.stderr.write(f"Error: {error}\n")
        code = error.exit_code
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except Exception as error:
        caller.tell(error=f"Something went wrong inside the builder ({type(error).__name__}: {error}).", kind="MissingTool")
        traceback.print_exc()
        code = EXIT_BROKEN
    leave(code)


def run(request: dict[str, Any], caller: Caller) -> int:
    """Does what is asked, unless somebody else does or did."""
    if "batch" in request:
        return run_batch(request, caller)
    if "work" in request:
        return work_on(Run(Path(request["folder"])), request["work"], request["asked"], caller)
    return build(request, caller)


def run_batch(request: dict[str, Any], caller: Caller) -> int:
    """Runs a batch, unless the same one runs."""
    from builder.batch import launching

    def tell(folder: str, joined: bool) -> None:
        if not joined:
            send_output_to(Path(folder) / finished_work.LOG)
        caller.tell(folder=folder, joined=joined)
        caller.leave()

    launching.detached(request, tell)
    return EXIT_DONE


def build(request: dict[str, Any], caller: Caller) -> int:
    """Finds the build that is meant and builds it, unless somebody else does or did."""
    config = BuildConfig(**request["config"])
    wanted = start.prepare(config, Path(request["exports"]), title=request.get("title"), emit=caller.emit)
    expected = request.get("expected")
    if expected is not None and wanted.run.id != expected:
        raise DataError(
            f"The photos in {config.data} or the file that the weights start from are others than when this build began, so it "
            "cannot go on. Put them back, or start a new build."
        )
    start.check_warm_start(wanted)
    lock = start.claim(wanted, force=bool(request.get("force")), emit=caller.emit)
    target = request.get("target") or {}
    if lock is None:
        wanted.run.aim(target)
        asked = still_enforced(wanted.run, config)
        if asked is not None:
            return work_on(wanted.run, "compress", asked, caller, joined=True)
        caller.tell(folder=str(wanted.run.folder), joined=True)
        return EXIT_DONE
    folder = wanted.run.folder
    with lock, last_words(EventLog(wanted.run.events_path)):
        write_atomically(folder / "config.yaml", config.to_yaml())
        wanted.run.aim(target)
        with processes.told(folder):
            send_output_to(wanted.run.log_path)
            caller.tell(folder=str(folder), joined=False)
            caller.leave()
            report = start.work(wanted, silent, capture_output=False)
            if start.is_enforced(config, report):
                start.enforced(wanted.run, config, silent, locked=True)
    return EXIT_DONE


def still_enforced(run: Run, config: BuildConfig) -> dict[str, Any] | None:
    """What a gate asks of a build that is done already; None where it asks nothing, or was heard before."""
    from builder.matrix import read_matrix
    from builder.report import read_report

    if config.gate.mode != "enforce" or run.status() != "done" or run.is_locked():
        return None
    try:
        matrix = read_matrix(run.folder)
        heard = matrix is not None and matrix.gate == config.gate.limits and matrix.chosen is not None
        return None if heard or not start.is_enforced(config, read_report(run.report_path)) else asked_by(config)
    except BuilderError:  # what is damaged is told where it is looked at
        return None


def asked_by(config: BuildConfig) -> dict[str, Any]:
    """What an enforced gate does to a finished build."""
    from builder.lab import Request

    return Request.laddered(config.gate.limits).to_json()


def work_on(run: Run, kind: Kind, asked: dict[str, Any], caller: Caller, *, joined: bool = False) -> int:
    """Works on a finished build, or joins those who do the same.

    Args:
        run: the build.
        kind: what is made of it.
        asked: what exactly, as plain values.
        caller: hears how listing the photos goes on, then where the build lies.
        joined: what the caller hears of who was there first.
    """
    report = check(run, kind, asked)
    if not run.is_locked():  # else there is nothing to prepare
        config = reopening.settings_of(run)
        reopening.check_photos(run, report, config, open_source(config.data, config.test_data, emit=caller.emit))
    lock = run.take()
    if lock is None:
        check_same(run, kind, asked)
        caller.tell(folder=str(run.folder), joined=True)
        return EXIT_DONE
    with lock, processes.told(run.folder):
        place = run.folder / finished_work.FOLDERS[kind]
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise storage_error(place, error) from None
        with last_words(EventLog(place / finished_work.EVENTS)) as log:
            log("begin", work=kind, request=asked)  # before the answer: whoever looks then sees this work, not an earlier one
            send_output_to(place / finished_work.LOG)
            caller.tell(folder=str(run.folder), joined=joined)
            caller.leave()
            work(run, kind, asked)
            if finished_work.last_event(run, kind).get("event") != "done":
                log("done", work=kind)
    return EXIT_DONE


def check(run: Run, kind: Kind, asked: dict[str, Any]) -> BuildReport:
    """A build's report; raises `InvalidInput` before anything is done for one that cannot be worked on, or for impossible work."""
    report = reopening.check_build(run)
    start.check_backend()
    if kind == "export" and asked["variants"] is not None:
        reopening.settings_of(run).replace(variants=tuple(asked["variants"]))
    return report


def check_same(run: Run, kind: Kind, asked: dict[str, Any]) -> None:
    """Raises `InvalidInput` unless the work that goes on in a build is the very same."""
    live = finished_work.live(run)
    if live is not None and (live.kind, live.asked) == (kind, asked):
        return
    doing = {"compress": "files of it are being compressed", "export": "it is being exported at other resolutions"}
    what = "somebody else works on it at the moment" if live is None else doing[live.kind]
    raise InvalidInput(
        f"This build is busy: {what}. Wait until that is done, or stop it first (builder stop {run.folder.name}); then ask again."
    )


def work(run: Run, kind: Kind, asked: dict[str, Any]) -> None:
    """The work itself, for who holds the lock."""
    if kind == "compress":
        from builder.lab import Request, compress_build

        compress_build(run, Request.from_json(asked), locked=True)
        return
    from builder.exporting import export_at

    export_at(run, asked["resolutions"], variants=asked["variants"], force=bool(asked["force"]), locked=True)


def send_output_to(log: Path) -> None:
    """Sends what anybody prints to the end of a file, from now on; nothing can be read any more.

    Raises:
        OSError: the file cannot be written.
    """
    flush()
    with log.open("ab") as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), STDIN)
        os.dup2(file.fileno(), STDOUT)
        os.dup2(file.fileno(), STDERR)


def leave(code: int) -> NoReturn:
    """Ends the process at once: no thread of TensorFlow's is waited for. Nothing is lost, since files are renamed when whole."""
    flush()
    os._exit(code)


if __name__ == "__main__":
    main()
