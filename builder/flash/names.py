"""Lengths of the names that the converter gives to tensors: some 14 KB of every file, whatever its alpha.

A tensor is called after all the operations that were folded into it, joined by ";". Those are named by the library that traced
the network: Keras 3 numbers the model and its layers and normalizes by simple arithmetic; its twin tf_keras does
neither. A tensor whose name is taken gets a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.architecture import BLOCKS

Twin = Literal["keras", "tf_keras"]

IMAGE = len("image")
SHAPE = len("arith.constant")  # what the reshape at the end makes of the scores
SCORES = len("Identity")
DIGIT = 1

CLASSIFIER = 1 + 2 * len(BLOCKS)  # place of the last convolution; the others are conv1, and depthwise and pointwise in turn
DEPTHWISE = tuple(range(1, CLASSIFIER, 2))
POINTWISE = tuple(range(2, CLASSIFIER, 2))


@dataclass(frozen=True, slots=True)
class Convolution:
    """Lengths of the names of a convolution's kernel and bias. Its output is named as its bias is, with a digit."""

    kernel: int
    bias: int


@dataclass(frozen=True, slots=True)
class Names:
    """Lengths of all names that depend on the library."""

    convolutions: tuple[Convolution, ...]
    mean: int
    axes: int
    flatten: int


def convolution(layer: str, operation: str, twin: Twin) -> Convolution:
    """A convolution with batch normalization and ReLU6 folded in; that of a depthwise one goes by the kernel's name too."""
    if twin == "tf_keras":
        normal, kernel = f"mobilenet/{layer}_bn/FusedBatchNormV3", f"mobilenet/{layer}/{operation}"
        bias = f"mobilenet/{layer}_relu/Relu6;{normal};{kernel}"
        return Convolution(len(f"{normal};{kernel}" if operation == "depthwise" else kernel), len(bias))
    normal, kernel = f"mobilenet_1/{layer}_bn_1/batchnorm", f"mobilenet_1/{layer}_1/{operation}"
    if operation == "depthwise":
        kernel = f"{normal}/mul_1;{kernel};{normal}/mul"
    return Convolution(len(kernel), len(f"mobilenet_1/{layer}_relu_1/Relu6;{normal}/add_1;{kernel};{normal}/sub"))


def classifier(layer: str, twin: Twin) -> Convolution:
    """The last convolution: no normalization, no ReLU6."""
    if twin == "tf_keras":
        scope = f"mobilenet/{layer}"
        bias = f"{scope}/BiasAdd;{scope}/Conv2D;{scope}/BiasAdd/ReadVariableOp/resource"
        return Convolution(len(f"{scope}/Conv2D"), len(bias))
    scope = f"mobilenet_1/{layer}_1"
    return Convolution(len(f"{scope}/convolution"), len(f"{scope}/BiasAdd;{scope}/convolution;{scope}/Squeeze"))


def names(twin: Twin) -> Names:
    """All names, as one of the twins gives them."""
    dense = "Conv2D" if twin == "tf_keras" else "convolution"
    convolutions = [convolution("conv1", dense, twin)]
    for block in range(1, len(BLOCKS) + 1):
        convolutions += (convolution(f"conv_dw_{block}", "depthwise", twin), convolution(f"conv_pw_{block}", dense, twin))
    convolutions.append(classifier("conv_preds", twin))
    model, layer = ("mobilenet", "") if twin == "tf_keras" else ("mobilenet_1", "_1")
    mean = f"{model}/global_average_pooling{layer}/Mean"
    return Names(tuple(convolutions), len(mean), len(f"{mean}/reduction_indices"), len(f"{model}/flatten{layer}/Reshape"))


BY_TWIN: dict[Twin, Names] = {"keras": names("keras"), "tf_keras": names("tf_keras")}
