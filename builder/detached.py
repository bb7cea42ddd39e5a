"""A build as a process of its own, which `builder.launch` starts: `python -m builder.detached`, its request on standard input.

It leads a session, so neither a closed terminal nor the end of the app reaches it. Once it holds the folder's lock it answers on
standard output; from then on everything that is printed goes to the folder's log.txt, and every bad end to events.jsonl.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn, TextIO

from builder import processes, start
from builder.__main__ import heed_interrupt
from builder.config import BuildConfig
from builder.errors import EXIT_BROKEN, EXIT_DONE, EXIT_INTERRUPTED, BuilderError, DataError
from builder.event_log import EventLog, last_words
from builder.events import silent
from builder.output import flush
from builder.runs import write_atomically

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


def heed_signals() -> None:
    """Lets SIGINT and SIGTERM stop the build as Ctrl-C does, even where whoever started it ignores or blocks them."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.unraisablehook = heed_interrupt


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
