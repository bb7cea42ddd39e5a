"""Runs an image classifier through LiteRT, the interpreter that apps use, from its bytes.

One photo at a time, as on a device: LiteRT's dynamic-range kernels and some reshapes are tied to a batch of one. Several
interpreters run side by side in threads instead (LiteRT lets go of Python's lock while it runs). Each has one thread, so results
do not depend on their number.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder import tflite_file
from builder.errors import ModelFileError
from builder.verify.facts import facts
from builder.verify.pixels import input_values, real_scores

LATENCY_THREADS = 1  # what a host's figure is comparable with; more threads help small networks little
WARM_UP_RUNS = 5
RUNS_MAX = 50
LATENCY_S = 0.5  # stop timing after so long, but not before 5 runs
RUNS_MIN = 5


class Classifier:
    """A .tflite image classifier, ready to run.

    Args:
        content: the file.
        normalization: (mean, std) of each channel, or None where the file's quantization says how pixels go in.
        threads: photos that run at the same time.
        reference: use LiteRT's reference kernels, which TFLite Micro's equal exactly, instead of the fast ones.
    """

    def __init__(
        self,
        content: bytes,
        normalization: tuple[Sequence[float], Sequence[float]] | None,
        *,
        threads: int = 1,
        reference: bool = False,
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        resolver = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
        self._interpreters = [
            Interpreter(model_content=content, num_threads=1, experimental_op_resolver_type=resolver) for _ in range(threads)
        ]
        for interpreter in self._interpreters:
            interpreter.allocate_tensors()
        self._input = self._interpreters[0].get_input_details()[0]
        self._output = self._interpreters[0].get_output_details()[0]
        scale, zero_point = self._input["quantization"]
        self._values = input_values(
            np.dtype(self._input["dtype"]), scale, zero_point, normalization, channels=int(self._input["shape"][3])
        )

    def raw(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """The stored outputs, (N, classes) in the output's dtype, of pixels uint8 (N, H, W, C)."""
        shares = np.array_split(images, len(self._interpreters))
        if len(self._interpreters) == 1:
            return self._run(0, shares[0])
        with ThreadPoolExecutor(len(self._interpreters)) as pool:
            return np.concatenate(list(pool.map(self._run, range(len(shares)), shares)))

    def _run(self, number: int, images: NDArray[np.uint8]) -> NDArray[Any]:
        interpreter = self._interpreters[number]
        classes = int(self._output["shape"][-1])
        outputs = np.empty((len(images), classes), self._output["dtype"])
        channels = np.arange(images.shape[3])
        for row, image in enumerate(images):
            interpreter.set_tensor(self._input["index"], self._values[image, channels][np.newaxis])
            interpreter.invoke()
            outputs[row] = interpreter.get_tensor(self._output["index"]).reshape(classes)
        return outputs

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (N, classes) of pixels uint8 (N, H, W, C), dequantized where they are quantized."""
        return real_scores(self.raw(images), *self._output["quantization"])

    def latency_ms(self, seconds: float = LATENCY_S) -> float:
        """Milliseconds of one run on one thread: the median after a warm-up, timed for so many seconds."""
        interpreter = self._interpreters[0]
        interpreter.set_tensor(self._input["index"], np.zeros(self._input["shape"], self._input["dtype"]))
        for _ in range(WARM_UP_RUNS):
            interpreter.invoke()
        times: list[float] = []
        while len(times) < RUNS_MIN or (len(times) < RUNS_MAX and sum(times) < seconds):
            start = time.perf_counter()
            interpreter.invoke()
            times.append(time.perf_counter() - start)
        return statistics.median(times) * 1000


def open_classifier(request: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The file's facts first, then scores of photos or the latency for each message."""
    content = tflite_file.load(request["file"])
    known = facts(tflite_file.parse(content, request["file"]))
    if known["not_a_classifier"]:
        raise ModelFileError(f"{request['file']} is no image classifier: {known['not_a_classifier']}.")
    shape = known["inputs"][0]["shape"]
    ready: list[Classifier] = []

    def handle(message: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if not ready:
            ready.append(Classifier(content, message["normalization"], threads=message["threads"]))
        if message["ask"] == "latency":
            return {"latency_ms": ready[0].latency_ms(message.get("seconds") or LATENCY_S)}, b""
        images = np.frombuffer(payload, np.uint8).reshape(-1, *shape[1:])
        return {}, ready[0].scores(images).tobytes()

    return known, handle
