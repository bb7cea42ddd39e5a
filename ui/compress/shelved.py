"""A build's matrix, read once as long as its file is the same, and where its files lie."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from builder import listing
from builder.matrix import FOLDER, Matrix, matrix_path, read_matrix
from builder.runs import Run

MATRICES_KEPT = 32  # in memory, some 200 KB each


def matrix_of(run: Run) -> Matrix | None:
    """The matrix; None where nothing was compressed yet.

    Raises:
        InvalidInput: it is damaged.
    """
    return read(run.folder, listing.stamp(matrix_path(run.folder)))


@lru_cache(maxsize=MATRICES_KEPT)
def read(folder: Path, stamp: object) -> Matrix | None:
    """A matrix, until its file changes."""
    del stamp  # part of the key only
    return read_matrix(folder)


def path_of(run: Run, file: str) -> Path:
    """A file of the matrix; its name leads nowhere else than into the build's folder."""
    place = run.folder / FOLDER if file.startswith(f"{FOLDER}/") else run.folder
    return place / Path(file).name
