"""What a finished stage leaves in a build's folder, so that no later process does it again.

    trained.json    how training went, and the hash of model.keras
    exported.json   the hashes of the exported files and of the weights they were made from
    start.json      in training/: what `init: auto` was decided to be

A record is written after its files and names their hashes: files that are missing, damaged or of other weights are no
reason to skip a stage, and neither is a record that cannot be read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from builder.findings import Trained
from builder.runs import Run, storage_error, write_atomically

MODEL = "model.keras"
TRAINED = "trained.json"
EXPORTED = "exported.json"


def write_trained(run: Run, model: Any, trained: Trained) -> None:
    """Keeps the trained network.

    Raises:
        StorageError: the disk is full.
    """
    save_model(model, run.folder / MODEL)
    write_json(run.folder / TRAINED, {"model_sha256": sha256(run.folder / MODEL), **trained.to_json()})


def read_trained(run: Run) -> Trained | None:
    """What an earlier process recorded when its training was whole; None when there is no such record or no such model."""
    values = read_json(run.folder / TRAINED)
    digest = values.pop("model_sha256", None)
    if digest is None or digest != sha256(run.folder / MODEL):
        return None
    try:
        return Trained.from_json(values)
    except (KeyError, TypeError, ValueError):  # of another version of the builder
        return None


def write_exported(run: Run, names: Iterable[str]) -> None:
    """Records the exported files."""
    write_json(run.folder / EXPORTED, exported(run, names))


def is_exported(run: Run, names: Iterable[str]) -> bool:
    """Whether the files are there, whole, and made from the weights that are there."""
    found = exported(run, names)
    return None not in found.values() and read_json(run.folder / EXPORTED) == found


def exported(run: Run, names: Iterable[str]) -> dict[str, str | None]:
    """The hashes of some files and of the weights."""
    return {name: sha256(run.folder / name) for name in (MODEL, *names)}


def save_model(model: Any, path: Path) -> None:
    """Saves a Keras model whole or not at all."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")  # Keras goes by the suffix
    try:
        model.save(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise storage_error(path, error) from None
    finally:
        with contextlib.suppress(OSError):  # a disk that has become read-only keeps it
            temporary.unlink(missing_ok=True)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Writes a JSON mapping whole or not at all; its folder is made when absent."""
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise storage_error(path, error) from None
    write_atomically(path, json.dumps(values, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON mapping; empty where the file is absent or damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def sha256(path: Path) -> str | None:
    """The hash of a file's bytes, hex; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
