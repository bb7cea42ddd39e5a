"""The queue: builds that wait for a slot take it in the order in which they came.

    <state>/queue/
        mutex               held for the instant in which somebody joins or looks
        <number>-<pid>      a ticket: held by flock as long as its build waits; inside, the slots that it would take

A process that dies loses its place, however it dies: its ticket is no longer held, and whoever looks next removes it. Only the
first of those who wait for the same slots may take one, so nobody is overtaken.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from builder.events import Emit, silent
from builder.jobs.slots import locks_error, slot_names, try_slots
from builder.places import state_dir

POLL_SECONDS = 0.3  # how often a waiting build looks whether it is its turn
MUTEX = "mutex"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the queue, kept as long as the file is open."""

    path: Path
    file: IO[bytes]

    def give_back(self) -> None:
        """Leaves the queue."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.file.close()


@contextlib.contextmanager
def turn(most: int = 1, emit: Emit = silent) -> Iterator[list[str]]:
    """Holds slots for the body; waits in the queue until it is this build's turn.

    Args:
        most: how many slots to take at most, where several are free: the GPUs of one data-parallel training.
        emit: hears a `queue` event whenever the place changes, none where nothing has to be waited for.

    Yields:
        The names of the slots, at least one.

    Raises:
        ConfigError: BUILDER_SLOTS or BUILDER_PER_GPU is no number.
        StorageError: the queue or the slots cannot be kept.
    """
    names = slot_names()
    ticket = join(names)
    said = 0
    try:
        while True:
            with mutex():
                before = ahead(ticket, names)
                held = {} if before else try_slots(names, most)
                if held:
                    ticket.give_back()
                    break
            if before + 1 != said:
                said = before + 1
                emit("queue", place=said)
            time.sleep(POLL_SECONDS)
    finally:
        ticket.give_back()
    try:
        if said:
            emit("queue", place=0)
        yield list(held)
    finally:
        for file in held.values():
            file.close()


def join(names: list[str]) -> Ticket:
    """Takes the last place in the queue, for any of some slots."""
    with mutex() as folder:
        number = 1 + max((number_of(path) for path in tickets(folder)), default=0)
        path = folder / f"{number:08d}-{os.getpid()}"
        try:
            file = path.open("xb")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody sees it before: the mutex is held
            file.write(json.dumps(names).encode())
            file.flush()
        except OSError as error:
            raise locks_error(folder, error) from None
    return Ticket(path, file)


def ahead(ticket: Ticket, names: list[str]) -> int:
    """How many living builds that want one of the same slots came before; for who holds the mutex.

    Tickets that nobody holds any more are removed.
    """
    number, count = number_of(ticket.path), 0
    for path in tickets(ticket.path.parent):
        if number_of(path) < number:
            wanted = slots_of_living(path)
            count += wanted is not None and (not wanted or bool(wanted & set(names)))
    return count


def slots_of_living(path: Path) -> set[str] | None:
    """The slots that a ticket waits for; None when its process is gone, and then so is the ticket."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with contextlib.suppress(ValueError, TypeError):
                    return set(json.load(file))
                return set()
            path.unlink(missing_ok=True)
    except OSError:
        pass
    return None


def tickets(folder: Path) -> list[Path]:
    """Every ticket, whoever holds it, in the order in which they were taken."""
    return sorted((path for path in folder.iterdir() if number_of(path)), key=number_of)


def number_of(path: Path) -> int:
    """A ticket's number, from 1; 0 for any other file."""
    number, _, process = path.name.partition("-")
    return int(number) if number.isdecimal() and process.isdecimal() else 0


@contextlib.contextmanager
def mutex() -> Iterator[Path]:
    """Nobody else joins or looks at the queue meanwhile; yields its folder.

    Raises:
        StorageError: the folder cannot be written, or its disk has no file locks.
    """
    folder = state_dir() / "queue"
    try:
        folder.mkdir(exist_ok=True)
        file = (folder / MUTEX).open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise locks_error(folder, error) from None
    with file:
        yield folder


def waiting_words(place: int) -> str:
    """What to tell people about a place in the queue, counted from 1."""
    if place <= 1:
        return "Waiting for a free slot: next in the queue, as soon as a running build ends."
    return f"Waiting for a free slot: {place - 1:,} build{'s are' if place > 2 else ' is'} ahead in the queue."
