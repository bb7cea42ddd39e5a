"""resolutions.json: written whole, read strictly."""

from __future__ import annotations

import json
from pathlib import Path

from builder.resolutions.model import FOLDER, FORMAT, NAME, Resolutions
from builder.runs import write_atomically
from builder.strict_json import damaged, read_strictly

MEND = "Remove it and export again, or export with --force."
BYTES_MAX = 64 * 1024**2


def resolutions_path(folder: Path) -> Path:
    """Where a build's record lies."""
    return folder / FOLDER / NAME


def write_resolutions(folder: Path, made: Resolutions) -> None:
    """Writes a build's resolutions.json.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    text = json.dumps(made.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(resolutions_path(folder), text + "\n")


def read_resolutions(folder: Path) -> Resolutions | None:
    """What a build was exported at; None where it was exported at its own resolution alone.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    path = resolutions_path(folder)
    made = read_strictly(path, Resolutions, newest=FORMAT, bytes_max=BYTES_MAX, mend=MEND)
    if made is not None and made.row(made.trained_at) is None:
        raise damaged(path, f"it has no row of {made.trained_at} px, which the build was trained at", MEND)
    return made
