"""Tuned weights on disk, whole or not there, for the techniques that start from them in a later process."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.errors import ModelFileError, StorageError
from builder.whole_files import whole_file


def save_weights(path: Path, weights: Sequence[NDArray[np.float32]]) -> None:
    """Writes weights, in the order of a plain twin's `get_weights()`.

    Raises:
        StorageError: the place cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            named: dict[str, Any] = {f"weight_{number}": value for number, value in enumerate(weights)}
            np.savez(file, **named)
    except OSError as error:
        raise StorageError(
            f"Tuned weights cannot be kept at {path} ({error.strerror or error}). Make room or choose another folder."
        ) from None


def load_weights(path: Path) -> list[NDArray[np.float32]]:
    """Reads what `save_weights` wrote.

    Raises:
        ModelFileError: no such file, or a damaged one.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return [np.asarray(file[f"weight_{number}"]) for number in range(len(file.files))]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path} holds no tuned weights ({error}). Tune again: the same command makes them anew.") from None
