"""Finished builds logged beside the batch: nobody waits for a server, and what is left is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from builder import tracking
from builder.batch import backlog
from builder.batch.backlog import Backlog
from builder.batch.file import Batch
from builder.batch.journal import Journal
from builder.batch.options import Options
from builder.batch.record import BatchRecord, CellRecord
from builder.batch.running import driven, tracked
from builder.events import Emit
from builder.runs import Run

SOON_SECONDS = 20.0


class Server:
    """MLflow's place, which answers once it is let."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.logged: list[str] = []
        self.emit: Emit | None = None

    def open(self, uri: str, experiment: str, *, emit: Emit) -> Server:  # noqa: ARG002 - as the tracker has it
        self.emit = emit
        return self

    def log(self, run: Run, tags: dict[str, str]) -> None:  # noqa: ARG002
        if not self.answers.wait(SOON_SECONDS):
            raise AssertionError
        self.logged.append(run.folder.name)
        assert self.emit is not None
        self.emit("warning", message=f"{run.folder.name} is slow")

    def close(self) -> None:
        self.answers.set()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(tracking, "Tracker", made)
    return made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path, BatchRecord("1", "hands", "exports", "running", ()), lambda *_, **__: None)
    yield made
    made.log.close()


def built(folder: Path, number: int) -> CellRecord:
    place = folder / f"build{number}"
    place.mkdir(exist_ok=True)
    return CellRecord(number, {}, folder=str(place), state="done")


def track(journal: Journal) -> Any:
    return tracked(Options(track="http://host:5000"), Batch(), journal.folder, journal.warn_later)


def driver(work: Any) -> Any:
    return SimpleNamespace(run=work, why="")


def test_a_server_that_hangs_keeps_no_driver_waiting(server: Server, journal: Journal) -> None:
    began = time.monotonic()
    with track(journal) as log:
        for number in range(1, 4):
            log(built(journal.folder, number))
        assert time.monotonic() - began < SOON_SECONDS / 2
        assert (log.left, server.logged) == (3, [])


def test_all_is_logged_in_order_before_the_record_is_closed(server: Server, journal: Journal) -> None:
    def work() -> str:
        for number in (2, 1, 3):
            log(built(journal.folder, number))
        server.answers.set()
        return ""

    with track(journal) as log:
        record = driven(driver(work), journal, log)
    assert server.logged == ["build2", "build1", "build3"]
    assert record.warnings == ("build2 is slow", "build1 is slow", "build3 is slow")


def test_at_the_end_a_server_that_hangs_is_left_and_told(server: Server, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PATIENCE_SECONDS", 0.2)

    def work() -> str:
        for number in (1, 2):
            log(built(journal.folder, number))
        return ""

    with track(journal) as log:
        record = driven(driver(work), journal, log)
        assert server.logged == []
    assert record.state == "done"
    assert record.warnings == ("Not tracked yet: 2 builds. The same command, run again, logs what is missing.",)
    assert not log.thread.is_alive()


@pytest.mark.usefixtures("server")
def test_ctrl_c_at_the_end_leaves_what_is_not_logged(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "beat", interrupt)
    with track(journal) as log:
        log(built(journal.folder, 1))
        record = driven(driver(lambda: ""), journal, log)
    assert (record.state, len(record.warnings)) == ("done", 1)


def test_a_build_that_lies_elsewhere_is_told(server: Server, journal: Journal) -> None:
    server.answers.set()
    with track(journal) as log:
        log(CellRecord(1, {}, folder="s3://bucket/build1", state="done"))
        record = driven(driver(lambda: ""), journal, log)
    assert record.warnings == ("cell 1 is not tracked: s3://bucket/build1 is no folder of this machine.",)


def test_where_nothing_is_tracked_nothing_waits(journal: Journal) -> None:
    nothing = Backlog(None)
    nothing(built(journal.folder, 1))
    nothing.leave(journal)
    assert (nothing.left, nothing.thread.ident, journal.record().warnings) == (0, None, ())
