"""Hand-written shelves of compressed files and of resolutions, as a finished build's folder holds them."""

from __future__ import annotations

import fcntl
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from builder import finished_work
from builder.finished_work import Kind
from builder.matrix import Matrix, write_matrix
from builder.report import read_report
from builder.resolutions import Resolutions, Row, write_resolutions
from builder.runs import LOCK, Run
from tests.matrix import samples
from tests.ui import folders


def compressed(run: Run, matrix: Matrix | None = None, pictures: bool = True) -> Matrix:
    """Writes a matrix into a finished build. Its files are no models, but their hashes are right."""
    matrix = matrix or samples.sample()
    rows = tuple(
        replace(row, files=tuple(replace(file, sha256=written(run, file.file)) for file in row.files)) for row in matrix.rows
    )
    matrix = replace(matrix, build=run.id, rows=rows)
    if pictures:
        samples.photos(run.folder, matrix)
    write_matrix(run.folder, matrix)
    return matrix


def written(run: Run, name: str) -> str:
    """Writes a stand-in of a .tflite unless it is there, and returns its hash; a name that leads out of the folder gets none."""
    place = run.folder / ("compressed" if name.startswith("compressed/") else "")
    path = place / Path(name).name
    place.mkdir(exist_ok=True)
    if not path.exists():
        path.write_bytes(f"TFL3 stand-in of {name}".encode())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def resized(run: Run, *resolutions: int) -> Resolutions:
    """Writes resolutions into a finished build."""
    report = read_report(run.report_path)
    own = Row.own(report)
    rows = [own]
    for resolution in resolutions:
        place = run.folder / "resolutions" / str(resolution)
        place.mkdir(parents=True)
        files = {}
        for variant, file in own.files.items():
            content = f"TFL3 {variant} at {resolution}".encode()
            (place / f"{variant}.tflite").write_bytes(content)
            name, digest = f"resolutions/{resolution}/{variant}.tflite", hashlib.sha256(content).hexdigest()
            files[variant] = replace(file, measured=replace(file.measured, file=name, sha256=digest), drop=0.05)
        rows.append(replace(own, resolution=resolution, drop=0.04, files=files, seconds=12.0))
    rows.sort(key=lambda row: row.resolution)
    made = Resolutions(run.id, "Hands", own.resolution, 410, "ab" * 32, tuple(rows))
    write_resolutions(run.folder, made)
    return made


def tell(run: Run, kind: Kind, *events: tuple[str, dict[str, Any]], began: float = folders.CREATED) -> None:
    """Appends events of some work on a finished build, a second apart."""
    path = finished_work.events_path(run, kind)
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        for second, (event, values) in enumerate(events):
            file.write(json.dumps({"time": began + second, "event": event, **values}) + "\n")


def locked(run: Run) -> IO[bytes]:
    """A process works on the build as long as the returned file is open."""
    lock = (run.folder / LOCK).open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock
