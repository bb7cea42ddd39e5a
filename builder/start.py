"""Starting a build: who it is, whether it is done or running already, and whose turn it is. The work itself is `pipeline.run`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from builder import jobs, processes, runs
from builder.config import BuildConfig
from builder.data import Source, open_source
from builder.errors import DataError, MissingTool, ModelFileError
from builder.event_log import EventLog, last_words, read_events
from builder.events import Emit, silent
from builder.report import BuildReport, read_report

if TYPE_CHECKING:
    from builder.matrix import Matrix

NAMED_STARTS = ("auto", "scratch", "imagenet")
BACKENDS = ("tensorflow", "jax")  # of Keras; PyTorch's has not been tried
LABELS_FILE = "labels.txt"
FOLLOW_SECONDS = 0.25  # how often a second caller looks at what the first one does


@dataclass(frozen=True, slots=True)
class FinishedBuild:
    """Where a build lies, what it measured, and whether it had been done before; the matrix where the gate was enforced."""

    folder: Path
    report: BuildReport
    reused: bool
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A build that somebody asks for: settings, photos, the folder that they mean, what it is called."""

    config: BuildConfig
    source: Source
    run: runs.Run
    label: str
    title: str


def build(
    config: BuildConfig,
    exports: Path | str = "exports",
    *,
    force: bool = False,
    title: str | None = None,
    emit: Emit = silent,
    capture_output: bool = False,
) -> FinishedBuild:
    """Trains, exports and verifies; or joins, resumes or returns the same build when it exists.

    Args:
        config: what to build.
        exports: where builds are kept, one folder each; made when absent.
        force: build anew although the same build is done; the old one stays until the new one is done.
        title: what people see; by default the folder's label.
        emit: hears every event, see `builder.events`.
        capture_output: send what libraries print on stdout and stderr to the build's log.txt meanwhile.

    Returns:
        A `FinishedBuild`, with `folder` and `report`.

    Raises:
        InvalidInput: settings, photos, the warm start file or the exports folder cannot be used.
        MissingTool: Keras is set to a backend that training does not run on.
        Interrupted: stopped by Ctrl-C; the best weights so far are kept.

    Example:
        >>> finished = build(BuildConfig(data="photos", alpha=0.5))
        >>> finished.report.measured.variants["int8"].accuracy
    """
    wanted = prepare(config, Path(exports), title=title, emit=emit)
    check_warm_start(wanted)
    done = built(wanted, force=force, emit=emit, capture_output=capture_output)
    if not is_enforced(config, done.report):
        return done
    matrix = enforced(wanted.run, config, emit, capture_output=capture_output)
    return replace(done, matrix=matrix)


def built(wanted: Wanted, *, force: bool, emit: Emit, capture_output: bool) -> FinishedBuild:
    """The build that is done, that somebody else does, or that is done now."""
    run, followed = wanted.run, False
    while True:
        if run.status() == "done" and not force:
            if not followed:
                emit("note", message=f"This build is done already: {run.folder}. Use --force to build it anew.")
            return finished(wanted, emit)
        lock = claim(wanted, force=force, emit=emit)
        if lock is not None:
            with lock, last_words(EventLog(run.events_path)), processes.told(run.folder):
                return FinishedBuild(run.folder, work(wanted, emit, capture_output), reused=False)
        if run.status() != "done" or run.is_locked():
            follow(run, emit)
            followed = True
        force = False  # another process is building it, or has built it just now


def is_enforced(config: BuildConfig, report: BuildReport) -> bool:
    """Whether files are compressed until one passes the gate: not where the build's own does, nor where nothing was trained."""
    if config.gate.mode != "enforce" or not report.training.history:
        return False
    return report.gate is None or report.gate.limits != config.gate.limits or not report.gate.verdict.passed


def enforced(run: runs.Run, config: BuildConfig, emit: Emit, *, locked: bool = False, capture_output: bool = False) -> Matrix:
    """Tries one technique after the other on a finished build, until one passes the gate of its settings."""
    from builder.lab import Request, compress_build

    request = Request.laddered(config.gate.limits)
    return compress_build(run, request, emit, locked=locked, capture_output=capture_output)


def prepare(config: BuildConfig, exports: Path, *, title: str | None = None, emit: Emit = silent) -> Wanted:
    """Lists the photos and finds out which build the settings mean. Nothing is written but the exports folder itself.

    Raises:
        InvalidInput, MissingTool: as `build`.
    """
    runs.check_writable(exports)
    check_backend()
    warm_start = warm_start_sha256(config.init)
    source = open_source(config.data, config.test_data, emit=emit)
    check_classes(config, source)
    name = label(config)
    shown = (title or name).encode("utf-8", "replace").decode()  # a command line may hold bytes that are no UTF-8
    return Wanted(config, source, runs.find(exports, identity(config, source, warm_start), name), name, shown)


def claim(wanted: Wanted, *, force: bool = False, emit: Emit = silent) -> IO[bytes] | None:
    """Takes a build's folder for this process, and says in events.jsonl that one begins.

    Returns:
        The folder's lock; None when another process has it, or when the build is done and not to be made anew.
    """
    run = wanted.run
    while True:
        with contextlib.ExitStack() as stack:
            lock = run.take()
            if lock is None:
                return None
            stack.enter_context(lock)
            if run.status() != "done":
                begun = {"created": time.time(), "started_in": working_folder()}
                run.describe({"id": run.id, "label": wanted.label, "title": wanted.title, **begun})
                log = EventLog(run.events_path)
                log("begin")
                log.close()
                stack.pop_all()
                return lock
            if not force:
                return None
            emit("note", message=f"The earlier build is kept in {run.set_aside()} until the new one is done.")
        force = False  # what was done is set aside now


def work(wanted: Wanted, emit: Emit, capture_output: bool) -> BuildReport:
    """Waits for a slot and runs the pipeline in this process, which holds the folder's lock."""
    log = EventLog(wanted.run.events_path)

    def tell(event: str, /, **values: Any) -> None:
        log(event, **values)
        emit(event, **values)

    with last_words(log), jobs.turn(most=max(1, len(jobs.visible_gpus())), emit=tell) as held:
        jobs.restrict_to(held)
        from builder import pipeline  # TensorFlow is imported below it, after the GPUs have been chosen

        report: BuildReport = pipeline.run(wanted.config, wanted.run, wanted.source, emit, capture_output=capture_output)
    return report


def finished(wanted: Wanted, emit: Emit) -> FinishedBuild:
    """A build that is done already; warns when one of its files is no longer what its report says, or another gate judged it."""
    run, gate = wanted.run, wanted.config.gate
    report = read_report(run.report_path)
    if gate.mode == "report" and report.gate is not None and report.gate.limits != gate.limits:
        emit(
            "warning",
            message=f"The report was judged by another gate: {report.gate.limits.text}. Judged by {gate.limits.text}: "
            f"builder compress {run.folder.name} with the same limits.",
        )
    with run.lock() as taken:
        if taken and run.status() == "done":  # an earlier process may have been killed between the report and this
            run.tidy_finished()
    for made in report.measured.variants.values():
        if sha256_of(run.folder / made.file) != made.sha256:
            emit("warning", message=f"{run.folder / made.file} is missing or was changed since. Use --force to build it anew.")
    return FinishedBuild(run.folder, report, reused=True)


def identity(config: BuildConfig, source: Source, warm_start: str) -> str:
    """The build's id; a warm start file counts by its content, not by its name."""
    settings = config.identity()
    if warm_start:
        settings["init"] = "file"
    return runs.build_id(settings, source.fingerprint, warm_start)


def working_folder() -> str:
    """What paths in the settings are relative to; empty where it was deleted under our feet."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def label(config: BuildConfig) -> str:
    """What a folder's name starts with, such as `leaves-a0.25-r96`."""
    name = config.data if ":" in config.data else Path(config.data).absolute().name.removesuffix(".zip")
    return f"{runs.slug(name)}-a{config.alpha:g}-r{config.resolution}"


def warm_start_sha256(init: str) -> str:
    """The content hash of the file that the weights start from; empty where `init` names no file.

    A labels.txt beside it counts too: it decides whether the file's classifier is kept.

    Raises:
        ModelFileError: the file is not there or cannot be read.
    """
    if init in NAMED_STARTS:
        return ""
    try:
        path = Path(init).expanduser()
    except RuntimeError:
        raise ModelFileError(f"{init} names the home of a user whom this machine does not know. Write the whole path.") from None
    digest = sha256_of(path)
    if digest is None:
        problem = "cannot be read" if path.is_file() else "is no file"
        raise ModelFileError(
            f"The warm start {init} {problem}. Give a .keras, .h5, .weights.h5 or float .tflite file of a MobileNet v1, "
            f"or one of {', '.join(NAMED_STARTS)}."
        )
    labels = sha256_of(path.with_name(LABELS_FILE))
    return digest if labels is None else f"{digest} {labels}"


def sha256_of(path: Path) -> str | None:
    """The hash of a file's bytes, hex; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def check_classes(config: BuildConfig, source: Source) -> None:
    """Raises `DataError` when the settings expect another number of classes than the photos have."""
    if config.classes is not None and config.classes != len(source.classes):
        raise DataError(
            f"The settings expect {config.classes} classes, but {config.data} has {len(source.classes)}: "
            f"{', '.join(source.classes[:5])}. Leave classes out to take what the data has."
        )


def check_warm_start(wanted: Wanted) -> None:
    """Raises `ModelFileError` before photos are decoded when the file that the weights start from is damaged or does not fit."""
    if wanted.config.init not in NAMED_STARTS and wanted.run.status() != "done":
        from builder.warm_start import resolve

        resolve(wanted.config.init, wanted.config.network(len(wanted.source.classes)))


def check_backend() -> None:
    """Raises `MissingTool` when KERAS_BACKEND names a backend that training does not run on."""
    backend = os.environ.get("KERAS_BACKEND", BACKENDS[0])
    if backend not in BACKENDS:
        raise MissingTool(
            f"KERAS_BACKEND is {backend!r}, but training needs {' or '.join(BACKENDS)}. Unset it, or set it to one of these."
        )


def follow(run: runs.Run, emit: Emit) -> None:
    """Passes on the events of a build that another process runs, until that process ends, well or badly."""
    _, offset = read_events(run.events_path)
    emit("note", message=f"The same build is running already; following it in {run.folder}.")
    running = True
    while running:
        time.sleep(FOLLOW_SECONDS)
        running = run.is_locked()  # looked at before reading, so that the last events are not missed
        events, offset = read_events(run.events_path, offset)
        for event in events:
            emit(event["event"], **{key: value for key, value in event.items() if key not in ("event", "time")})
