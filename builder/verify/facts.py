"""What a child finds out about a file before anything runs: plain JSON values, read with `builder.tflite_file`."""

from __future__ import annotations

import hashlib
from typing import Any

from builder import tflite_file
from builder.tflite_file import Model, Tensor
from builder.verify.integer import violations

SIDE_MAX = 4096  # pixels; a damaged shape must not ask for gigabytes of photo
PIXEL_DTYPES = ("float32", "uint8", "int8")


def open_description(request: dict[str, Any]) -> tuple[dict[str, Any], None]:
    """Everything that the bytes say. Runs nothing."""
    content = tflite_file.load(request["file"])
    return facts(tflite_file.parse(content, request["file"])), None


def facts(model: Model) -> dict[str, Any]:
    """Counts, inputs, outputs, metadata; and why the file is no image classifier, empty if it is one."""
    description = tflite_file.describe(model)
    return {
        "flash_bytes": len(model.content),
        "sha256": hashlib.sha256(model.content).hexdigest(),
        "multiply_adds": tflite_file.multiply_adds(model),
        "parameters": tflite_file.parameters(model),
        "operators": tflite_file.operators(model),
        "largest_values": max((tensor.values for tensor in model.main.tensors if tensor.data is None), default=0),
        "inputs": [tensor_facts(tensor) for tensor in model.inputs],
        "outputs": [tensor_facts(tensor) for tensor in model.outputs],
        "labels": None if description is None or description.labels is None else list(description.labels),
        "metadata": None if description is None else description.to_json(),
        "not_a_classifier": why_not_a_classifier(model),
        "not_integer": violations(model),
    }


def tensor_facts(tensor: Tensor) -> dict[str, Any]:
    """Shape, dtype and quantization; one scale and zero point where there is one."""
    scales = tensor.quantization.scales if tensor.quantization else ()
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": scales[0] if len(scales) == 1 else None,
        "zero_point": tensor.quantization.zero_points[0] if tensor.quantization and len(scales) == 1 else None,
    }


def why_not_a_classifier(model: Model) -> str:
    """An image classifier takes (1, H, W, 1 or 3) pixels and gives (1, classes) scores, float32 or 8 bits."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return f"it has {len(model.inputs)} inputs and {len(model.outputs)} outputs instead of one each"
    image, scores = model.inputs[0], model.outputs[0]
    if (
        len(image.shape) != 4
        or image.shape[0] != 1
        or image.shape[3] not in (1, 3)
        or not all(1 <= n <= SIDE_MAX for n in image.shape)
    ):
        return f"its input has the shape {list(image.shape)} instead of [1, height, width, 1 or 3]"
    if image.dtype not in PIXEL_DTYPES or scores.dtype not in PIXEL_DTYPES:
        return f"its input is {image.dtype} and its output {scores.dtype}; both must be float32, uint8 or int8"
    classes = scores.shape[-1] if scores.shape else 0
    if scores.values != classes or len(scores.shape) not in (2, 4) or classes < 2:
        return f"its output has the shape {list(scores.shape)} instead of [1, classes]"
    for tensor in (image, scores):
        if tensor.dtype != "float32" and (tensor.quantization is None or len(tensor.quantization.scales) != 1):
            return f"its tensor {tensor.name!r} is {tensor.dtype}, without one scale and zero point"
    return ""
