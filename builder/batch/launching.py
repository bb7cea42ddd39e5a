"""A batch as a process of its own, which outlives whoever started it: begun, watched and stopped from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder import launch, processes
from builder.batch.file import Batch
from builder.batch.options import Options
from builder.batch.record import KILLED, STOPPED, BatchRecord, is_running, read_record, write_record
from builder.batch.running import held_folder, place_of, run
from builder.errors import BuilderError, Interrupted, InvalidInput, StorageError
from builder.events import silent
from builder.runs import Run

POLL_SECONDS = 0.1
GRACE_SECONDS = 20.0  # for the builds at hand to write down where they are
KILL_SECONDS = 5.0  # for the system to take a killed process down


def launch_batch(batch: Batch, exports: Path, options: Options) -> Path:
    """Starts a batch in a process of its own, or joins the same one that runs.

    Args:
        batch: what to build.
        exports: where builds are kept.
        options: how it is run.

    Returns:
        The batch's folder, whose `record.json` tells how it goes on (`watch`).

    Raises:
        InvalidInput: the exports folder cannot be written, or an option cannot be used.
        MissingTool: no process can be started.
    """
    asked = options.given()  # with passwords: the request goes to the standard input of the new process, and nowhere else
    request = {"batch": batch.to_yaml(), "exports": str(exports.absolute()), "options": asked}
    return launch.begin(request, silent).run.folder


def detached(request: dict[str, Any], tell: Any) -> None:
    """What the new process does: `tell` says where the batch lies as soon as its folder is held."""
    batch = Batch.from_yaml(request["batch"])
    exports, options = Path(request["exports"]), Options(**request["options"])
    folder = place_of(batch, exports)
    if is_running(folder):
        tell(folder=str(folder), joined=True)
        return
    from builder.batch.planning import plan_batch

    with held_folder(batch, exports):
        tell(folder=str(folder), joined=False)
        try:
            run(batch, plan_batch(batch, exports, emit=silent), folder, options)
        except BuilderError as error:
            say_last_word(folder, batch, exports, error)
            raise


def say_last_word(folder: Path, batch: Batch, exports: Path, error: BuilderError) -> None:
    """Writes why a batch ended before its own record could: whoever watches it sees nothing else."""
    began = time.time()
    known = readable(folder)
    if known is not None and known.message == str(error):
        return
    if isinstance(error, Interrupted) and known is not None and known.state == "stopped":
        return
    record = known or BatchRecord(folder.name.rpartition("-")[2], batch.name, str(exports), "failed", (), began=began)
    with contextlib.suppress(StorageError):  # a full disk must not hide the error
        write_record(folder, replace(record.cut_short(str(error)), state="failed", updated=began))


def readable(folder: Path) -> BatchRecord | None:
    """The record; None also where it is damaged, so that it is written anew."""
    with contextlib.suppress(InvalidInput):
        return read_record(folder)
    return None


def watch(folder: Path) -> BatchRecord | None:
    """The record of a batch as it stands; one that ended without a last word says so. None where there is none yet.

    Raises:
        InvalidInput: the record is damaged.
    """
    was_running = is_running(folder)  # looked at before reading: a batch that ends meanwhile has written its last word
    record = read_record(folder)
    if record is None or was_running or record.state != "running":
        return record
    return record.cut_short(KILLED)


def stop_batch(folder: Path, grace_seconds: float = GRACE_SECONDS) -> bool:
    """Stops a running batch with all its builds; what is whole is kept.

    Returns:
        Whether it was running and does not any more.

    Raises:
        InvalidInput: there is no such batch.
    """
    if not folder.is_dir():
        raise InvalidInput(f"There is no batch in {folder}.")
    run_of = Run(folder)
    if not run_of.is_locked():
        return False
    deadline, asked = time.monotonic() + grace_seconds, False
    while run_of.is_locked() and time.monotonic() < deadline:
        process = processes.find(folder)
        if process is not None and not asked:
            asked = process.send(signal.SIGINT)
        time.sleep(POLL_SECONDS)
    process = processes.find(folder)
    if run_of.is_locked() and process is not None:
        process.send(signal.SIGKILL)  # its workers end with it: they listen to it
        deadline = time.monotonic() + KILL_SECONDS
        while run_of.is_locked() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    record = None if run_of.is_locked() else readable(folder)
    if record is not None and record.state == "running" and os.access(folder, os.W_OK):
        write_record(folder, record.cut_short(STOPPED))
    return not run_of.is_locked()
