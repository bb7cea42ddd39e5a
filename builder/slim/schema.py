"""The parts of TensorFlow Lite's schema that a file is rewritten by: the fields of its tables, by number.

Numbers and kinds are those of tensorflow/compiler/mlir/lite/schema/schema.fbs; a test holds them to the classes that LiteRT
generates from it. What is not listed is not understood, and a file that holds it is left as it is.
"""

from __future__ import annotations

INT32_VECTOR = "v"

MEMORY_PLAN = "OfflineMemoryAllocation"  # the named buffer in which TFLite Micro looks for a plan of the arena

# Options of operators by their number in the union `BuiltinOptions`: a `struct` kind for each field. Some fields that no reader
# looks at any more are listed too, so that later ones keep their number.
OPTIONS: dict[int, str] = {
    1: "biibiib",  # Conv2D
    2: "biiibii",  # DepthwiseConv2D
    5: "biiiib",  # Pool2D
    8: "bb??b",  # FullyConnected
    9: "f",  # Softmax
    10: "ib",  # Concatenation
    11: "b?",  # Add
    12: "b",  # L2Norm
    15: "ii??",  # ResizeBilinear
    17: INT32_VECTOR,  # Reshape
    19: "i",  # SpaceToDepth
    21: "b",  # Mul
    22: "",  # Pad
    23: "ii",  # Gather
    24: "",  # BatchToSpaceND
    25: "",  # SpaceToBatchND
    26: "",  # Transpose
    27: "?",  # Reducer
    28: "b?",  # Sub
    29: "b",  # Div
    30: INT32_VECTOR,  # Squeeze
    32: "iiiii?",  # StridedSlice
    33: "",  # Exp
    35: "i",  # Split
    36: "",  # LogSoftmax
    37: "bb",  # Cast
    38: "",  # Dequantize
    39: "",  # MaximumMinimum
    40: "b",  # ArgMax
    42: "",  # Neg
    43: "",  # PadV2
    48: "",  # Slice
    49: "biibb",  # TransposeConv
    51: "",  # Tile
    52: "",  # ExpandDims
    55: "b",  # Shape
    57: "b",  # ArgMin
    59: "ii",  # Pack
    64: "ii",  # Unpack
    66: "",  # Square
    68: "",  # Fill
    74: "??",  # ResizeNearestNeighbor
    75: "f",  # LeakyRelu
    76: "",  # SquaredDifference
    77: "b",  # MirrorPad
    78: "",  # Abs
    79: "i",  # SplitV
    89: "",  # Quantize
    91: "",  # HardSwish
    94: "i",  # DepthToSpace
    98: "",  # SelectV2
    101: "???",  # BatchMatMul
    104: "",  # BroadcastTo
    116: "?",  # Gelu
}

# How many fields of each table are understood.
MODEL, SUBGRAPH, TENSOR, QUANTIZATION, OPERATOR, CODE, BUFFER, METADATA, SIGNATURE, TENSOR_MAP = 8, 5, 9, 7, 9, 4, 3, 2, 5, 2


class Model:
    """Fields of `Model`."""

    VERSION, CODES, SUBGRAPHS, DESCRIPTION, BUFFERS, METADATA_BUFFER, METADATA, SIGNATURES = range(8)


class Subgraph:
    """Fields of `SubGraph`."""

    TENSORS, INPUTS, OUTPUTS, OPERATORS, NAME = range(5)


class Tensor:
    """Fields of `Tensor`."""

    SHAPE, TYPE, BUFFER, NAME, QUANTIZATION, IS_VARIABLE, SPARSITY, SHAPE_SIGNATURE, HAS_RANK = range(9)


class Quantization:
    """Fields of `QuantizationParameters`."""

    MIN, MAX, SCALE, ZERO_POINT, DETAILS_TYPE, DETAILS, DIMENSION = range(7)


class Operator:
    """Fields of `Operator`."""

    CODE, INPUTS, OUTPUTS, OPTIONS_TYPE, OPTIONS, CUSTOM_OPTIONS, CUSTOM_FORMAT, MUTATING, INTERMEDIATES = range(9)


class Code:
    """Fields of `OperatorCode`."""

    DEPRECATED, CUSTOM, VERSION, BUILTIN = range(4)


class Buffer:
    """Fields of `Buffer`."""

    DATA, OFFSET, SIZE = range(3)


class Metadata:
    """Fields of `Metadata`."""

    NAME, BUFFER = range(2)


class Signature:
    """Fields of `SignatureDef`; number 3 is no longer used."""

    INPUTS, OUTPUTS, KEY, _UNUSED, SUBGRAPH = range(5)


class TensorMap:
    """Fields of `TensorMap`."""

    NAME, TENSOR = range(2)
