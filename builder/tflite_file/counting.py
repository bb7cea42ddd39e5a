"""What a file computes and holds, counted from its graph: mult-adds, parameters, operators.

A mult-add is one multiplication and one addition, as in `builder.cost`. Only convolutions and fully connected layers are
counted, as is the custom (arXiv:1704.04861): biases, pooling, additions and softmax are not.
"""

from __future__ import annotations

import math
from collections import Counter

from builder.tflite_file.graph import Model, Operator, Subgraph

# Where the kernel and the bias are among an operator's inputs.
KERNEL_PLACES = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1}


def operators(model: Model) -> dict[str, int]:
    """How many of each operator, all graphs together, the most frequent first."""
    counts = Counter(operator.name for graph in model.subgraphs for operator in graph.operators)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def multiply_adds(model: Model) -> int:
    """Mult-adds of one run at the shapes that the file states."""
    return sum(operator_multiply_adds(graph, operator) for graph in model.subgraphs for operator in graph.operators)


def operator_multiply_adds(graph: Subgraph, operator: Operator) -> int:
    """Each output value of a convolution costs one kernel; a transposed one spends a kernel on each input value."""
    kernel = graph.tensor(operator, KERNEL_PLACES[operator.name]) if operator.name in KERNEL_PLACES else None
    if kernel is None or len(kernel.shape) < 2 or not operator.outputs or operator.outputs[0] < 0:
        return 0
    outputs = graph.tensors[operator.outputs[0]].values
    if operator.name == "CONV_2D":  # kernel: output channels, height, width, input channels of a group
        return outputs * math.prod(kernel.shape[1:])
    if operator.name == "DEPTHWISE_CONV_2D":  # kernel: 1, height, width, output channels
        return outputs * math.prod(kernel.shape[1:-1])
    if operator.name == "FULLY_CONNECTED":  # kernel: outputs, inputs
        return outputs * kernel.shape[-1]
    source = graph.tensor(operator, 2)  # TRANSPOSE_CONV's inputs: output shape, kernel, source, bias
    return 0 if source is None else source.values * math.prod(kernel.shape[:-1])


def parameters(model: Model) -> int:
    """Learned values: kernels and biases of every layer, and real-valued constants of other operators (such as a MUL's factors).

    Each layer counts its own, also where the converter let two of them share equal bytes. Shapes, axes and paddings are none.
    """
    return sum(operator_parameters(graph, operator) for graph in model.subgraphs for operator in graph.operators)


def operator_parameters(graph: Subgraph, operator: Operator) -> int:
    """The learned values that an operator reads. A kernel that is unpacked at run time (from float16) counts at its layer."""
    if operator.name in ("DEQUANTIZE", "DENSIFY", "QUANTIZE"):
        return 0
    total = 0
    for place, index in enumerate(operator.inputs):
        if index < 0:
            continue
        tensor = graph.tensors[index]
        if operator.name in KERNEL_PLACES:
            kernel = KERNEL_PLACES[operator.name]
            bias = 3 if operator.name == "TRANSPOSE_CONV" else 2
            learned = place in (kernel, bias)
        else:
            learned = tensor.data is not None and (tensor.dtype.startswith("float") or tensor.quantization is not None)
        total += tensor.values if learned else 0
    return total
