"""The index of a folder of builds: `.leaderboard.sqlite`, which holds what the folders hold and is made from them alone.

The file is never changed in place: it is read, what changed on the disk is read again, and the whole of it is written under another
name and renamed. So any number of processes may list a folder at once, and a kill at any moment leaves a whole index. The last one
who writes wins; what others knew besides is read again from the folders, since each build's rows carry the stamps of the files that
they were read from. A missing or damaged index, or one of another builder, is made anew. Where it cannot be written, it lives in
memory.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from builder.errors import StorageError
from builder.events import Emit, silent
from builder.ranking.model import Entry, Found, Unreadable
from builder.ranking.reading import Shelf, read_build
from builder.ranking.stamps import BATCHES, RECORD, Stamps, stamps_of_batches, stamps_of_builds
from builder.runs import REPORT, write_atomically

NAME = ".leaderboard.sqlite"
READER = 1  # raised when `reading` reads the same files otherwise
STAGE = "index"
KEPT_SECONDS = 10.0  # between two writes of an index that takes long to make
LEFT_SECONDS = 600.0  # no index takes so long to be written
SAID_SECONDS = 1.0  # what takes longer is told of

COLUMNS = tuple(field.name for field in fields(Entry) if field.name != "batch")  # a build's batch is found out when it is listed
FLAGS = tuple(COLUMNS.index(name) for name in ("listed", "sound"))  # SQLite keeps them as 0 and 1
TABLES = (
    "CREATE TABLE builds (folder TEXT PRIMARY KEY, stamps TEXT NOT NULL, problems TEXT NOT NULL) WITHOUT ROWID",
    f"CREATE TABLE files ({', '.join(COLUMNS)})",
    "CREATE INDEX files_of ON files (folder)",
    "CREATE INDEX files_listed ON files (listed)",
    "CREATE TABLE batches (folder TEXT PRIMARY KEY, stamps TEXT NOT NULL, name TEXT NOT NULL, ids TEXT NOT NULL) WITHOUT ROWID",
)
VERSION = zlib.crc32(repr((READER, TABLES)).encode()) & 0x7FFFFFFF  # of the index: other columns are another version


def read(exports: Path, *, every_file: bool = False, emit: Emit = silent) -> Found:
    """Everything in a folder of builds, from the index where that is as new as the folders.

    Args:
        exports: the folder.
        every_file: all files of each build, else the listed one alone.
        emit: hears how far an index that takes longer than a second is.

    Raises:
        InvalidInput: there is no such folder, or it cannot be listed.
    """
    done, unfinished = stamps_of_builds(exports)
    batches = stamps_of_batches(exports)
    try:
        with contextlib.closing(opened(exports)) as index:
            renew(index, exports, done, batches, emit)
            return found(index, every_file, unfinished)
    except sqlite3.DatabaseError:  # damaged
        with contextlib.closing(empty()) as index:
            renew(index, exports, done, batches, emit)
            return found(index, every_file, unfinished)


def opened(exports: Path) -> sqlite3.Connection:
    """The index as it lies on the disk, as a copy in memory; an empty one where it is missing or of another version.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    try:
        content = (exports / NAME).read_bytes()
    except OSError:
        return empty()
    if not content:
        return empty()
    index = sqlite3.connect(":memory:")
    try:
        index.deserialize(content)
        version = index.execute("PRAGMA user_version").fetchone()[0]
        sound = version != VERSION or index.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        index.close()
        raise
    if version == VERSION and sound:
        return index
    index.close()
    if not sound:
        raise sqlite3.DatabaseError(f"{exports / NAME} is damaged")
    return empty()


def empty() -> sqlite3.Connection:
    """An empty index."""
    index = sqlite3.connect(":memory:")
    for statement in TABLES:
        index.execute(statement)
    index.execute(f"PRAGMA user_version = {VERSION}")
    index.commit()
    return index


def renew(index: sqlite3.Connection, exports: Path, done: Stamps, batches: Stamps, emit: Emit) -> None:
    """Brings the index up to what lies on the disk, and writes it where that changed anything."""
    known = dict(index.execute("SELECT folder, stamps FROM builds"))
    known_batches = dict(index.execute("SELECT folder, stamps FROM batches"))
    gone = known.keys() - done.keys()
    changed = [name for name, text in done.items() if known.get(name) != text]
    changed_batches = [name for name, text in batches.items() if known_batches.get(name) != text]
    gone_batches = known_batches.keys() - batches.keys()
    if not (gone or changed or changed_batches or gone_batches):
        return
    for table, names in (("builds", gone), ("files", gone), ("batches", gone_batches)):
        index.executemany(f"DELETE FROM {table} WHERE folder = ?", [(name,) for name in names])
    for name in changed_batches:
        put_batch(index, name, batches[name], read_batch(exports / BATCHES / name / RECORD))
    written = time.monotonic()
    for name in counted(changed, emit):
        shelf = read_build(exports / name)
        if shelf.rows or (exports / name / REPORT).exists():  # else it was deleted since the folder was listed
            put_build(index, name, done[name], shelf)
        if time.monotonic() - written > KEPT_SECONDS:
            write(index, exports)
            written = time.monotonic()
    write(index, exports)


def counted(names: Sequence[str], emit: Emit) -> Iterator[str]:
    """The names one by one; once it takes more than a second, how many are done is told."""
    began = time.monotonic()
    told = False
    for number, name in enumerate(names):
        if not told and time.monotonic() - began > SAID_SECONDS:
            told = True
            emit("stage", stage=STAGE, state="start")
        if told:
            emit("progress", stage=STAGE, done=number, total=len(names), unit="builds")
        yield name
    if told:
        emit("progress", stage=STAGE, done=len(names), total=len(names), unit="builds")
        emit("stage", stage=STAGE, state="done")


def put_build(index: sqlite3.Connection, name: str, stamps: str, shelf: Shelf) -> None:
    """Puts a build's rows in the place of those that it had."""
    index.execute("DELETE FROM files WHERE folder = ?", (name,))
    marks, problems = ", ".join("?" * len(COLUMNS)), shelf.problems
    try:
        index.executemany(f"INSERT INTO files VALUES ({marks})", [astuple(entry)[: len(COLUMNS)] for entry in shelf.rows.values()])
    except (OverflowError, UnicodeError) as error:  # more than 64 bits, or half of a character
        index.execute("DELETE FROM files WHERE folder = ?", (name,))
        problems = [f"It holds what no build writes ({error}): build again with --force."]
    text = "\n".join(problems).encode(errors="replace").decode()
    index.execute("INSERT OR REPLACE INTO builds VALUES (?, ?, ?)", (name, stamps, text))


def put_batch(index: sqlite3.Connection, folder: str, stamps: str, read: tuple[str, Iterable[str]]) -> None:
    """Puts a batch in the place of what was known of it."""
    index.execute("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?)", (folder, stamps, read[0], " ".join(read[1])))


def read_batch(path: Path) -> tuple[str, list[str]]:
    """The name of a batch and the ids of its builds; nothing where its record is damaged, since builds do without it."""
    try:
        values = json.loads(path.read_bytes())
        ids = [cell["build"] for cell in values["cells"]]
        return str(values["name"]), [build for build in ids if isinstance(build, str) and build.isalnum()]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "", []


def write(index: sqlite3.Connection, exports: Path) -> None:
    """Keeps the index for the next time; where the folder cannot be written, there is none."""
    index.commit()
    with contextlib.suppress(StorageError, OSError):
        write_atomically(exports / NAME, index.serialize())
        for left in exports.glob(f".{NAME}.*.tmp"):  # by a process that was killed meanwhile
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink()


def found(index: sqlite3.Connection, every_file: bool, unfinished: int) -> Found:
    """What the index holds."""
    batch = {build: name for folder, name, ids in index.execute("SELECT folder, name, ids FROM batches") for build in ids.split()}
    where = "" if every_file else " WHERE listed"
    rows = index.execute(f"SELECT {', '.join(COLUMNS)} FROM files{where}")
    entries = tuple(entry_of(row, batch) for row in rows)
    problems = index.execute("SELECT folder, problems FROM builds WHERE problems <> '' ORDER BY folder")
    unreadable = tuple(Unreadable(folder, line) for folder, lines in problems for line in lines.split("\n"))
    builds = index.execute("SELECT count(DISTINCT folder) FROM files").fetchone()[0]
    return Found(entries, unreadable, builds, unfinished)


def entry_of(row: Sequence[Any], batch: Mapping[str, str]) -> Entry:
    """A row of the index."""
    values = list(row)
    for place in FLAGS:
        values[place] = bool(values[place])
    values.append(batch.get(values[COLUMNS.index("id")], ""))
    return Entry(*values)
