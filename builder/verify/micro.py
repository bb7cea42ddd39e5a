"""TFLite Micro's interpreter on this host: the exact arena, and outputs to compare with LiteRT's reference kernels.

Its package has no call that returns the arena: the recording allocator prints it to stderr, where it is caught. The figure is
that of a 64-bit host with reference kernels; a microcontroller's optimised kernels ask for scratch memory on top.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from builder import tflite_file
from builder.errors import ModelFileError
from builder.tflite_file import Model
from builder.verify.isolation import MICRO, Child, ChildFailed

if TYPE_CHECKING:
    from builder.verify.scoring import Images, Normalization

NOT_INSTALLED = "tflite-micro is not installed (it is in the extra `verify`)"
TOTAL = re.compile(r"Arena allocation total (\d+) bytes")
ARENA_BYTES_MAX = 1024**3
KERNELS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
DTYPES = ("float32", "int8", "int16")  # what these take in TFLite Micro
STDERR = 2

# Reference kernels do some 1e9 mult-adds a second: a second or two for the comparison, but two photos at least.
COMPARED_MULTIPLY_ADDS = 500_000_000
PHOTOS_MIN, PHOTOS_MAX = 2, 16
COMPARISON_S = 600.0


@dataclass(frozen=True, slots=True)
class Arena:
    """Bytes, or the reason why there is no figure."""

    bytes: int | None
    reason: str | None = None


def is_installed() -> bool:
    """Whether TFLite Micro can be tried at all."""
    return importlib.util.find_spec("tflite_micro") is not None


def measure_arena(path: str | Path) -> Arena:
    """The arena that TFLite Micro takes for a file; a reason where it cannot run it. Never raises for a readable file."""
    if not is_installed():
        return Arena(None, NOT_INSTALLED)
    try:
        with Child(MICRO, {"file": str(path)}) as child:
            return Arena(child.facts["arena_bytes"])
    except (ChildFailed, ModelFileError) as reason:
        return Arena(None, f"TFLite Micro cannot run it: {reason}")


def check_micro(
    path: str | Path, images: Images, normalization: Normalization
) -> tuple[Arena, Literal["passed", "failed", "skipped"], str]:
    """The arena, and whether TFLite Micro gives exactly what LiteRT's reference kernels give on some photos.

    Args:
        path: a .tflite that microcontrollers should run.
        images: photos, uint8 (N, H, W, C); the first few are run.
        normalization: (mean, std) of the metadata.

    Returns:
        The arena, the state of the check, and what was found or why not.
    """
    if not is_installed():
        return Arena(None, NOT_INSTALLED), "skipped", NOT_INSTALLED
    try:
        with Child(MICRO, {"file": str(path)}) as child:
            arena = Arena(child.facts["arena_bytes"])
            photos = max(PHOTOS_MIN, min(PHOTOS_MAX, COMPARED_MULTIPLY_ADDS // max(1, child.facts["multiply_adds"])))
            import numpy as np

            some = np.ascontiguousarray(images[0:photos])
            try:
                found, _ = child.ask({"normalization": normalization}, some.data.cast("B"), limit_s=COMPARISON_S)
            except ChildFailed as reason:
                return arena, "failed", f"TFLite Micro cannot run it: {reason}"
    except (ChildFailed, ModelFileError) as reason:
        why = f"TFLite Micro cannot run it: {reason}"
        return Arena(None, why), "failed", why
    if found["differing"]:
        share = f"{found['differing']} of {found['photos']} photos"
        return arena, "failed", f"{share} differ from LiteRT's reference kernels, by {found['largest_steps']:g} steps at most"
    return arena, "passed", f"equals LiteRT's reference kernels exactly on {found['photos']} photos"


def open_micro(request: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The arena first; then, for pixels, whether outputs equal LiteRT's reference kernels' exactly."""
    content = tflite_file.load(request["file"])
    model = tflite_file.parse(content, request["file"])
    if reason := unsupported(model):
        raise ModelFileError(reason)
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(content, arena_size=arena_size(model))
    found = TOTAL.search(captured_stderr(interpreter.print_allocations))
    if found is None:
        raise ModelFileError("it printed no arena size; this version of tflite-micro is not known")

    def handle(message: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return compare(content, interpreter, message, payload), b""

    return {"arena_bytes": int(found.group(1)), "multiply_adds": tflite_file.multiply_adds(model)}, handle


def unsupported(model: Model) -> str:
    """Why TFLite Micro has no kernels for a model, where that is known beforehand: its own messages tell only its authors."""
    graph = model.main
    if any(tensor.dtype == "float16" for tensor in graph.tensors):
        return "it keeps weights as float16, which has no kernels there"
    for operator in graph.operators:
        source, kernel = (graph.tensor(operator, place) for place in (0, 1)) if operator.name in KERNELS else (None, None)
        if source is None or kernel is None:
            continue
        if source.dtype not in DTYPES:
            return f"{operator.name} takes {', '.join(DTYPES)} there, and {source.dtype} here"
        if source.dtype == "float32" and kernel.dtype != "float32":
            return f"it mixes float32 values with {kernel.dtype} weights, which has no kernels there"
    return ""


def arena_size(model: Model) -> int:
    """Enough for any plan: every computed tensor at once at 8 bytes a value, and records that grow with the file.

    A multiple of 1024, as the allocator counts from both ends and an odd end would count as used.
    """
    computed = [tensor.shape for tensor in model.main.tensors if tensor.data is None and min(tensor.shape, default=1) > 0]
    size = sum(8 * math.prod(shape) for shape in computed) + 10 * len(model.content) + 1024**2
    return min(ARENA_BYTES_MAX, -(-size // 1024) * 1024)


def compare(content: bytes, interpreter: Any, message: dict[str, Any], payload: bytes) -> dict[str, Any]:
    """Runs the same photos through TFLite Micro and LiteRT's reference kernels."""
    import numpy as np

    from builder.verify.litert import Classifier
    from builder.verify.pixels import input_values

    details = interpreter.get_input_details(0)
    images = np.frombuffer(payload, np.uint8).reshape(-1, *details["shape"][1:])
    quantization = details["quantization_parameters"]
    values = input_values(
        np.dtype(details["dtype"]),
        float(quantization["scales"][0]) if len(quantization["scales"]) else 0.0,
        int(quantization["zero_points"][0]) if len(quantization["zero_points"]) else 0,
        message["normalization"],
        channels=images.shape[3],
    )
    reference = Classifier(content, message["normalization"], reference=True).raw(images)
    differing, largest = 0, 0.0
    for image, expected in zip(images, reference, strict=True):
        interpreter.set_input(values[image, np.arange(images.shape[3])][np.newaxis], 0)
        interpreter.invoke()
        steps = np.abs(interpreter.get_output(0).reshape(-1).astype(np.float64) - expected.astype(np.float64)).max()
        differing += int(steps > 0)
        largest = max(largest, float(steps))
    return {"photos": len(images), "differing": differing, "largest_steps": largest}


def captured_stderr(action: Callable[[], object]) -> str:
    """What a call prints to stderr, from C++ too."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(STDERR)
        os.dup2(file.fileno(), STDERR)
        try:
            action()
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
        file.seek(0)
        return file.read().decode("utf-8", "replace")
