"""The files `int8` and `int8_micro` as TensorFlow's quantizer writes them, before metadata is added.

The quantizer is the last step of an integer conversion and is written in C++. The order and the fields are those found in files of
TensorFlow 2.21: each tensor with its constant in front of it, each operator after the tensor that it computes, then the model.
"""

from __future__ import annotations

from functools import lru_cache

from builder.flash.converter import (
    BUFFER,
    CONVERSION,
    DESCRIPTION,
    GRAPH_NAME,
    MEAN_OPTIONS,
    MIN_RUNTIME,
    SOFTMAX_OPTIONS,
    File,
    kernel,
    outputs,
)
from builder.flash.layout import Fields, Layout, Unknown
from builder.flash.names import BY_TWIN, CLASSIFIER, DEPTHWISE, DIGIT, IMAGE, SCORES, SHAPE, Names, Twin

# Fields as (slot, bytes), in the order of writing: that of the C++ functions, from the last slot to the first in most tables.
QUANTIZATION: Fields = ((3, 4), (2, 4))
QUANTIZATION_ALONG_AXIS: Fields = ((6, 4), *QUANTIZATION)
TENSOR: Fields = ((4, 4), (3, 4), (2, 4), (0, 4), (8, 1), (1, 1))
CODE: Fields = ((2, 4), (0, 1), (3, 4))  # each has a version: that of int8
SUBGRAPH: Fields = tuple((slot, 4) for slot in (4, 3, 2, 1, 0))
MODEL: Fields = tuple((slot, 4) for slot in (7, 6, 4, 3, 2, 1, 0))
METADATA: Fields = ((1, 4), (0, 4))

CONV_OPTIONS: Fields = ((3, 1), (2, 4), (1, 4))
DEPTHWISE_OPTIONS: Fields = ((4, 1), (2, 4), (1, 4), (3, 4))
CLASSIFIER_OPTIONS: Fields = ((0, 1), (2, 4), (1, 4))
SHAPE_BYTES = 8  # two int32
QUANTIZED_IMAGE = len("tfl.quantize")


class Writer:
    """A file under way: its layout, and how many tensors, operators and codes of operators it has."""

    def __init__(self) -> None:
        self.layout = Layout()
        self.codes: list[str] = []
        self.tensors = 0
        self.operators = 0

    def tensor(self, name: int, rank: int, scales: int | Unknown = 1, quantization: Fields = QUANTIZATION) -> None:
        """A tensor with as many scales as zero points."""
        if quantization:
            self.layout.vector(scales, 4)
            self.layout.vector(scales, 8)
        self.layout.table(quantization)
        self.layout.vector(rank, 4)
        self.layout.text(name)
        self.layout.table(TENSOR)
        self.tensors += 1

    def constant(self, count: int | Unknown, size: int) -> None:
        """The bytes of the tensor that follows."""
        self.layout.vector(count, size)
        self.layout.table(BUFFER)

    def operator(self, code: str, inputs: int, options: Fields | None) -> None:
        """An operator with one output; a code at its first use; the first code is the default and takes no bytes."""
        if code not in self.codes:
            self.codes.append(code)
            self.layout.table(CODE)
        self.layout.vector(inputs, 4)
        self.layout.vector(1, 4)
        fields: Fields = ((2, 4), (1, 4), (0, 4)) if self.codes.index(code) else ((2, 4), (1, 4))
        if options is not None:
            self.layout.table(options)
            fields = ((4, 4), *fields, (3, 1))
        self.layout.table(fields)
        self.operators += 1


@lru_cache(maxsize=16)
def file(variant: str, pooled: bool, two_classes: bool, twin: Twin) -> File:
    """What the quantizer writes for "int8" or "int8_micro"; the other arguments are those of `converter.file`."""
    names = BY_TWIN[twin]
    writer = Writer()
    layout = writer.layout
    layout.table(())  # the first buffer is empty, and serves every tensor that is computed
    writer.tensor(IMAGE, 4)
    for name in [names.axes, SHAPE] if pooled and not two_classes else [SHAPE]:
        writer.constant(SHAPE_BYTES, 1)
        writer.tensor(name, 1, quantization=())
    for number in range(CLASSIFIER, -1, -1):
        each = names.convolutions[number]
        writer.constant(outputs(number), 4)
        writer.tensor(each.bias, 1, outputs(number))
        writer.constant(kernel(number), 1)
        writer.tensor(each.kernel, 4, outputs(number), QUANTIZATION_ALONG_AXIS if number in DEPTHWISE else QUANTIZATION)
    computed(writer, names, pooled, converts_pixels=variant == "int8")

    for length in (writer.tensors, 1, 1, writer.operators):
        layout.vector(length, 4)
    layout.text(GRAPH_NAME)
    layout.table(SUBGRAPH)
    layout.text(DESCRIPTION)
    entries = (CONVERSION, MIN_RUNTIME)
    for name, length in entries:
        writer.constant(length, 1)
        layout.text(name)
        layout.table(METADATA)
    buffers = 1 + writer.tensors + len(entries)
    for length in (len(entries), 0, len(writer.codes), 1, buffers):  # metadata, signatures (none), codes, subgraphs, buffers
        layout.vector(length, 4)
    layout.table(MODEL)
    return File(layout.finish(), buffers, len(entries))


def computed(writer: Writer, names: Names, pooled: bool, *, converts_pixels: bool) -> None:
    """Each tensor that is computed, and the operator that computes it; uint8 becomes int8 first and last."""
    if converts_pixels:
        writer.tensor(QUANTIZED_IMAGE, 4)
        writer.operator("QUANTIZE", 1, None)
    for number, each in enumerate(names.convolutions):
        if number == CLASSIFIER and pooled:
            writer.tensor(names.mean, 4)
            writer.operator("MEAN", 2, MEAN_OPTIONS)
        writer.tensor(each.bias + DIGIT, 4)
        if number in DEPTHWISE:
            writer.operator("DEPTHWISE_CONV_2D", 3, DEPTHWISE_OPTIONS)
        else:
            writer.operator("CONV_2D", 3, CLASSIFIER_OPTIONS if number == CLASSIFIER else CONV_OPTIONS)
    writer.tensor(names.flatten, 2)
    writer.operator("RESHAPE", 2, None)
    writer.tensor(SCORES + DIGIT if converts_pixels else SCORES, 2)
    writer.operator("SOFTMAX", 1, SOFTMAX_OPTIONS)
    if converts_pixels:
        writer.tensor(SCORES, 2)
        writer.operator("QUANTIZE", 1, None)
