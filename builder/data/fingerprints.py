"""sha256 of files, remembered by path, size and times, so that a second look at the same folder reads none of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from builder.data.cache import guarded, subfolder, write_json
from builder.data.decode import BYTES_MAX
from builder.data.progress import Progress
from builder.events import Emit, silent
from builder.threads import processors

VERSION = 1


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The sha256 of a file in hex, or why it could not be read."""

    sha256: str
    problem: str = ""


def digest_files(root: Path, names: Sequence[str], emit: Emit = silent, bytes_max: int = BYTES_MAX) -> list[FileDigest]:
    """Hashes files below a folder on all cores, those known from last time excepted.

    Args:
        root: the folder; what is remembered is kept by its real path.
        names: paths below it.
        bytes_max: a larger file is not read but reported as a problem.

    Returns:
        One digest a name, in the same order.
    """
    store = store_of("folder", os.fsencode(root.resolve()))
    known = load(store)
    digests: dict[str, FileDigest] = {}
    stamps: dict[str, str] = {}
    for name in names:
        try:
            state = (root / name).stat()
        except OSError as error:
            digests[name] = FileDigest("", f"cannot be read ({error.strerror})")
            continue
        # The time of the last change of the inode catches a file replaced by one of equal size and copied time.
        stamp = f"{state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
        if state.st_size > bytes_max:
            digests[name] = FileDigest("", f"{state.st_size:,} bytes are more than any photo has")
        elif (entry := known.get(name)) is not None and entry[0] == stamp:
            digests[name] = FileDigest(entry[1])
        else:
            stamps[name] = stamp
    if stamps:
        fresh = hash_files(root, list(stamps), emit)
        digests |= fresh
        remembered = {name: known[name] for name in digests if name in known}
        remembered |= {name: (stamps[name], digest.sha256) for name, digest in fresh.items() if digest.sha256}
        write_json(store, {"version": VERSION, "entries": remembered})
    return [digests[name] for name in names]


def hash_files(root: Path, names: list[str], emit: Emit) -> dict[str, FileDigest]:
    """Reads and hashes files in threads; hashing releases the interpreter lock."""
    progress = Progress(emit, total=len(names), unit="files")

    def digest(name: str) -> FileDigest:
        try:
            with (root / name).open("rb") as file:
                return FileDigest(hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            return FileDigest("", f"cannot be read ({error.strerror})")
        finally:
            progress.advance()

    with ThreadPoolExecutor(processors()) as pool:
        return dict(zip(names, pool.map(digest, names), strict=True))


def store_of(kind: str, identity: bytes) -> Path:
    """The file that remembers what belongs to one folder, archive or built-in set."""
    return guarded(lambda: subfolder("hashes")) / f"{kind}-{hashlib.sha256(identity).hexdigest()[:32]}.json"


def load(store: Path) -> dict[str, tuple[str, str]]:
    """What was remembered by name: (stamp, sha256). Nothing when the file is absent or damaged."""
    try:
        content = json.loads(store.read_bytes())
        if content["version"] != VERSION:
            return {}
        return {str(name): (str(stamp), str(sha256)) for name, (stamp, sha256) in content["entries"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
