"""Where training runs: the backend's devices, the precision that suits them, and several GPUs as one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Devices:
    """What a training has at its disposal.

    Args:
        backend: "tensorflow" or "jax".
        accelerators: names of GPUs (or TPUs), empty on a CPU.
        policy: Keras's name of the precision, such as "mixed_float16".
    """

    backend: str
    accelerators: tuple[str, ...]
    policy: str

    @property
    def count(self) -> int:
        """Devices that share a batch."""
        return max(1, len(self.accelerators))


def backend_of(K: Any) -> str:
    """The backend that a Keras module computes with; tf_keras knows TensorFlow only."""
    return str(K.backend.backend()) if K.__name__ == "keras" else "tensorflow"


def find_devices(K: Any, dtype: str) -> Devices:
    """Looks for accelerators and resolves the training dtype "auto": float32 on a CPU, mixed_float16 on a GPU.

    The twin in tf_keras is tuned in float32 on one device: compression wraps its layers, and knows no other precision.
    """
    backend = backend_of(K)
    names = accelerators(backend)
    if K.__name__ != "keras":
        return Devices(backend, names[:1], "float32")
    policy = ("mixed_float16" if names else "float32") if dtype == "auto" else dtype
    return Devices(backend, names, policy)


def accelerators(backend: str) -> tuple[str, ...]:
    """The names of the GPUs (or TPUs) that a backend sees."""
    if backend == "tensorflow":
        import tensorflow as tf

        return tuple(device.name for device in tf.config.list_logical_devices("GPU"))
    import jax

    return tuple(f"{device.platform}:{device.id}" for device in jax.devices() if device.platform != "cpu")


@contextlib.contextmanager
def data_parallel(K: Any, devices: Devices) -> Iterator[None]:
    """Variables made inside live on every accelerator, and batches fitted inside are shared; nothing with fewer than two."""
    if devices.count < 2:
        yield
    elif devices.backend == "tensorflow":
        with mirrored(devices.accelerators).scope():
            yield
    else:
        before = K.distribution.distribution()
        K.distribution.set_distribution(shared_batches(K, devices.accelerators))
        try:
            yield
        finally:
            K.distribution.set_distribution(before)


@cache
def mirrored(accelerators: tuple[str, ...]) -> Any:
    """TensorFlow's strategy for several devices of one host; a network is fitted under the one that it was made under."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(list(accelerators))


@cache
def shared_batches(K: Any, accelerators: tuple[str, ...]) -> Any:
    """Keras's distribution of batches over JAX's devices."""
    return K.distribution.DataParallel(devices=list(accelerators), auto_shard_dataset=False)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a backend's exception says that the device's memory, or the machine's, did not suffice."""
    if isinstance(error, MemoryError):
        return True
    named = type(error).__name__
    text = str(error)
    return named == "ResourceExhaustedError" or (
        named in ("XlaRuntimeError", "JaxRuntimeError", "InternalError", "UnknownError", "RuntimeError")
        and ("RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower())
    )
