"""A build that arrives in a folder, also on a network disk: gathered under a hidden name, then renamed, so that it appears whole.

One after the other where several machines carry the same build to the same folder: a lock file sees to it, which the system frees
when its holder dies. What a holder that died has left is taken up by the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from builder.batch.copying import carried, copy, missing
from builder.batch.place import Place
from builder.errors import BuilderError, InvalidInput, StorageError
from builder.runs import REPORT, Run, is_same_file

ARRIVING, REPLACED = ".arriving", ".replaced"
WAIT_SECONDS = 600.0  # for another machine that carries the same build; a build of 100 MB takes some 10 s on 100 Mbit/s
POLL_SECONDS = 0.1
STALE_SECONDS = 3600.0  # a hidden copy that nobody has touched for so long was left by a machine that died


def into_folder(source: Place, target: Place, name: str, mark: bytes) -> None:
    """Carries a build there, or what is missing of it where it is there already.

    Args:
        source: where it is finished.
        target: a folder.
        name: of the build's folder.
        mark: its report.json.

    Raises:
        InvalidInput: somebody builds it there.
        StorageError: another machine has been carrying it there for too long, or a file vanished or arrived damaged.
        OSError: the folder cannot be written, or is full; a build that lay there before is still there.
    """
    final = Path(target.at(name))
    if target.read(name, REPORT) == mark and not any(missing(source, target, name)):
        return  # also where nothing can be written
    final.parent.mkdir(parents=True, exist_ok=True)
    with alone(final):
        bring_back(final)
        if target.read(name, REPORT) == mark:
            complete(source, target, name)
        else:
            gather(source, target, name, mark)
        for left in (*hidden(final, REPLACED), *stale(final)):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def alone(final: Path) -> Iterator[None]:
    """Nobody else carries this build to this folder during the body; waits for who does. Disks without locks let all in at once.

    Raises:
        StorageError: somebody carries it for too long.
    """
    path, deadline = final.with_name(f"{ARRIVING}-{final.name}.lock"), time.monotonic() + WAIT_SECONDS
    while True:
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StorageError(
                        f"Another process has been carrying {final} for {WAIT_SECONDS / 60:.0f} minutes. Look whether its machine "
                        f"still works, then run the same command again; {path.name} there is its lock."
                    ) from None
                time.sleep(POLL_SECONDS)
                continue
            except OSError:  # no locks on this disk
                pass
            if is_same_file(file, path):  # else who held it has removed it meanwhile
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def bring_back(final: Path) -> None:
    """Gives a build its name again that was moved aside for another one, which did not come: its machine died in that moment."""
    left = [path for path in hidden(final, REPLACED) if (path / REPORT).is_file()]
    if left and not final.exists():
        max(left, key=lambda path: path.stat().st_ctime).rename(final)


def complete(source: Place, target: Place, name: str) -> None:
    """Copies what is not yet there of a build that is."""
    try:
        groups = missing(source, target, name)
        if any(groups):
            check_free(Path(target.at(name)))
            copy(source, name, target, name, *groups)
    except (OSError, BuilderError):
        if source.read(name, REPORT) is not None:  # else who has delivered it has removed the copy that it came from
            raise


def gather(source: Place, target: Place, name: str, mark: bytes) -> None:
    """Copies a build under a hidden name, which is that of this very report, and renames it."""
    final = Path(target.at(name))
    check_free(final)
    gathered = final.with_name(f"{ARRIVING}-{name}-{hashlib.sha256(mark).hexdigest()[:12]}")
    copy(source, name, target, gathered.name, *carried(source, name))
    for rest in gathered.rglob(".*"):  # of a copy that was cut off
        rest.unlink(missing_ok=True)
    check_free(final)  # again: copying takes a while
    put(gathered, final)


def put(gathered: Path, final: Path) -> None:
    """Gives a gathered build its name; what lay there is moved aside, and put back where it does not come to that."""
    old = final.with_name(f"{REPLACED}-{final.name}-{uuid.uuid4().hex}")
    try:
        with contextlib.suppress(FileNotFoundError):
            final.rename(old)
        gathered.rename(final)
    except BaseException:
        if not final.exists():
            with contextlib.suppress(OSError):
                old.rename(final)
        raise


def check_free(final: Path) -> None:
    """Raises `InvalidInput` where somebody builds, or makes something of the build, in that very folder."""
    if Run(final).is_locked():
        raise InvalidInput(f"Somebody else is at work in {final}. Wait for them, or stop it first: builder stop {final}")


def hidden(final: Path, kind: str) -> list[Path]:
    """Folders of a build that lie hidden beside it."""
    return list(final.parent.glob(f"{kind}-{glob.escape(final.name)}-*"))


def stale(final: Path) -> list[Path]:
    """Hidden copies of a build that were left by machines that died."""
    found = []
    for folder in hidden(final, ARRIVING):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                found.append(folder)
    return found
