"""Runs a file and its slim form side by side, in a child process: equal to the bit, and what TFLite Micro's arena takes."""

from __future__ import annotations

from typing import Any

from builder import tflite_file
from builder.errors import ModelFileError

RUNS = 3
TASK = "builder.slim.comparing:open_comparison"
INTERPRETERS = {"mobile": ("litert", "litert-reference"), "micro": ("tflite-micro",)}
NAMES = {
    "litert": "LiteRT with XNNPACK",
    "litert-reference": "LiteRT's reference kernels",
    "tflite-micro": "TFLite Micro",
}


def open_comparison(request: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Whether the outputs of two files are equal for the same random inputs.

    Args:
        request: `file` and `other`, two paths, and `interpreter`, one of `NAMES`.

    Returns:
        `differing`: names of outputs that are not equal, and for TFLite Micro `arena_bytes`, of each.
    """
    import numpy as np

    contents = [tflite_file.load(request[name]) for name in ("file", "other")]
    model = tflite_file.parse(contents[0], request["file"])
    runners = [runner(request["interpreter"], content, model) for content in contents]
    draw = np.random.default_rng(0)
    differing: set[int] = set()
    for _ in range(RUNS):
        inputs = [random_values(draw, tensor) for tensor in model.inputs]
        outputs = [run(inputs) for run, _ in runners]
        differing |= {place for place, (one, other) in enumerate(zip(*outputs, strict=True)) if not np.array_equal(one, other)}
    return {"differing": sorted(differing), "arena_bytes": [arena for _, arena in runners]}, None


def random_values(draw: Any, tensor: tflite_file.Tensor) -> Any:
    """Values of a tensor's shape and kind; floats are between -1 and 1."""
    import numpy as np

    dtype = np.dtype(tensor.dtype)
    if dtype.kind == "f":
        return draw.uniform(-1, 1, tensor.shape).astype(dtype)
    if dtype.kind not in "iu":
        raise ModelFileError(f"its input is {tensor.dtype}")
    limits = np.iinfo(dtype)
    return draw.integers(limits.min, limits.max, tensor.shape, dtype=dtype, endpoint=True)


def runner(interpreter: str, content: bytes, model: tflite_file.Model) -> tuple[Any, int | None]:
    """A function from inputs to outputs, and the arena where there is one."""
    if interpreter == "tflite-micro":
        return micro_runner(content, model)
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.BUILTIN_REF if interpreter == "litert-reference" else OpResolverType.AUTO
    loaded = Interpreter(model_content=content, num_threads=1, experimental_op_resolver_type=resolver)
    loaded.allocate_tensors()
    inputs, outputs = loaded.get_input_details(), loaded.get_output_details()

    def run(values: list[Any]) -> list[Any]:
        for place, value in zip(inputs, values, strict=True):
            loaded.set_tensor(place["index"], value)
        loaded.invoke()
        return [loaded.get_tensor(place["index"]) for place in outputs]

    return run, None


def micro_runner(content: bytes, model: tflite_file.Model) -> tuple[Any, int | None]:
    """The same for TFLite Micro."""
    from tflite_micro import runtime

    from builder.verify.micro import TOTAL, arena_size, captured_stderr, unsupported

    if reason := unsupported(model):
        raise ModelFileError(reason)
    loaded = runtime.Interpreter.from_bytes(content, arena_size=arena_size(model))
    found = TOTAL.search(captured_stderr(loaded.print_allocations))

    def run(values: list[Any]) -> list[Any]:
        for place, value in enumerate(values):
            loaded.set_input(value, place)
        loaded.invoke()
        return [loaded.get_output(place) for place in range(len(model.outputs))]

    return run, None if found is None else int(found.group(1))
