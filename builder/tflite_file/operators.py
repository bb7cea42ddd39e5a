"""Names and options of operators, as numbers in a .tflite. Numbers: tensorflow/compiler/mlir/lite/schema/schema.fbs."""

from __future__ import annotations

from dataclasses import dataclass

from builder.tflite_file.flatbuffer import Table

# BuiltinOperator, from code 0 on. What is younger than the last one is called BUILTIN_<code>.
NAMES = """
ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED
HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU
RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM
EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV
SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN
TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD
REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL
FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N
GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND
HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS
RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD
UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
""".split()  # noqa: SIM905
CUSTOM = NAMES.index("CUSTOM")

PADDINGS = ("SAME", "VALID")
ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator does besides its tensors. `stride` is (height, width); `padding` is SAME, VALID or None."""

    stride: tuple[int, int] = (1, 1)
    padding: str | None = None
    activation: str = "NONE"
    depth_multiplier: int = 1
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Fields:
    """Field numbers in an operator's options table; width comes before height in all of them. -1: it has none."""

    padding: int = -1
    stride: int = -1
    activation: int = -1
    depth_multiplier: int = -1
    dilation: int = -1


# By the name of the operator, not by the type of the options: the union's numbers say no more.
OPTION_FIELDS = {
    "CONV_2D": Fields(padding=0, stride=1, activation=3, dilation=4),
    "DEPTHWISE_CONV_2D": Fields(padding=0, stride=1, depth_multiplier=3, activation=4, dilation=5),
    "TRANSPOSE_CONV": Fields(padding=0, stride=1, activation=3),
    "AVERAGE_POOL_2D": Fields(padding=0, stride=1, activation=5),
    "MAX_POOL_2D": Fields(padding=0, stride=1, activation=5),
    "FULLY_CONNECTED": Fields(activation=0),
    "ADD": Fields(activation=0),
    "MUL": Fields(activation=0),
}


def operator_name(code: Table) -> str:
    """The name of an OperatorCode; custom ones are CUSTOM:<name>."""
    number = max(code.number(0, "b"), code.number(3, "i"))  # files made before 2020 have only the 8-bit field
    if number == CUSTOM:
        return f"CUSTOM:{code.text(1)[:100]}"
    return NAMES[number] if 0 <= number < len(NAMES) else f"BUILTIN_{number}"


def options(name: str, table: Table | None) -> Options:
    """The options of an operator; those that its table leaves out have the schema's defaults."""
    fields = OPTION_FIELDS.get(name)
    if fields is None or table is None:
        return Options()

    def number(field: int, kind: str, default: int) -> int:
        return default if field < 0 else table.number(field, kind, default)

    def pair(field: int, default: int) -> tuple[int, int]:
        return (1, 1) if field < 0 else (table.number(field + 1, "i", default), table.number(field, "i", default))

    return Options(
        stride=pair(fields.stride, 0),
        padding=None if fields.padding < 0 else known(PADDINGS, table.number(fields.padding, "b")),
        activation=known(ACTIVATIONS, number(fields.activation, "b", 0)),
        depth_multiplier=number(fields.depth_multiplier, "i", 0) if fields.depth_multiplier >= 0 else 1,
        dilation=pair(fields.dilation, 1),
    )


def known(names: tuple[str, ...], number: int) -> str:
    """The name of a number, or the number itself as text when it has none."""
    return names[number] if 0 <= number < len(names) else str(number)
