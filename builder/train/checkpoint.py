"""What training needs to go on after the last whole epoch, in one file that is either whole or not there."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.errors import StorageError

FILE_NAME = "checkpoint.npz"

Arrays = list[NDArray[Any]]


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One line of the history; epochs count from 1, losses include label smoothing."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after a whole epoch.

    Args:
        key: settings that must be the same for the state to be of use.
        batch_size: photos a step; smaller than asked for where memory ran out.
        weights: the network's.
        optimizer: the optimizer's variables.
        best: the weights of the best epoch so far.
        history: a record for each epoch.
        finished: no epoch is left, or training stopped early.
    """

    key: dict[str, Any]
    batch_size: int
    weights: Arrays = field(repr=False)
    optimizer: Arrays = field(repr=False)
    best: Arrays = field(repr=False)
    history: tuple[EpochRecord, ...]
    finished: bool = False


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Writes under a temporary name, then renames: a reader finds the old file or the new one, never half of one.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    facts = {
        "key": checkpoint.key,
        "batch_size": checkpoint.batch_size,
        "history": [asdict(record) for record in checkpoint.history],
        "finished": checkpoint.finished,
    }
    arrays: dict[str, Any] = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
    for part in ("weights", "optimizer", "best"):
        arrays |= {f"{part}_{number}": value for number, value in enumerate(getattr(checkpoint, part))}
    path = folder / FILE_NAME
    temporary = folder / f".{FILE_NAME}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageError(
            f"The state of the training cannot be kept at {path} ({error.strerror or error}). Make room or choose another folder; "
            "the same command then goes on after the last whole epoch."
        ) from None
    return path


def load(folder: Path, key: dict[str, Any]) -> Checkpoint | None:
    """The state to go on from; None when there is none, when it is damaged, or when it is of another training."""
    try:
        with (folder / FILE_NAME).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            facts = json.loads(file["facts"].tobytes())
            if facts["key"] != key:
                return None
            parts = {part: values(file, part) for part in ("weights", "optimizer", "best")}
            return Checkpoint(
                key=key,
                batch_size=facts["batch_size"],
                history=tuple(EpochRecord(**record) for record in facts["history"]),
                finished=facts["finished"],
                **parts,
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def values(file: Any, part: str) -> Arrays:
    """The arrays of one part, in order."""
    count = sum(name.startswith(f"{part}_") for name in file.files)
    return [file[f"{part}_{number}"] for number in range(count)]
