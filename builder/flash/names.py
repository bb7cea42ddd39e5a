"""Lengths of the names that the converter gives to tensors: some 14 KB of every file, whatever its alpha.

A tensor is called after all the operations that were folded into it, joined by ";". Those are named by Keras 3: the model's
name and each layer's, both numbered, because a layer opens its scope twice. A tensor whose name is taken gets a digit.
"""

from __future__ import annotations

from dataclasses import dataclass

from builder.architecture import BLOCKS

MODEL = "mobilenet_1"

IMAGE = len("image")
SHAPE = len("arith.constant")  # what the reshape at the end makes of the scores
AXES = len(f"{MODEL}/global_average_pooling_1/Mean/reduction_indices")
MEAN = len(f"{MODEL}/global_average_pooling_1/Mean")
FLATTEN = len(f"{MODEL}/flatten_1/Reshape")
SCORES = len("Identity")
DIGIT = 1


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution's kind, and the lengths of the names of its kernel and bias. Its output is named as its bias is."""

    kind: str
    kernel: int
    bias: int


def convolution(layer: str) -> Convolution:
    """A convolution with batch normalization and ReLU6 folded in."""
    scope = f"{MODEL}/{layer}"
    kernel = f"{scope}_1/convolution"
    bias = f"{scope}_relu_1/Relu6;{scope}_bn_1/batchnorm/add_1;{kernel};{scope}_bn_1/batchnorm/sub"
    return Convolution("conv", len(kernel), len(bias))


def depthwise(layer: str) -> Convolution:
    """The same of a depthwise one, whose normalization is folded into the kernel under another name."""
    scope = f"{MODEL}/{layer}"
    kernel = f"{scope}_bn_1/batchnorm/mul_1;{scope}_1/depthwise;{scope}_bn_1/batchnorm/mul"
    bias = f"{scope}_relu_1/Relu6;{scope}_bn_1/batchnorm/add_1;{kernel};{scope}_bn_1/batchnorm/sub"
    return Convolution("depthwise", len(kernel), len(bias))


def classifier(layer: str) -> Convolution:
    """The last convolution: no normalization, no ReLU6."""
    scope = f"{MODEL}/{layer}_1"
    return Convolution("classifier", len(f"{scope}/convolution"), len(f"{scope}/BiasAdd;{scope}/convolution;{scope}/Squeeze"))


def in_order() -> tuple[Convolution, ...]:
    """All 28 convolutions, input to output."""
    blocks = [
        pair for block in range(1, len(BLOCKS) + 1) for pair in (depthwise(f"conv_dw_{block}"), convolution(f"conv_pw_{block}"))
    ]
    return (convolution("conv1"), *blocks, classifier("conv_preds"))


CONVOLUTIONS = in_order()
CLASSIFIER = len(CONVOLUTIONS) - 1
DEPTHWISE = tuple(number for number, each in enumerate(CONVOLUTIONS) if each.kind == "depthwise")
POINTWISE = tuple(number for number in range(1, CLASSIFIER) if number not in DEPTHWISE)
