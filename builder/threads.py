"""What a process may take of the machine beside others: threads, and a share of a GPU's memory. Environments in, environments out.

Libraries count the machine's cores themselves and read these variables when they are first used: a process gets them at its start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from builder.errors import ConfigError

THREADS = "BUILDER_THREADS"  # for our own pools: photos decoded, batches made, interpreters side by side

# Who reads what. TensorFlow: the pool inside an operation, and operations side by side. XLA on a CPU: NPROC, its one pool.
THREAD_VARIABLES = (
    THREADS,
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NPROC",
)
SHARED_BY_ALL = 0.9  # of a GPU's memory; the rest is CUDA's own, once a process


def limited(environment: Mapping[str, str], threads: int) -> dict[str, str]:
    """The environment of a process that is to keep so many cores busy, and no more.

    On a CPU the weights of a training depend on the threads inside an operation: compare builds of the same number.

    Args:
        environment: of the process that starts it, left as it is.
        threads: at least 1; cores divided by the processes that work side by side.

    Returns:
        The environment with `THREAD_VARIABLES` set.

    Raises:
        ConfigError: fewer than one thread.

    Example:
        >>> subprocess.Popen(command, env=limited(os.environ, threads=1))
    """
    return {**environment, **dict.fromkeys(THREAD_VARIABLES, str(whole_number("The number of threads", str(threads))))}


def sharing_gpu(environment: Mapping[str, str], gpu: str, share: int) -> dict[str, str]:
    """The environment of a process that is pinned to one GPU and may share it.

    TensorFlow and JAX take nearly all of a GPU's memory when they start. Shared, TensorFlow takes what it needs and keeps it, and
    JAX takes what it needs up to an equal part. What the user has set of it stays.

    Args:
        environment: of the process that starts it, left as it is.
        gpu: by the name that CUDA_VISIBLE_DEVICES takes: a number, or a UUID.
        share: processes that use this GPU at a time; 1 leaves memory as it is.

    Returns:
        The environment with that GPU alone.

    Raises:
        ConfigError: fewer than one process.

    Example:
        >>> subprocess.Popen(command, env=sharing_gpu(os.environ, gpu="0", share=2))
    """
    return {**environment, "CUDA_VISIBLE_DEVICES": gpu, **memory_shared(environment, share)}


def memory_shared(environment: Mapping[str, str], share: int) -> dict[str, str]:
    """The variables that let so many processes use the memory of one GPU, without those that are set; none for one process."""
    if whole_number("The number of processes that share a GPU", str(share)) == 1:
        return {}
    wanted = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    if "XLA_PYTHON_CLIENT_MEM_FRACTION" not in environment:  # its older name: JAX refuses both together
        wanted["XLA_CLIENT_MEM_FRACTION"] = f"{SHARED_BY_ALL / share:.3f}"
    return {name: value for name, value in wanted.items() if name not in environment}


def processors() -> int:
    """Cores that this process should keep busy: those that it may run on, or fewer where BUILDER_THREADS says so.

    Raises:
        ConfigError: BUILDER_THREADS is no number.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get(THREADS)
    return usable if wanted is None else min(usable, whole_number(THREADS, wanted))


def whole_number(name: str, text: str) -> int:
    """Reads a count.

    Raises:
        ConfigError: it is no whole number of at least 1.
    """
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ConfigError(f"{name} must be a whole number of at least 1, not {text!r}.")
    return int(text)
