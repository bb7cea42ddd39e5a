"""Corrects the value ranges that calibration measured, before they become scales."""

from __future__ import annotations

import struct

from builder.tflite_file.flatbuffer import Bytes, Table

# Fields of `table Model`, `SubGraph`, `Tensor` and `QuantizationParameters`.
SUBGRAPHS = 2
TENSORS, INPUTS = 0, 1
QUANTIZATION = 4
MIN, MAX = 0, 1

INPUT_RANGE = (-1.0, 1.0)  # of `preprocessing.normalize`

# Activations behind batch normalization and ReLU6 span 0.5 to 6. A layer that is dead on every calibration photo spans nothing,
# and its scale becomes so small that LiteRT cannot prepare the file (XNNPACK) or ends the process (reference kernels).
WIDTH_MIN = 1 / 32


def corrected(calibrated: bytes) -> bytes:
    """Pins the input's range, and widens ranges of (nearly) no width.

    The converter takes the input's range from the photos it meets. Photos without a black and a white pixel would give a range
    inside [-1, 1] and an input that clips. Pinned to [-1, 1] the int8 input has a scale of exactly 2/255, and the raw pixel p
    is the quantized value (p as uint8, p - 128 as int8) up to the half step that an integer zero point leaves.

    Args:
        calibrated: a float32 .tflite with the measured minimum and maximum of every activation.

    Returns:
        The same file with some of the minima and maxima changed.
    """
    content = bytearray(calibrated)
    graph = Bytes(calibrated).root().tables(SUBGRAPHS)[0]
    image = graph.numbers(INPUTS, "i")[0]
    for index, tensor in enumerate(graph.tables(TENSORS)):
        measured = tensor.table(QUANTIZATION)
        if measured is None or not measured.numbers(MIN, "f"):
            continue
        low, high = float(measured.numbers(MIN, "f")[0]), float(measured.numbers(MAX, "f")[0])
        if index == image:
            low, high = INPUT_RANGE
        struct.pack_into("<f", content, first_value(measured, MIN), low)
        struct.pack_into("<f", content, first_value(measured, MAX), max(high, low + WIDTH_MIN))
    return bytes(content)


def first_value(table: Table, field: int) -> int:
    """Where the first value of a vector lies, behind the vector's length."""
    position = table.target(field)
    assert position is not None
    return position + 4
