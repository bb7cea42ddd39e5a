"""All variants of a trained network as .tflite files, from one frozen graph and one calibration."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.config import VARIANTS, Variant
from builder.events import Emit, silent
from builder.export import metadata as md
from builder.export.calibration import representative
from builder.export.freeze import freeze
from builder.export.labels import to_text
from builder.export.ranges import corrected
from builder.runs import storage_error, write_atomically
from builder.slim.rewriting import Flavour
from builder.slim.slimming import slim

INTEGER: tuple[Variant, ...] = ("int8", "int8_micro")
SLIM_FLAVOURS: dict[str, Flavour] = {"int8": "mobile", "int8_micro": "micro"}


def export(
    model: Any,
    variants: Iterable[Variant],
    calibration: NDArray[np.uint8],
    metadata: md.ModelMetadata,
    folder: Path,
    emit: Emit = silent,
) -> dict[Variant, Path]:
    """Writes `<variant>.tflite` for each variant, and labels.txt, into a folder.

    Each file is written whole or not at all, with metadata inside. The same weights, photos and metadata give the same bytes.

    Args:
        model: a `keras` (on TensorFlow) or `tf_keras` model in float32; for other weights see `freeze.rebuild`.
        variants: float32; float16 (float32 weights rounded to float16); dynamic (int8 weights, float32 in and out); int8 (all
            integer, uint8 in and out: phones); int8_micro (the same with int8 in and out: microcontrollers).
        calibration: training photos, uint8 (n, height, width, channels), see `calibration.sample`; the integer variants
            need at least one, the others none.
        metadata: what the files say about themselves.
        folder: where to; made when absent.
        emit: gets a `variant` event for each file.

    Returns:
        The path of each file, in the order of `config.VARIANTS`.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
        DataError: an integer variant without photos to calibrate on.
        ModelFileError: metadata does not fit the model.
    """
    asked = set(variants)
    unknown = asked - set(VARIANTS)
    if unknown:
        raise ValueError(f"Unknown variants {sorted(unknown)}; known: {', '.join(VARIANTS)}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(folder, error) from None
    wanted = [variant for variant in VARIANTS if variant in asked]
    paths: dict[Variant, Path] = {}
    for variant, converted in conversions(model, wanted, calibration):
        content = finished(converted, variant, metadata)
        path = folder / f"{variant}.tflite"
        write_atomically(path, content)
        paths[variant] = path
        emit("variant", variant=variant, file=path.name, flash_bytes=len(content))
        emit("progress", stage="export", done=len(paths), total=len(wanted), unit="files")
    write_atomically(folder / md.LABELS_FILE, to_text(metadata.labels))
    return paths


def finished(converted: bytes, variant: str, metadata: md.ModelMetadata) -> bytes:
    """A converted model as it is shipped: with metadata, and the integer ones without waste."""
    content = md.write(converted, metadata)
    flavour = SLIM_FLAVOURS.get(variant)
    return content if flavour is None else slim(content, flavour).content


def conversions(model: Any, variants: Iterable[Variant], calibration: NDArray[np.uint8]) -> Iterator[tuple[Variant, bytes]]:
    """The variants in turn, without metadata; nothing is done before the first is asked for."""
    frozen = freeze(model)
    calibrated: bytes | None = None
    for variant in variants:
        if variant in INTEGER:
            calibrated = calibrated or calibrate(frozen, calibration)
            yield variant, quantize(calibrated, variant)
        else:
            yield variant, convert(frozen, variant)


def convert(frozen: Any, variant: Variant) -> bytes:
    """One variant whose inputs, outputs and activations are float32."""
    import tensorflow as tf

    converter = converter_of(frozen)
    if variant != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converted(converter)


def convert_16(frozen: Any, photos: NDArray[np.uint8]) -> bytes:
    """int8 weights and int16 activations, float32 in and out, calibrated on photos as the int8 files are."""
    import tensorflow as tf

    converter = converter_of(frozen)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([photo] for photo in representative(photos))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
    return converted(converter)


def calibrate(frozen: Any, photos: NDArray[np.uint8]) -> bytes:
    """The float32 model with the range of every activation written beside it, measured on photos and corrected.

    This takes nearly all the time of an integer conversion (2.5 ms a photo at alpha 0.25 and 128 px, 33 ms at 1.0 and 224 px),
    so both integer variants share it. The public converter does it anew for each; the two halves are reached as TensorFlow's
    own `QuantizationDebugger` reaches them.
    """
    import tensorflow as tf

    converter = converter_of(frozen)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([photo] for photo in representative(photos))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter._experimental_calibrate_only = True
    return corrected(converted(converter))


def quantize(calibrated: bytes, variant: Variant) -> bytes:
    """A fully integer model, per channel, with uint8 (int8) or int8 (int8_micro) input and output."""
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    dtype = tf.uint8 if variant == "int8" else tf.int8
    return bytes(mlir_quantize(calibrated, input_data_type=dtype, output_data_type=dtype))


def converter_of(frozen: Any) -> Any:
    """A converter for a frozen graph."""
    import tensorflow as tf

    # The graph is its own trackable object: it holds no variables that could be collected, and None is answered by a warning.
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen], frozen)


def converted(converter: Any) -> bytes:
    """Runs a converter."""
    with warnings.catch_warnings():
        # "Statistics for quantized inputs were expected": of quantization-aware training, and said of calibration too.
        warnings.simplefilter("ignore", UserWarning)
        return bytes(converter.convert())
