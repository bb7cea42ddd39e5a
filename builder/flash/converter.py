"""The files `float32`, `float16` and `dynamic` as TensorFlow's converter writes them, before metadata is added.

The order and the fields are those found in files of TensorFlow 2.21: operator codes, then the subgraph (tensors, operators), then
all constants, then metadata, each table's fields from the first slot to the last, as the schema's Python classes write them.
Constants are aligned to 4 bytes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from builder.flash.layout import Fields, Layout, Size, Unknown
from builder.flash.names import BY_TWIN, CLASSIFIER, DEPTHWISE, DIGIT, IMAGE, POINTWISE, SCORES, SHAPE, Names, Twin

# Fields as (slot, bytes), in the order of writing; slots are those of TensorFlow's schema.fbs.
BUFFER: Fields = ((0, 4),)
QUANTIZATION: Fields = ((2, 4), (3, 4))  # scale, zero_point
QUANTIZATION_ALONG_AXIS: Fields = (*QUANTIZATION, (6, 4))  # a depthwise kernel's last axis; the first one is the default
TENSOR_FLOAT: Fields = ((0, 4), (2, 4), (3, 4), (4, 4), (8, 1))  # shape, buffer, name, quantization, has_rank
TENSOR: Fields = ((0, 4), (1, 1), *TENSOR_FLOAT[1:])  # with its type, where that is not float32
CODE: Fields = ((0, 1), (3, 4))
CODE_WITH_VERSION: Fields = ((0, 1), (2, 4), (3, 4))
SUBGRAPH: Fields = tuple((slot, 4) for slot in range(5))
MODEL: Fields = tuple((slot, 4) for slot in (0, 1, 2, 3, 4, 6, 7))
METADATA: Fields = ((0, 4), (1, 4))

CONV_OPTIONS: Fields = ((1, 4), (2, 4), (3, 1))  # strides, activation
DEPTHWISE_OPTIONS: Fields = ((1, 4), (2, 4), (3, 4), (4, 1))  # strides, multiplier, activation
CLASSIFIER_OPTIONS: Fields = ((0, 1), (1, 4), (2, 4))  # padding "valid", strides
MEAN_OPTIONS: Fields = ((0, 1),)
SOFTMAX_OPTIONS: Fields = ((0, 4),)

GRAPH_NAME = len("main")
DESCRIPTION = len("MLIR Converted.")
# Name and content, in bytes, of the converter's own metadata.
MIN_RUNTIME = (len("min_runtime_version"), 16)
REDUCED_PRECISION = (len("reduced_precision_support"), 11)
CONVERSION = (len("CONVERSION_METADATA"), 96)


@dataclass(frozen=True, slots=True)
class File:
    """A file's size, and how many buffers and entries of metadata it lists.

    The lengths that are told later are the 28 kernels' values, then the 28 convolutions' outputs.
    """

    size: Size
    buffers: int
    entries: int


def kernel(number: int) -> Unknown:
    """Values in a convolution's kernel."""
    return Unknown(number)


def outputs(number: int) -> Unknown:
    """A convolution's output channels."""
    return Unknown(CLASSIFIER + 1 + number)


class Writer:
    """A file under way: its layout, and its constants by tensor (length and bytes a value; None for what is computed)."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.layout = Layout()
        self.buffers: list[tuple[int | Unknown, int] | None] = []

    def tensor(self, name: int, rank: int, data: tuple[int | Unknown, int] | None = None, fields: Fields = TENSOR_FLOAT) -> None:
        """A tensor that is not quantized."""
        self.layout.vector(rank, 4)
        self.layout.text(name)
        self.layout.table(())
        self.layout.table(fields)
        self.buffers.append(data)

    def weight(self, number: int, value_bytes: int) -> None:
        """A kernel that is not quantized."""
        fields = TENSOR_FLOAT if value_bytes == 4 else TENSOR
        self.tensor(self.names.convolutions[number].kernel, 4, (kernel(number), value_bytes), fields)

    def bias(self, number: int, value_bytes: int) -> None:
        """A bias."""
        fields = TENSOR_FLOAT if value_bytes == 4 else TENSOR
        self.tensor(self.names.convolutions[number].bias, 1, (outputs(number), value_bytes), fields)

    def quantized(self, number: int) -> None:
        """A kernel in int8 with a scale and a zero point for each output channel."""
        self.layout.vector(4, 4)
        self.layout.text(self.names.convolutions[number].kernel)
        self.layout.vector(outputs(number), 4)
        self.layout.vector(outputs(number), 8)
        self.layout.table(QUANTIZATION_ALONG_AXIS if number in DEPTHWISE else QUANTIZATION)
        self.layout.table(TENSOR)
        self.buffers.append((kernel(number), 1))

    def operator(self, code: int, inputs: int, options: Fields | None) -> None:
        """An operator with one output; code 0 is the default and takes no bytes."""
        self.layout.vector(inputs, 4)
        self.layout.vector(1, 4)
        fields: Fields = ((1, 4), (2, 4))
        if options is not None:
            self.layout.table(options)
            fields = (*fields, (3, 1), (4, 4))
        self.layout.table(((0, 4), *fields) if code else fields)


@lru_cache(maxsize=256)
def file(variant: str, pooled: bool, two_classes: bool, quantized: frozenset[int], twin: Twin) -> File:
    """What the converter writes.

    Args:
        variant: "float32", "float16" or "dynamic".
        pooled: whether the last map is larger than one pixel; the pooling is dropped otherwise.
        two_classes: then the shape (1, 2) of the scores and the pooling's axes (1, 2) are one constant.
        quantized: the convolutions whose kernels `dynamic` quantizes.
        twin: which library traced the network.
    """
    names = BY_TWIN[twin]
    writer = Writer(names)
    layout = writer.layout
    half = variant == "float16"
    convolutions = (bool(quantized - set(DEPTHWISE)), bool(quantized & set(DEPTHWISE)))  # quantized ones need a later version
    codes = [*([True] if half else []), *convolutions, *([False] if pooled else []), False, False]
    for has_version in codes:
        layout.table(CODE_WITH_VERSION if has_version else CODE)
    layout.vector(len(codes), 4)

    constants(writer, variant, pooled and not two_classes, quantized)
    for number, each in enumerate(names.convolutions):
        if number == CLASSIFIER and pooled:
            writer.tensor(names.mean, 4)
        writer.tensor(each.bias + DIGIT, 4)
    writer.tensor(names.flatten, 2)
    writer.tensor(SCORES, 2)
    tensors = len(writer.buffers)
    for length in (tensors, 1, 1):
        layout.vector(length, 4)
    layout.vector(operators(writer, half, pooled), 4)
    layout.text(GRAPH_NAME)
    layout.table(SUBGRAPH)
    layout.vector(1, 4)
    layout.text(DESCRIPTION)

    entries = [MIN_RUNTIME, REDUCED_PRECISION, CONVERSION] if half else [MIN_RUNTIME, CONVERSION]
    finish(writer, entries)
    return File(layout.finish(), 1 + tensors + len(entries), len(entries))


def constants(writer: Writer, variant: str, has_axes: bool, quantized: frozenset[int]) -> None:
    """The image and the constants, in the order in which the converter's passes leave them."""
    writer.tensor(IMAGE, 4)
    weights = [*reversed(DEPTHWISE), CLASSIFIER, *reversed(POINTWISE), 0]
    biases = [*range(CLASSIFIER - 1, 0, -1), CLASSIFIER]
    if variant == "float32":
        for number in biases:
            writer.bias(number, 4)
        for number in weights[:-1]:
            writer.weight(number, 4)
        shapes(writer, has_axes, axes_first=True)
        writer.weight(0, 4)
        writer.bias(0, 4)
        return
    value_bytes = 2 if variant == "float16" else 4
    writer.bias(0, value_bytes)
    if 0 not in quantized:
        writer.weight(0, value_bytes)
    shapes(writer, has_axes, axes_first=False)
    for number in (*POINTWISE, CLASSIFIER, *DEPTHWISE):
        if number not in quantized:
            writer.weight(number, value_bytes)
    for number in reversed(biases) if variant == "float16" else biases:
        writer.bias(number, value_bytes)
    convolutions = writer.names.convolutions
    if variant == "float16":  # each constant again, dequantized when the model is loaded
        for number in biases:
            writer.tensor(convolutions[number].bias + DIGIT, 1)
        for number in weights:
            writer.tensor(convolutions[number].kernel + DIGIT, 4)
        writer.tensor(convolutions[0].bias + DIGIT, 1)
    for number in weights:
        if number in quantized:
            writer.quantized(number)


def shapes(writer: Writer, has_axes: bool, *, axes_first: bool) -> None:
    """The two small int32 constants: the shape of the scores and the pooling's axes."""
    lengths = [SHAPE, writer.names.axes] if has_axes else [SHAPE]
    for length in reversed(lengths) if axes_first else lengths:
        writer.tensor(length, 1, (2, 4), TENSOR)


def operators(writer: Writer, half: bool, pooled: bool) -> int:
    """All operators; returns how many."""
    first = int(half)  # the code of DEQUANTIZE comes before the others
    dequantized = 2 * (CLASSIFIER + 1) if half else 0
    for _ in range(dequantized):
        writer.operator(0, 1, None)
    for number in range(CLASSIFIER + 1):
        if number == CLASSIFIER and pooled:
            writer.operator(first + 2, 2, MEAN_OPTIONS)
        if number in DEPTHWISE:
            writer.operator(first + 1, 3, DEPTHWISE_OPTIONS)
        else:
            writer.operator(first, 3, CLASSIFIER_OPTIONS if number == CLASSIFIER else CONV_OPTIONS)
    writer.operator(first + 2 + pooled, 2, None)
    writer.operator(first + 3 + pooled, 1, SOFTMAX_OPTIONS)
    return dequantized + CLASSIFIER + 1 + pooled + 2


def finish(writer: Writer, entries: list[tuple[int, int]]) -> None:
    """The constants' bytes, the metadata, the model. The first buffer is empty by convention."""
    layout = writer.layout
    layout.table(())
    buffers = [*writer.buffers, *((length, 1) for _, length in entries)]
    for data in buffers:
        if data is None:
            layout.table(())
        else:
            layout.vector(*data)
            layout.table(BUFFER)
    layout.vector(1 + len(buffers), 4)
    for name, _ in entries:
        layout.text(name)
        layout.table(METADATA)
    layout.vector(len(entries), 4)
    layout.vector(0, 4)  # signatures: none
    layout.table(MODEL)
