"""Where training runs: precision by device, errors of memory, and several devices as one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tf_keras

from builder.train.devices import backend_of, find_devices, is_out_of_memory

SHARED_BATCH = """
import math, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
import keras
if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )
from builder.config import Training
from builder.model import build
from builder.train import compiled, loop
from builder.train.devices import Devices
from tests.train.stripes import short_table, stripes
notes, losses, shared, weights = [], [], [], []
if keras.backend.backend() == "jax":
    layout_of = keras.distribution.DataParallel.get_data_layout
    def told(self, shape):
        shared.append(shape[0])
        return layout_of(self, shape)
    keras.distribution.DataParallel.get_data_layout = told
one, two = (), ("cpu:0", "cpu:1")
for number, names in enumerate((two, one, two)):
    loop.find_devices = lambda K, dtype: Devices(keras.backend.backend(), names, "float32")
    model = build(keras, short_table(), seed=2)
    result = loop.fit(
        keras, model, stripes(validation=13), Training(epochs=1, batch_size=20), augmenter=None, seed=0,
        folder=Path(sys.argv[3]) / str(number), emit=lambda event, **values: notes.append(values.get("message")),
    )
    losses.append(result.history[0].loss)
    weights.append(model.get_weights())
    assert math.isfinite(result.history[0].val_loss), result
assert sum("shared by 2 devices" in str(note) for note in notes) == 2, notes
assert abs(losses[0] - losses[1]) < 0.1, losses
assert losses[0] == losses[2] and all((a == b).all() for a, b in zip(weights[0], weights[2])), losses
assert len(compiled.kept) == 2  # the third training had the first one's network
if keras.backend.backend() == "jax":
    assert set(shared) == {20}, shared  # the batches of training, and none of validation, whose last is no multiple of two
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_share_each_batch(backend: str, tmp_path: Path) -> None:
    """Two virtual devices on the CPU; on TensorFlow each normalizes its own half, so the losses are near, not equal.

    The same training again takes up the network that is shared, and gives the same.
    """
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHARED_BATCH, str(root), str(root / "tests"), str(tmp_path)],
        env=os.environ | {"KERAS_BACKEND": backend, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize(("names", "policy"), [((), "float32"), (("GPU:0",), "mixed_float16")])
def test_auto_is_mixed_precision_on_a_gpu_only(names: tuple[str, ...], policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.train.devices.accelerators", lambda _: names)
    assert find_devices(keras, "auto").policy == policy
    assert find_devices(keras, "mixed_bfloat16").policy == "mixed_bfloat16"


def test_the_twin_trains_in_float32_on_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.train.devices.accelerators", lambda _: ("GPU:0", "GPU:1"))
    devices = find_devices(tf_keras, "auto")
    assert (devices.policy, devices.count) == ("float32", 1)


def test_backends_are_told_apart() -> None:
    assert (backend_of(keras), backend_of(tf_keras)) == ("tensorflow", "tensorflow")


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (RuntimeError("RESOURCE_EXHAUSTED: failed to allocate"), True),
        (RuntimeError("CUDA out of memory"), True),
        (RuntimeError("shape mismatch"), False),
        (OSError("No space left on device"), False),
    ],
)
def test_errors_of_memory_are_told_from_others(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) is is_memory


REAL_LACK = """
import jax
from builder.train.devices import is_out_of_memory
try:
    jax.numpy.zeros(2**46, "float32").block_until_ready()
except Exception as error:
    assert is_out_of_memory(error), repr(error)
else:
    raise SystemExit("256 TiB were had")
"""


def test_what_jax_raises_without_memory_is_known() -> None:
    """Its class has had several names."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-W", "ignore", "-c", REAL_LACK]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
