"""The machine's slots: one or a few for each GPU, or one on a machine without, shared by every build whoever started it.

A slot is a file held by flock, so a build that dies frees its slot, however it dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from builder.errors import StorageError
from builder.places import state_dir
from builder.threads import memory_shared, whole_number

GPU = "gpu-"
PER_GPU = "BUILDER_PER_GPU"


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes; found without importing CUDA."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1")]
    devices = [path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")]
    return sorted(devices, key=int)


def builds_per_gpu() -> int:
    """How many builds may share a GPU: BUILDER_PER_GPU, by default 1.

    Raises:
        ConfigError: it is no whole number of at least 1.
    """
    return whole_number(PER_GPU, os.environ.get(PER_GPU, "1"))


def slot_names() -> list[str]:
    """The machine's slots: BUILDER_PER_GPU a GPU (default 1), or BUILDER_SLOTS of them (default 1) where there is none.

    Each GPU's first slot comes before any second one, so that builds share a GPU only when none is idle.
    """
    gpus = visible_gpus()
    if gpus:
        return [f"{GPU}{gpu}{f'.{number}' if number else ''}" for number in range(builds_per_gpu()) for gpu in gpus]
    return [f"cpu-{number}" for number in range(whole_number("BUILDER_SLOTS", os.environ.get("BUILDER_SLOTS", "1")))]


def device_of(slot: str) -> str:
    """What a slot is a share of: `gpu-0` of both `gpu-0` and `gpu-0.1`."""
    return slot.partition(".")[0] if slot.startswith(GPU) else slot


def try_slots(names: list[str], most: int) -> dict[str, IO[bytes]]:
    """Takes up to `most` slots that are free right now, one a device; the files must stay open as long as the slots are needed.

    Raises:
        StorageError: the folder of the slots cannot be written, or its disk has no file locks.
    """
    folder = state_dir() / "slots"
    held: dict[str, IO[bytes]] = {}
    for name in names:
        if device_of(name) in map(device_of, held):
            continue
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
    """Lets CUDA see only the GPUs whose slots are held, with a part of their memory where others may build on them too.

    Call it before TensorFlow or JAX is imported. Later it changes nothing for them, and nothing at all in a process that was
    started with one GPU in sight: such a process may call it before each of its builds.
    """
    gpus = [device_of(name).removeprefix(GPU) for name in names if name.startswith(GPU)]
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
        os.environ.update(memory_shared(os.environ, builds_per_gpu()))
