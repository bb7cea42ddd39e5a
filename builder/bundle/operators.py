"""The operators of TFLite Micro: which method of its `MicroMutableOpResolver` adds each one of a file.

Names of the methods: tensorflow/lite/micro/micro_mutable_op_resolver.h of tflite-micro.
"""

from __future__ import annotations

from builder import tflite_file
from builder.errors import ModelFileError
from builder.tflite_file import Model

# Operators whose method is not their own name in capitalised words.
UNLIKE = {
    "AVERAGE_POOL_2D": "AveragePool2D",
    "BATCH_MATMUL": "BatchMatMul",
    "CONV_2D": "Conv2D",
    "CUMSUM": "CumSum",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2D",
    "L2_POOL_2D": "L2Pool2D",
    "MAX_POOL_2D": "MaxPool2D",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}
ALIKE = """
ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO CALL_ONCE CAST CEIL CONCATENATION
COS DEPTH_TO_SPACE DEQUANTIZE DIV ELU EMBEDDING_LOOKUP EQUAL EXP EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED
GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF L2_NORMALIZATION LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT
LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PRELU QUANTIZE READ_VARIABLE
REDUCE_ALL REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2 ROUND RSQRT SELECT_V2
SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB
SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV UNPACK VAR_HANDLE WHILE ZEROS_LIKE
""".split()  # noqa: SIM905
CUSTOM = {"CUSTOM:ethos-u": "EthosU"}  # what Arm's compiler leaves

ADDERS = {
    **{name: "Add" + "".join(word.capitalize() for word in name.split("_")) for name in ALIKE},
    **{name: f"Add{method}" for name, method in (UNLIKE | CUSTOM).items()},
}


def adders(model: Model) -> dict[str, int]:
    """The methods that add what a file uses, in alphabetical order, each with how often its operator occurs.

    Raises:
        ModelFileError: TFLite Micro has no such operator.
    """
    counts = tflite_file.operators(model)
    if unknown := [name for name in counts if name not in ADDERS]:
        raise ModelFileError(
            f"TFLite Micro has no operator {', '.join(unknown)}, so no resolver can be written for it. Take another file."
        )
    return dict(sorted((ADDERS[name], count) for name, count in counts.items()))
