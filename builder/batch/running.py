"""Running a batch: plans it, takes its folder, brings workers up and lets the driver work."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder import processes, runs
from builder.batch.assignments import Tasks
from builder.batch.backlog import Backlog
from builder.batch.beginning import first_record, job_of, takes_part
from builder.batch.crew import Crew, LocalCrew
from builder.batch.driver import Driver
from builder.batch.elsewhere import left_elsewhere
from builder.batch.file import Batch
from builder.batch.journal import Journal
from builder.batch.options import Options
from builder.batch.planning import BatchPlan, plan_batch
from builder.batch.record import BatchRecord, CellRecord, batch_id, finished, folder_of, write_record
from builder.batch.rules import Rules
from builder.batch.schedule import Schedule
from builder.batch.standing import Standing
from builder.batch.workers import memory_share_bytes, workers
from builder.errors import BuilderError, ConfigError, Interrupted, InvalidInput
from builder.events import Emit, silent


def run_batch(
    batch: Batch,
    exports: Path | str = "exports",
    *,
    workers: int | None = None,
    per_gpu: int = 1,
    ray: str | None = None,
    stop_when: str | None = None,
    max_hours: float | None = None,
    halving: int | None = None,
    track: str | None = None,
    storage: str | None = None,
    emit: Emit = silent,
    watch: Callable[[BatchRecord], None] | None = None,
) -> BatchRecord:
    """Builds every cell of a batch that is not done yet, each as `builder.build` does.

    The same call again goes on: what is done is not done again, and what was stopped is taken up, whatever ended the call before.

    Args:
        batch: what to build.
        exports: where builds are kept, one folder each; the batch's record lies in `batches/` there.
        workers, per_gpu, ray, stop_when, max_hours, halving, track, storage: see `Options`.
        emit: hears `cell` at each change of a cell, `warning`, and `end`.
        watch: gets the record twice a second.

    Returns:
        What became of each cell. Failed ones raise nothing: look at `record.counts`.

    Raises:
        ConfigError: an option that cannot be used.
        InvalidInput: the exports folder cannot be written, or the same batch is running.
        MissingTool: no worker can be started, or an extra that an option needs is not installed.
        Interrupted: Ctrl-C.

    Example:
        >>> record = run_batch(Batch.from_file(Path("batch.yaml")), workers=2)
        >>> record.counts
        {'done': 12}
    """
    options = Options(workers, per_gpu, ray, stop_when, max_hours, halving, track, storage)
    exports = Path(exports)
    runs.check_writable(exports)
    with held_folder(batch, exports) as folder:
        return run(batch, plan_batch(batch, exports, emit=emit), folder, options, emit, watch)


@contextlib.contextmanager
def held_folder(batch: Batch, exports: Path) -> Iterator[Path]:
    """The batch's own folder, which nobody else works in meanwhile.

    Raises:
        InvalidInput: the same batch is running.
    """
    folder = place_of(batch, exports)
    lock = runs.Run(folder).take()
    if lock is None:
        raise InvalidInput(
            f"The same batch is running already; its record is in {folder}. Wait until it is done, or stop it there: "
            f"builder stop {folder}."
        )
    with lock:
        try:
            with processes.told(folder):
                yield folder
        finally:
            with contextlib.suppress(OSError):  # it may be gone already
                if [path.name for path in folder.iterdir()] == [runs.LOCK]:  # nothing was begun: no empty folder is left
                    shutil.rmtree(folder)


def place_of(batch: Batch, exports: Path) -> Path:
    """Where the record of a batch lies, whether it was run or not."""
    return folder_of(exports, batch.name, batch_id(batch.model_dump(mode="json")))


def run(
    batch: Batch,
    plan: BatchPlan,
    folder: Path,
    options: Options,
    emit: Emit = silent,
    watch: Callable[[BatchRecord], None] | None = None,
) -> BatchRecord:
    """Runs a planned batch, for who holds its folder."""
    check_goal(batch, options)
    runs.write_atomically(folder / "batch.yaml", batch.to_yaml())
    standing = Standing(plan.exports, batch.exports, finished(folder))
    has_target = bool(batch.devices) or batch.budget is not None
    cells = tuple(first_record(planned, standing, has_target=has_target) for planned in plan.cells)
    if options.ray is not None:
        elsewhere = left_elsewhere(folder, cells, options.storage, options.halving)
        cells = tuple(elsewhere.completed(cell) for cell in cells)
    racing = (planned for planned, cell in zip(plan.cells, cells, strict=True) if takes_part(cell, options))
    schedule = Schedule((job_of(planned) for planned in racing), options.halving)
    record = BatchRecord(
        id=folder.name.rpartition("-")[2],
        name=batch.name,
        exports=str(plan.exports),
        state="running",
        cells=cells,
        began=time.time(),
        rules=options.to_json(),
        warnings=plan.notes,
    )
    tasks = Tasks(batch, plan.exports.absolute())
    journal = Journal(folder, record, emit, watch)
    record = journal.base  # which has no cells: the journal's change
    del plan, cells, racing, standing  # of many thousand cells; what is needed of them is in the schedule and the journal
    with (
        contextlib.closing(journal.log),
        tracked(options, batch, folder, journal.warn_later) as track,
        crew_of(options, schedule, folder, record.exports) as crew,
    ):
        journal.base = replace(record, workers=crew.size)
        write_record(folder, journal.record())
        for cell in journal.record().of_state("done"):  # an earlier run may have been killed before it logged them
            track(cell)
        limit = memory_share_bytes(max(1, crew.size)) if options.ray is None else None  # no worker: all is done already
        driver = Driver(tasks, schedule, crew, journal, Rules(options.condition(), options.max_hours, limit), track)
        return driven(driver, journal, track)


def check_goal(batch: Batch, options: Options) -> None:
    """Raises `ConfigError` for a goal that no build could be known to meet."""
    condition = options.condition()
    if condition is not None and "accuracy" in condition.names and batch.base.gate.mode == "off":
        raise ConfigError(
            "--stop-when asks for the accuracy of a file on validation photos, which the gate measures, and base.gate.mode is off. "
            "Leave it at report."
        )


def driven(driver: Driver, journal: Journal, track: Backlog) -> BatchRecord:
    """Lets the driver work, and closes the record however that ends."""
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(track.leave, journal)  # however this ends, while the record is still open
            why = driver.run()
            track.settle(journal)
    except KeyboardInterrupt:
        raise Interrupted(farewell(journal.close(state="stopped", message=driver.why))) from None
    except BuilderError as error:
        journal.close(state="failed", message=str(error))
        raise
    return journal.close(state="stopped" if why else "done", message=why)


@contextlib.contextmanager
def crew_of(options: Options, schedule: Schedule, folder: Path, exports: str) -> Iterator[Crew]:
    """The workers, as long as the body runs; none where there is nothing to do."""
    left = len(schedule.waiting)
    if options.ray is not None and left:
        from builder.batch.ray_crew import RayCrew

        storage = options.storage or exports
        with RayCrew.connect(options.ray, storage=storage, workers=options.workers, per_gpu=options.per_gpu, most=left) as ray:
            yield ray
        return
    found = workers(options.workers, options.per_gpu)
    with LocalCrew(found.environments[:left], folder) as local:
        yield local


@contextlib.contextmanager
def tracked(options: Options, batch: Batch, folder: Path, warn: Callable[[str], None]) -> Iterator[Backlog]:
    """What is called with every finished build: MLflow, where it is asked for. `warn` is called from another thread.

    Raises:
        ConfigError: nobody answers at the URI.
        MissingTool: the extra is not installed.
    """
    if options.track is None:
        yield Backlog(None)
        return
    from builder.tracking import Tracker

    def tell(event: str, /, **values: Any) -> None:
        if event == "warning":
            warn(str(values["message"]))

    with Tracker.open(options.track, batch.name, emit=tell) as tracker:

        def log(cell: CellRecord) -> None:
            run = runs.Run(Path(cell.folder))
            if run.folder.is_dir():
                tracker.log(run, {"batch": folder.name, "cell": str(cell.number)})
            else:
                warn(f"{cell.named()} is not tracked: {cell.folder} is no folder of this machine.")

        backlog = Backlog(log)
        try:
            yield backlog
        finally:
            tracker.close()  # whatever the thread waits for
            backlog.join()


def farewell(record: BatchRecord) -> str:
    """What Ctrl-C leaves behind."""
    counts = record.counts
    done = counts.get("done", 0)
    return f"Stopped: {done:,} of {len(record.cells):,} cells are done. Run the same command again to go on."
