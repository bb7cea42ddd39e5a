"""Every build of an exports folder as a row: what it is, how it stands, what came of it. A build that cannot be read is a row too.

Rows are kept in memory as long as the files that they were read from stay the same, so 300 builds are listed at once again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from builder import watching
from builder.config import BuildConfig
from builder.console.told import number
from builder.errors import BuilderError
from builder.report.json_file import read_report
from builder.report.model import BuildReport
from builder.runs import Run, builds
from builder.target import Target
from builder.target import read as read_target

State = Literal["running", "waiting", "done", "failed", "stopped", "damaged"]

KEPT_MAX = 5_000  # rows in memory, some 2 KB each
WATCHES_MAX = 64  # builds that are at work
Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class FileFigures:
    """One exported file; as in the report."""

    flash_bytes: int
    accuracy: float | None
    arena_bytes: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One build.

    Args:
        run: its folder.
        state: `failed` also where it died without saying so; `damaged` is done, with a report that cannot be read.
        title: what people see.
        message: why it failed, or what is wrong with its report; empty otherwise.
        data: photos as the settings name them.
        alpha: width multiplier; this and the other settings are None where they cannot be read.
        resolution: pixels a side.
        channels: 1 or 3.
        classes: number of classes; None before the photos were looked at, unless the settings say it.
        created: seconds since 1970.
        took: seconds of work; None before it is done.
        epoch: the last whole epoch, and how many are planned; None before the first.
        val_accuracy: on the validation photos, of the best epoch.
        accuracy: of the trained network on the test photos.
        hero: the variant to show first: the one for the target, where it was made.
        files: by variant.
        device: what it was trained on.
        target: the device that it is made for; empty where nobody said.
        place: in the queue of the machine, from 1; 0 where it does not wait.
    """

    run: Run
    state: State
    title: str
    message: str = ""
    data: str = ""
    alpha: float | None = None
    resolution: int | None = None
    channels: int | None = None
    classes: int | None = None
    created: float | None = None
    took: float | None = None
    epoch: tuple[int, int] | None = None
    val_accuracy: float | None = None
    accuracy: float | None = None
    hero: str | None = None
    files: Mapping[str, FileFigures] | None = None
    device: str = ""
    target: str = ""
    place: int = 0

    @property
    def id(self) -> str:
        """As in a link."""
        return self.run.id

    @property
    def live(self) -> bool:
        """Whether a process is at work on it, or waits to be."""
        return self.state in ("running", "waiting")

    @property
    def best(self) -> FileFigures | None:
        """The figures of the file to show first."""
        return (self.files or {}).get(self.hero or "")

    @property
    def int8_accuracy(self) -> float | None:
        """Accuracy of the int8 file, whichever of the two was made."""
        files = self.files or {}
        made = files.get("int8") or files.get("int8_micro")
        return made.accuracy if made else None

    @property
    def arena_bytes(self) -> int | None:
        """TFLite Micro's arena of the smallest file that has one."""
        return min((file.arena_bytes for file in (self.files or {}).values() if file.arena_bytes), default=None)


kept: dict[Path, tuple[Signature, Row]] = {}  # visitors are threads of one process: each step on it is one operation
watches: dict[Path, tuple[watching.Watch, threading.Lock]] = {}
watches_lock = threading.Lock()


def rows(exports: Path) -> list[Row]:
    """All builds of a folder, the newest first; one that vanishes meanwhile is left out."""
    found = [row for folder in builds(exports) if (row := row_of(Run(folder))) is not None]
    return sorted(found, key=lambda row: (row.created or 0.0, row.run.folder.name), reverse=True)


def find(exports: Path, build_id: str) -> Row | None:
    """The build of an id; None where there is none, or no more."""
    matches = [folder for folder in builds(exports) if Run(folder).id == build_id] if build_id else []
    return row_of(Run(matches[0])) if matches else None


def row_of(run: Run) -> Row | None:
    """One build; None where its folder is gone."""
    locked = run.is_locked()
    signature: Signature = (
        locked,
        *(stamp(run.folder / name) for name in ("build.json", "report.json", "events.jsonl", "config.yaml")),
    )
    known = kept.get(run.folder)
    if known is not None and known[0] == signature:
        return known[1]
    row = read(run)
    if not run.folder.is_dir():
        kept.pop(run.folder, None)
        return None
    while len(kept) >= KEPT_MAX:
        kept.pop(next(iter(list(kept))), None)
    kept[run.folder] = (signature, row)
    return row


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does or another one takes its place; None where it is absent."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read(run: Run) -> Row:
    """Reads one build, from its report where it is done, else from its events."""
    described = run.description()
    target = read_target(described.get("target")) or Target()
    base = Row(
        run=run,
        state="failed",
        title=str(described.get("title") or described.get("label") or run.folder.name),
        created=number(described.get("created")),
        hero=target.variant or None,
        target=target.device,
    )
    if not run.report_path.exists():
        return unfinished(base)
    try:
        return of_report(base, read_report(run.report_path))
    except BuilderError as error:
        if not run.report_path.exists():  # deleted or built anew since
            return unfinished(base)
        return replace(with_settings(base, watching.config_of(run)), state="damaged", message=str(error))


def of_report(base: Row, report: BuildReport) -> Row:
    """A finished build."""
    made = report.measured.variants
    return replace(
        base,
        state="done",
        data=report.dataset.data,
        alpha=number(report.predicted.get("alpha")),
        resolution=whole(report.predicted.get("resolution")),
        channels=whole(report.predicted.get("channels")),
        classes=len(report.labels),
        created=base.created or report.build.started,
        took=report.build.took,
        epoch=(len(report.training.history), report.training.epochs) if report.training.history else None,
        val_accuracy=report.measured.keras.val_accuracy,
        accuracy=report.measured.keras.accuracy,
        hero=base.hero if base.hero in made else report.hero,
        files={name: FileFigures(file.flash_bytes, file.accuracy, file.arena_bytes) for name, file in made.items()},
        device=report.training.device,
    )


def unfinished(base: Row) -> Row:
    """A build without a report: at work, waiting, or ended before its time."""
    seen = look(base.run)
    row = with_settings(base, seen.config)
    return replace(
        row,
        state="running" if seen.state == "done" else seen.state,  # its report has come since; the next look reads it
        message=seen.message,
        epoch=(seen.epochs[-1].epoch, seen.epochs_planned) if seen.epochs and seen.epochs_planned else None,
        val_accuracy=seen.best[1] if seen.best else None,
        place=seen.place,
    )


def look(run: Run) -> watching.Watched:
    """What there is to see of a build; of one at work, only what was written since the last look of any visitor is read."""
    with watches_lock:
        if run.folder not in watches:
            while len(watches) >= WATCHES_MAX:
                watches.pop(next(iter(watches)))
            watches[run.folder] = (watching.Watch(run), threading.Lock())
        watch, lock = watches[run.folder]
    with lock:
        seen = watch.look()
    if not seen.is_live:
        with watches_lock:
            watches.pop(run.folder, None)
    return seen


def with_settings(base: Row, config: BuildConfig | None) -> Row:
    """The settings of a build; none where they cannot be read."""
    if config is None:
        return base
    return replace(
        base,
        data=config.data,
        alpha=config.alpha,
        resolution=config.resolution,
        channels=config.channels,
        classes=config.classes,
    )


def bytes_on_disk(run: Run) -> int:
    """What deleting a build frees; files that vanish meanwhile count nothing."""
    total = 0
    for path in run.folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total


def whole(value: object) -> int | None:
    """A whole number as it stands in JSON, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def pareto(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of (bytes, accuracy), those that no other one beats: the fewest bytes first, each more accurate than all before it."""
    front: list[tuple[float, float]] = []
    for size, accuracy in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or accuracy > front[-1][1]:
            front.append((size, accuracy))
    return front
