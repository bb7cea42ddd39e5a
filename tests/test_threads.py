"""What a process may take of the machine: threads for every library, a part of a GPU's memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.errors import ConfigError
from builder.threads import limited, processors, sharing_gpu

# The threads that a library started for its computing, by the names that it gave them, after a first use.
COUNTED = """
import sys
from pathlib import Path
if sys.argv[1] == "tensorflow":
    import tensorflow as tf
    tf.function(lambda image: tf.nn.conv2d(image, tf.ones((3, 3, 8, 8)), 1, "SAME"))(tf.ones((8, 32, 32, 8)))
    names = ("tf_Compute",)
else:
    import jax
    jax.jit(lambda values: values @ values)(jax.numpy.ones((64, 64))).block_until_ready()
    names = ("tf_XLAEigen",)
print(sum(path.read_text().strip() in names for path in Path("/proc/self/task").glob("*/comm")))
"""


def test_a_limit_reaches_every_pool_and_leaves_the_rest() -> None:
    before = {"PATH": "/bin", "OMP_NUM_THREADS": "8"}
    after = limited(before, 2)
    assert before == {"PATH": "/bin", "OMP_NUM_THREADS": "8"}
    assert after["PATH"] == "/bin"
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        assert after[name] == "2"
    with pytest.raises(ConfigError, match="at least 1"):
        limited(before, 0)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
@pytest.mark.parametrize("library", ["tensorflow", "jax"])
def test_libraries_start_as_many_threads_as_they_are_let(library: str) -> None:
    started = []
    for threads in (1, 3):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", COUNTED, library],
            env=limited(os.environ, threads),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        started.append(int(done.stdout))
    assert started == [1, 3]


def test_our_own_pools_have_the_cores_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILDER_THREADS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert processors() == 4
    for name, value in limited({}, 3).items():
        monkeypatch.setenv(name, value)
    assert processors() == 3
    monkeypatch.setenv("BUILDER_THREADS", "64")
    assert processors() == 4
    monkeypatch.setenv("BUILDER_THREADS", "all")
    with pytest.raises(ConfigError, match="BUILDER_THREADS must be a whole number of at least 1, not 'all'"):
        processors()


def test_a_gpu_of_ones_own_keeps_its_memory_as_it_is() -> None:
    assert sharing_gpu({"PATH": "/bin"}, "3", 1) == {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "3"}


def test_a_shared_gpu_is_filled_as_needed_and_by_jax_to_an_equal_part() -> None:
    environment = sharing_gpu({"CUDA_VISIBLE_DEVICES": "0,1"}, "1", 3)
    assert environment == {
        "CUDA_VISIBLE_DEVICES": "1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "XLA_CLIENT_MEM_FRACTION": "0.300",  # 0.9 / 3
    }


def test_what_is_set_of_jaxs_memory_stays_and_never_by_two_names() -> None:
    kept = {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.2", "XLA_PYTHON_CLIENT_PREALLOCATE": "true"}
    environment = sharing_gpu(kept, "0", 2)
    assert environment == kept | {"CUDA_VISIBLE_DEVICES": "0", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
