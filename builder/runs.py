"""A build's folder: identity, lock, and what is whole in it.

    exports/<label>-<id>/
        build.json       identity, title, and the device that it is made for
        config.yaml      every setting
        events.jsonl     what happened, one event a line; later processes of the same build append
        log.txt          what the libraries printed
        process.json     which process builds, while it does; to stop it
        lock             held by flock from a build's birth to its death
        training/        checkpoints; gone when the build is done
        model.keras      trained weights, written whole or not at all
        <variant>.tflite labels.txt
        outcomes.json    what was said about each test photo, and photos/, pictures of those worth showing
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
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from builder.errors import ConfigError, InvalidInput, StorageError
from builder.formats import JOINERS
from builder.whole_files import whole_file

Status = Literal["running", "done", "unfinished"]

FORMAT = 2  # of the folder; part of every identity, so that a new layout never resumes an old folder
ID_LENGTH = 10  # hex digits: 40 bits, a collision among 10,000 builds has a chance of 1 in 20,000
SLUG_LENGTH_MAX = 40
TITLE_LENGTH_MAX = 200
REPORT = "report.json"
LOCK = "lock"
LOCK_ATTEMPTS = 50  # a second in all: who only asks holds it for an instant, which is long on a busy machine
LOCK_PAUSE_SECONDS = 0.02


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
    try:
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
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
            file = (self.folder / LOCK).open("rb")
        except OSError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                return False
        return False

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Takes the folder's lock for the body; yields False when somebody else holds it. The system frees it at death.

        Raises:
            StorageError: as `take`.
        """
        file = self.take()
        if file is None:
            yield False
            return
        with file:
            yield True

    def take(self) -> IO[bytes] | None:
        """The folder's lock, held as long as the returned file is open here or in a process that inherits it.

        Returns:
            None when somebody else holds it.

        Raises:
            StorageError: the folder cannot be written, or lies on a disk without file locks.
        """
        for attempt in range(LOCK_ATTEMPTS):
            with contextlib.ExitStack() as stack:
                file = stack.enter_context(self.open_lock())
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:  # held by a build, or for an instant by somebody who asks `is_locked`
                    time.sleep(LOCK_PAUSE_SECONDS * (attempt + 1 < LOCK_ATTEMPTS))
                    continue
                except OSError as error:
                    raise StorageError(
                        f"{self.folder} has no file locks ({error.strerror}). Choose a folder on a local disk: --exports DIR."
                    ) from None
                if is_same_file(file, self.folder / LOCK):  # else the folder was set aside since it was opened
                    stack.pop_all()
                    return file
        return None

    def open_lock(self) -> IO[bytes]:
        """The open lock file; it and the folder are made when absent."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return (self.folder / LOCK).open("ab")
        except OSError as error:
            raise storage_error(self.folder, error) from None

    def describe(self, values: dict[str, Any]) -> None:
        """Writes build.json unless there is a whole one: a title that a person gave the build stays."""
        if not self.description():
            write_atomically(self.folder / "build.json", description_text({"format": FORMAT, **values}))

    def aim(self, target: dict[str, Any]) -> None:
        """Writes what the build is made for into build.json, unless it says so already; where it cannot, nothing is lost by it."""
        known = self.description()
        if known and target and not known.get("target"):
            with contextlib.suppress(StorageError):
                write_atomically(self.folder / "build.json", description_text(known | {"target": target}))

    def description(self) -> dict[str, Any]:
        """What build.json holds; an empty mapping where it is absent or damaged."""
        try:
            values = json.loads((self.folder / "build.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def rename(self, title: str) -> None:
        """Changes the title that people see; the folder keeps its name.

        Raises:
            ConfigError: the title is empty, too long, or holds characters that cannot be shown.
            StorageError: the folder cannot be written, or is gone.
        """
        title = check_title(title)
        values = self.description() or {"format": FORMAT, "id": self.id, "label": self.folder.name.rpartition("-")[0]}
        write_atomically(self.folder / "build.json", description_text(values | {"title": title}))

    def delete(self) -> None:
        """Removes the folder with everything in it; a folder that is gone already is no error.

        Raises:
            InvalidInput: the build is running.
            StorageError: the folder cannot be removed.
        """
        if not self.folder.exists():
            return
        place = self.folder.with_name(f".deleted-{self.folder.name}-{time.time_ns()}")
        with self.lock() as taken:
            if not taken:
                raise InvalidInput(f"{self.folder.name} is running. Stop it first, then delete it.")
            try:
                self.folder.rename(place)  # at once for whoever lists builds; what follows takes a while
            except OSError as error:
                raise deletion_error(self.folder, error) from None
        try:
            shutil.rmtree(place)
        except OSError as error:
            raise deletion_error(place, error) from None

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

    def tidy(self) -> None:
        """Removes what an earlier process left half-written; only for who holds the lock."""
        for path in (*self.folder.glob(".*.tmp*"), *self.training.glob(".*.tmp")):
            with contextlib.suppress(OSError):
                path.unlink()

    def tidy_finished(self) -> None:
        """Removes what a finished build needs no longer: checkpoints, and the build that it replaced."""
        shutil.rmtree(self.training, ignore_errors=True)
        for folder in self.folder.parent.glob(f".replaced-{glob.escape(self.folder.name)}-*"):
            shutil.rmtree(folder, ignore_errors=True)


def description_text(values: dict[str, Any]) -> str:
    """What build.json holds, as its text."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def check_title(title: str) -> str:
    """A title as it is kept, without blanks around it.

    Raises:
        ConfigError: it is empty, too long, or holds characters that cannot be shown.
    """
    title = title.strip()
    if not 1 <= len(title) <= TITLE_LENGTH_MAX:
        raise ConfigError(f"A title has 1 to {TITLE_LENGTH_MAX} characters, not {len(title)}.")
    hidden = next((char for char in title if not char.isprintable() and char not in JOINERS), None)
    if hidden is not None:
        raise ConfigError(f"A title holds letters, digits, signs and blanks on one line, not {hidden!a}.")
    return title


def deletion_error(path: Path, error: OSError) -> StorageError:
    """What to tell the user when a folder could not be removed."""
    return StorageError(
        f"{path} cannot be deleted ({error.strerror}). Make it and the folder above it writable, or delete it there."
    )


def is_same_file(file: IO[bytes], path: Path) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


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
        with tempfile.TemporaryFile(dir=exports) as probe:  # without a name, so that a kill leaves none behind
            probe.write(b"probe")
            probe.flush()
    except OSError as error:
        raise storage_error(exports, error) from None


def resolve_build(text: str, exports: Path) -> Run:
    """A build that the user names: its folder, its folder's name, or the start of its id.

    Raises:
        InvalidInput: no such build, or more than one.
    """
    named = Path(text)
    if (named / "build.json").exists():
        return Run(named)
    matches = [folder for folder in builds(exports) if folder.name == text or Run(folder).id.startswith(text)]
    if len(matches) == 1:
        return Run(matches[0])
    known = ", ".join(folder.name for folder in builds(exports)[:5]) or "none yet"
    problem = "names more than one build" if matches else "is no build"
    raise InvalidInput(f'"{text}" {problem} in {exports}. Builds there: {known}.')


def builds(exports: Path) -> list[Path]:
    """The folders that hold a build, by name; other folders, and what --force has set aside, are passed over."""
    return sorted(path.parent for path in exports.glob("*/build.json") if not path.parent.name.startswith("."))
