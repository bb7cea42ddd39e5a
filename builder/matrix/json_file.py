"""matrix.json: written whole, read strictly."""

from __future__ import annotations

import json
from pathlib import Path

from builder.matrix.model import FOLDER, FORMAT, NAME, Matrix
from builder.runs import write_atomically
from builder.strict_json import read_strictly

MEND = "Remove it and compress again."
BYTES_MAX = 64 * 1024**2


def matrix_path(folder: Path) -> Path:
    """Where a build's matrix lies."""
    return folder / FOLDER / NAME


def write_matrix(folder: Path, matrix: Matrix) -> None:
    """Writes a build's matrix.json.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    text = json.dumps(matrix.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(matrix_path(folder), text + "\n")


def read_matrix(folder: Path) -> Matrix | None:
    """A build's matrix; None where nothing was compressed yet.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    return read_strictly(matrix_path(folder), Matrix, newest=FORMAT, bytes_max=BYTES_MAX, mend=MEND)
