"""Compressing a finished build: nobody else works on it meanwhile, a slot of the machine is held, what happens is logged."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builder import jobs, start
from builder.errors import BuilderError
from builder.event_log import EventLog, last_words
from builder.events import Emit, silent
from builder.lab.lab import Lab
from builder.lab.request import Request
from builder.matrix import FOLDER, Matrix
from builder.output import captured
from builder.reopening import check_build, held, reopen
from builder.runs import Run, storage_error

EVENTS, LOG = "events.jsonl", "log.txt"
STAGE = "compress"


def compress_build(
    run: Run, request: Request, emit: Emit = silent, *, locked: bool = False, capture_output: bool = False
) -> Matrix:
    """Makes, measures and judges compressed files of a finished build.

    Args:
        run: the build.
        request: what to do.
        emit: hears every event; `compressed/events.jsonl` gets them too.
        locked: whether the caller holds the folder's lock.
        capture_output: send what libraries print to `compressed/log.txt`.

    Returns:
        The matrix of everything that was tried so far, as `compressed/matrix.json` holds it.

    Raises:
        InvalidInput: the build is not done, foreign, of another version, in use, or its photos are gone or others.
        Interrupted: Ctrl-C; the same call goes on from there.
        StorageError: the disk is full or cannot be written.
    """
    start.check_backend()
    check_build(run)
    with held(run, locked=locked), log_of(run) as log, captured(run.folder / FOLDER / LOG if capture_output else None):

        def tell(event: str, /, **values: Any) -> None:
            log(event, **values)
            emit(event, **values)

        tell("begin", work=STAGE, techniques=list(request.techniques))
        with jobs.turn(most=1, emit=tell) as slots:
            jobs.restrict_to(slots)
            lab = Lab(reopen(run, tell), request, tell)
            matrix = lab.climb() if request.ladder else lab.all()
            tell("done", work=STAGE, chosen=matrix.chosen or "")
    return matrix


@contextlib.contextmanager
def log_of(run: Run) -> Iterator[EventLog]:
    """The event log of the work on a finished build; bad ends are told there."""
    place = run.folder / FOLDER
    is_new = not place.exists()
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise storage_error(place, error) from None
    try:
        with last_words(EventLog(place / EVENTS)) as log:
            yield log
    except BuilderError:
        if is_new and not (place / "matrix.json").exists():
            discard(place)
        raise


def discard(place: Path) -> None:
    """Removes a folder in which nothing but the log was written: the build looks as before."""
    if {path.name for path in place.iterdir()} <= {EVENTS, LOG}:
        shutil.rmtree(place, ignore_errors=True)
