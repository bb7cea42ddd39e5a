"""The machine's slots: one for each GPU, or one on a machine without, shared by every build whoever started it.

A slot is a file held by flock, so a build that dies frees its slot, however it dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from builder.errors import ConfigError, StorageError
from builder.places import state_dir


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes; found without importing CUDA."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1")]
    devices = [path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")]
    return sorted(devices, key=int)


def slot_names() -> list[str]:
    """The machine's slots: one a GPU, or BUILDER_SLOTS of them (default 1) where there is none."""
    gpus = visible_gpus()
    if gpus:
        return [f"gpu-{name}" for name in gpus]
    text = os.environ.get("BUILDER_SLOTS", "1")
    if not text.isdigit() or int(text) < 1:
        raise ConfigError(f"BUILDER_SLOTS must be a whole number of at least 1, not {text!r}.")
    return [f"cpu-{number}" for number in range(int(text))]


def try_slots(names: list[str], most: int) -> dict[str, IO[bytes]]:
    """Takes up to `most` slots that are free right now; the files must stay open as long as the slots are needed.

    Raises:
        StorageError: the folder of the slots cannot be written, or its disk has no file locks.
    """
    folder = state_dir() / "slots"
    held: dict[str, IO[bytes]] = {}
    for name in names:
        try:
            folder.mkdir(exist_ok=True)
            file = (folder / f"{name}.lock").open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
        except OSError as error:
            raise locks_error(folder, error) from None
        held[name] = file
        if len(held) == most:
            break
    return held


def locks_error(folder: Path, error: OSError) -> StorageError:
    """What to tell the user when slots or the queue cannot be kept."""
    return StorageError(
        f"Locks cannot be kept in {folder} ({error.strerror}). Set BUILDER_STATE_DIR to a folder you can write to, on a local disk."
    )


def restrict_to(names: list[str]) -> None:
    """Lets CUDA see only the GPUs whose slots are held; call it before TensorFlow or JAX is imported."""
    gpus = [name.removeprefix("gpu-") for name in names if name.startswith("gpu-")]
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
