"""A build's folder: identity, lock, events, and what is whole in it.

    exports/<label>-<id>/
        build.json       identity and title
        config.yaml      every setting
        events.jsonl     what happened, one event a line
        log.txt          what the libraries printed
        lock             held by flock from a build's birth to its death
        training/        checkpoints; gone when the build is done
        model.keras      trained weights, written whole or not at all
        <variant>.tflite labels.txt
        report.html
        report.json      written last: its presence means done

Status is read from the lock and the files, never from a process number. Everything here is standard library.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

from builder.errors import InvalidInput, StorageError

Status = Literal["running", "done", "unfinished"]

FORMAT = 1  # of the folder; part of every identity, so that a new layout never resumes an old folder
ID_LENGTH = 10  # hex digits: 40 bits, a collision among 10,000 builds has a chance of 1 in 20,000
SLUG_LENGTH_MAX = 40
REPORT = "report.json"
LOCK = "lock"


def build_id(identity: dict[str, Any], fingerprint: str, warm_start: str) -> str:
    """The identity of a build: settings, photos and the content of the file it starts from.

    Args:
        identity: `BuildConfig.identity()`.
        fingerprint: of the photos, hex.
        warm_start: sha256 of the warm start file, or an empty string.
    """
    text = json.dumps([FORMAT, identity, fingerprint, warm_start], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def slug(name: str) -> str:
    """A name that is safe as part of a path on every system: lower-case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_LENGTH_MAX].strip("-") or "photos"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a whole file or nothing: to a temporary name beside it, flushed to disk, then renamed.

    Raises:
        StorageError: the folder cannot be written or the disk is full; what was there before is untouched.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(path, error) from None


def storage_error(path: Path, error: OSError) -> StorageError:
    """What to tell the user when writing failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk is full: {path} could not be written. Free some space and run the same command again.")
    return StorageError(f"{path} cannot be written ({error.strerror}). Choose a folder you can write to: --exports DIR.")


@dataclass(frozen=True, slots=True)
class Run:
    """One build's folder. Making this value touches no disk."""

    folder: Path

    @property
    def id(self) -> str:
        """The build's identity, as its folder's name ends."""
        return self.folder.name.rpartition("-")[2]

    @property
    def report_path(self) -> Path:
        """Written last; its presence means done."""
        return self.folder / REPORT

    @property
    def events_path(self) -> Path:
        """One JSON object a line."""
        return self.folder / "events.jsonl"

    @property
    def log_path(self) -> Path:
        """What TensorFlow and its kind printed."""
        return self.folder / "log.txt"

    @property
    def training(self) -> Path:
        """Checkpoints."""
        return self.folder / "training"

    def status(self) -> Status:
        """Done when the report is there, running while somebody holds the lock, else unfinished."""
        if self.report_path.exists():
            return "done"
        return "running" if self.is_locked() else "unfinished"

    def is_locked(self) -> bool:
        """Whether a living process is building here."""
        try:
            with (self.folder / LOCK).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError as error:
            return error.errno in (errno.EWOULDBLOCK, errno.EACCES)
        return False

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Takes the folder's lock for the body; yields False when somebody else holds it. The system frees it at death."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK).open("ab")
        except OSError as error:
            raise storage_error(self.folder, error) from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def describe(self, values: dict[str, Any]) -> None:
        """Writes build.json, once; a title that a person gave it stays."""
        path = self.folder / "build.json"
        if not path.exists():
            write_atomically(path, json.dumps({"format": FORMAT, **values}, indent=2, ensure_ascii=False) + "\n")

    def description(self) -> dict[str, Any]:
        """What build.json holds; an empty mapping where it is absent or damaged."""
        try:
            values = json.loads((self.folder / "build.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def set_aside(self) -> Path | None:
        """Moves a finished or broken build out of the way, so that a new one can be made; returns where to."""
        if not self.folder.exists():
            return None
        place = self.folder.with_name(f".replaced-{self.folder.name}-{time.time_ns()}")
        try:
            self.folder.rename(place)
        except OSError as error:
            raise storage_error(self.folder, error) from None
        return place


def find(exports: Path, build_id: str, label: str) -> Run:
    """The folder of a build: the one that exists under this id, whatever its label, or the one to make."""
    for folder in sorted(exports.glob(f"*-{build_id}")):
        if folder.is_dir() and not folder.name.startswith("."):
            return Run(folder)
    return Run(exports / f"{label}-{build_id}")


def check_writable(exports: Path) -> None:
    """Raises `StorageError` before any work is done when the exports folder cannot be written."""
    try:
        exports.mkdir(parents=True, exist_ok=True)
        probe = exports / f".probe.{os.getpid()}"
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        raise storage_error(exports, error) from None


class EventLog:
    """Appends events to events.jsonl, each with its time; an `Emit`. A full disk stops the log, never the build."""

    def __init__(self, path: Path) -> None:
        self.file: TextIO | None
        try:
            self.file = path.open("a", encoding="utf-8", buffering=1)
            if self.file.tell() and not path.read_bytes().endswith(b"\n"):
                self.file.write("\n")  # a build that was killed in mid-line must not spoil the first event of the next
        except OSError as error:
            raise storage_error(path, error) from None

    def __call__(self, event: str, /, **values: Any) -> None:
        if self.file is None:
            return
        line = json.dumps({"time": round(time.time(), 3), "event": event, **values}, ensure_ascii=False, default=str)
        try:
            self.file.write(line + "\n")
        except OSError:
            self.close()

    def close(self) -> None:
        """Closes the file; later events are dropped."""
        if self.file is not None:
            with contextlib.suppress(OSError):
                self.file.close()
            self.file = None


def read_events(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Whole events from an offset in bytes, and the offset to go on from; a line still being written is left for later."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    end = data.rfind(b"\n") + 1
    events = []
    for line in data[:end].splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict) and "event" in value:
                events.append(value)
    return events, offset + end


def resolve_build(text: str, exports: Path) -> Run:
    """A build that the user names: its folder, its folder's name, or the start of its id.

    Raises:
        InvalidInput: no such build, or more than one.
    """
    named = Path(text)
    if (named / "build.json").exists():
        return Run(named)
    matches = [folder for folder in exports.glob("*") if (folder / "build.json").exists()]
    matches = [folder for folder in matches if folder.name == text or Run(folder).id.startswith(text)]
    if len(matches) == 1:
        return Run(matches[0])
    known = ", ".join(sorted(folder.name for folder in exports.glob("*-*"))[:5]) or "none yet"
    problem = "names more than one build" if matches else "is no build"
    raise InvalidInput(f'"{text}" {problem} in {exports}. Builds there: {known}.')


def remove_replaced(run: Run) -> None:
    """Deletes what `set_aside` kept of earlier builds of the same folder, once the new one is done."""
    for folder in run.folder.parent.glob(f".replaced-{glob.escape(run.folder.name)}-*"):
        shutil.rmtree(folder, ignore_errors=True)
