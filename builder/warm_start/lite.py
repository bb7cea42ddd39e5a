"""Weights out of a float MobileNet v1 .tflite, where batch normalization is folded into kernels and biases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from builder import tflite_file
from builder.errors import ModelFileError
from builder.tflite_file import graph, metadata
from builder.warm_start import trained as tr

FLOATS = ("float32", "float16")


def read(path: Path) -> tr.Trained:
    """Reads a float .tflite file.

    Raises:
        ModelFileError: damaged, quantized, or no MobileNet v1.
    """
    model = tflite_file.read(path)
    convolutions: list[tuple[graph.Operator, NDArray[np.float32], NDArray[np.float32]]] = []
    depthwise: list[tuple[graph.Operator, NDArray[np.float32], NDArray[np.float32]]] = []
    head: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    for operator in model.main.operators:
        if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            continue
        kernel, bias = (constant(model.main, operator, index, path.name) for index in (1, 2))
        if operator.name == "FULLY_CONNECTED":  # outputs x inputs
            head = kernel.T, bias
        elif operator.name == "DEPTHWISE_CONV_2D":  # 1 x height x width x channels
            depthwise.append((operator, kernel.transpose(1, 2, 3, 0), bias))
        else:  # outputs x height x width x inputs
            convolutions.append((operator, kernel.transpose(1, 2, 3, 0), bias))
    if head is None and len(convolutions) == tr.CONVOLUTIONS + 1:
        _, kernel, bias = convolutions.pop()
        head = kernel.reshape(-1, kernel.shape[-1]), bias
    tr.check_counts(len(convolutions), len(depthwise), path.name)
    arrays: tr.Arrays = {}
    for names, found in zip(tr.names(), (convolutions, depthwise), strict=True):
        for name, (_, kernel, bias) in zip(names, found, strict=True):
            arrays |= {f"{name}/kernel": kernel, f"{name}/bias": bias}
    if head is not None:
        arrays |= {f"{tr.HEAD}/kernel": head[0], f"{tr.HEAD}/bias": head[1]}
    described = metadata.describe(model)
    return tr.Trained(arrays, labels=(described and described.labels) or (), notes=activation_notes(convolutions + depthwise))


def constant(subgraph: graph.Subgraph, operator: graph.Operator, place: int, name: str) -> NDArray[np.float32]:
    """A kernel or bias as float32; float16 ones are unpacked by a DEQUANTIZE operator, which is seen through."""
    index = operator.inputs[place] if place < len(operator.inputs) else -1
    unpacked = {item.outputs[0]: item.inputs[0] for item in subgraph.operators if item.name == "DEQUANTIZE"}
    tensor = subgraph.tensors[unpacked.get(index, index)] if index >= 0 else None
    if tensor is None:
        raise ModelFileError(f"{name} is no MobileNet v1: a convolution has no bias.")
    if tensor.dtype not in FLOATS:
        raise ModelFileError(
            f"{name} is quantized ({tensor.dtype}): training needs a float .tflite. Give the float file of the same model."
        )
    return np.array(tensor.array(), np.float32)


def activation_notes(found: list[tuple[graph.Operator, NDArray[np.float32], NDArray[np.float32]]]) -> tuple[str, ...]:
    """Says so when the file's network does not end its layers as this one does."""
    others = sorted({operator.options.activation for operator, _, _ in found} - {"RELU6"})
    if not others:
        return ()
    return (f"The file's layers end with {', '.join(others)}; here they end with RELU6, so larger values are clipped at 6.",)
