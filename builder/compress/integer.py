"""The int8 files of a quantization-aware model: every range is in the model, so no photo is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from builder.export.convert import converted, converter_of
from builder.export.freeze import freeze


def quantized_files(model: Any) -> Iterator[tuple[Literal["int8", "int8_micro"], bytes]]:
    """Both integer files, without metadata: uint8 in and out for phones, int8 in and out for microcontrollers.

    Args:
        model: `Tuned.model` of a technique that is `quantized`.
    """
    import tensorflow as tf

    frozen = freeze(model)
    for variant, dtype in (("int8", tf.uint8), ("int8_micro", tf.int8)):
        converter = converter_of(frozen)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.inference_input_type = converter.inference_output_type = dtype
        yield variant, converted(converter)  # type: ignore[misc]
