"""A .tflite file without an interpreter: its graph, its constants, what it counts, what it says about itself.

    model = read("model.tflite")
    model.inputs[0].shape, multiply_adds(model), describe(model).labels

Standard library only; NumPy where a tensor's values are asked for. Safe on damaged and hostile files.
"""

from builder.tflite_file.counting import multiply_adds, operators, parameters
from builder.tflite_file.graph import Model, Operator, Quantization, Subgraph, Tensor
from builder.tflite_file.metadata import Description, Normalization, describe
from builder.tflite_file.operators import Options
from builder.tflite_file.parsing import load, parse, read

__all__ = [
    "Description",
    "Model",
    "Normalization",
    "Operator",
    "Options",
    "Quantization",
    "Subgraph",
    "Tensor",
    "describe",
    "load",
    "multiply_adds",
    "operators",
    "parameters",
    "parse",
    "read",
]
