"""How many workers a machine takes, and what each one may use of it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from builder import jobs, threads
from builder.errors import ConfigError

WORKERS_MAX = 1024
WORKER_BYTES = 2 * 1024**3  # a warm worker holds some 1 GiB of libraries and networks, and its children while they verify


@dataclass(frozen=True, slots=True)
class Workers:
    """What each worker of a crew gets on top of the driver's environment, by number from 1."""

    environments: tuple[dict[str, str], ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.environments)


def workers(count: int | None = None, per_gpu: int = 1) -> Workers:
    """The workers of this machine.

    Args:
        count: how many; None takes one for each GPU (times `per_gpu`), else one for each core, fewer where memory is short.
        per_gpu: how many share a GPU.

    Raises:
        ConfigError: no whole number from 1, or more workers than the GPUs take.
    """
    check_count("--workers", count)
    check_count("--per-gpu", per_gpu)
    gpus = jobs.visible_gpus()
    room = len(gpus) * per_gpu
    wanted = count or room or sized()
    if gpus and wanted > room:
        raise ConfigError(
            f"{wanted} workers are more than the {room} that {len(gpus)} GPU{'s' * (len(gpus) > 1)} take with --per-gpu {per_gpu}. "
            f"Let more of them share one: --per-gpu {-(-wanted // len(gpus))}."
        )
    each = threads.limited({}, max(1, threads.processors() // wanted))
    if not gpus:
        slots = max(wanted, len(jobs.slot_names()))
        return Workers(tuple({**each, "BUILDER_SLOTS": str(slots)} for _ in range(wanted)))
    environment = dict(os.environ)
    pinned = (gpus[number % len(gpus)] for number in range(wanted))
    own = ({**each, "BUILDER_PER_GPU": str(per_gpu), **shared(environment, gpu, per_gpu)} for gpu in pinned)
    return Workers(tuple(own))


def shared(environment: dict[str, str], gpu: str, share: int) -> dict[str, str]:
    """Only what pins a worker to its GPU."""
    found = threads.sharing_gpu(environment, gpu, share)
    return {name: value for name, value in found.items() if environment.get(name) != value} | {"CUDA_VISIBLE_DEVICES": gpu}


def sized() -> int:
    """Workers of a machine without GPUs: one for each core, as many as memory holds."""
    from builder.doctor import usable_memory_bytes

    memory = usable_memory_bytes()
    return max(1, min(threads.processors(), memory // WORKER_BYTES if memory else 1))


def memory_share_bytes(count: int) -> int | None:
    """The most that a worker may hold between two builds before it is replaced; None where nobody knows the memory.

    Half of an equal share: the other half is for the build itself.
    """
    from builder.doctor import usable_memory_bytes

    memory = usable_memory_bytes()
    return max(WORKER_BYTES, memory // (2 * count)) if memory else None


def check_count(name: str, count: int | None) -> None:
    """Raises `ConfigError` unless a count is a whole number of at least 1."""
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= WORKERS_MAX):
        raise ConfigError(f"{name} must be a whole number from 1 to {WORKERS_MAX:,}, not {count!r}.")
