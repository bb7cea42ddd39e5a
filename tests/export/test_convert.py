"""Five variants from one graph: the right operators and types, the same weights as the slow way, deterministic."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.architecture import layers
from builder.config import VARIANTS, Variant
from builder.errors import DataError, StorageError
from builder.export.convert import conversions, export
from builder.export.freeze import freeze, rebuild
from builder.preprocessing import normalize

from .conftest import METADATA, NAMES, NETWORK, Exported, filled, photos_of

NO_PHOTOS = np.zeros((0, 48, 48, 3), np.uint8)


def interpreter(content: bytes) -> Any:
    """LiteRT with reference kernels: integer results do not depend on the machine."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    made = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    made.allocate_tensors()
    return made


def scores(content: bytes, inputs: NDArray[Any]) -> NDArray[Any]:
    made = interpreter(content)
    made.set_tensor(made.get_input_details()[0]["index"], inputs)
    made.invoke()
    return np.array(made.get_tensor(made.get_output_details()[0]["index"])[0])


def operators(content: bytes) -> Counter[str]:
    return Counter(operator["op_name"] for operator in interpreter(content)._get_ops_details())


def constants(content: bytes) -> Counter[bytes]:
    """Every constant of more than 40 bytes (weights, biases), as bytes."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.Model.GetRootAsModel(content, 0)
    subgraph = model.Subgraphs(0)
    buffers = [model.Buffers(subgraph.Tensors(number).Buffer()) for number in range(subgraph.TensorsLength())]
    return Counter(buffer.DataAsNumpy().tobytes() for buffer in buffers if buffer.DataLength() > 40)


NETWORK_OPERATORS = {"CONV_2D": 1 + 13 + 1, "DEPTHWISE_CONV_2D": 13, "MEAN": 1, "RESHAPE": 1, "SOFTMAX": 1}


@pytest.mark.parametrize(
    ("variant", "more"),
    [("float32", {}), ("dynamic", {}), ("int8_micro", {}), ("int8", {"QUANTIZE": 2}), ("float16", {"DEQUANTIZE": 56})],
)
def test_batch_normalization_is_folded_and_nothing_is_left_over(exported: Exported, variant: Variant, more: dict[str, int]) -> None:
    assert operators(exported.content(variant)) == NETWORK_OPERATORS | more


@pytest.mark.parametrize("variant", ["int8", "int8_micro"])
def test_integer_files_hold_no_float_tensor(exported: Exported, variant: Variant) -> None:
    dtypes = {tensor["dtype"] for tensor in interpreter(exported.content(variant)).get_tensor_details()}

    assert dtypes <= {np.uint8, np.int8, np.int32}


@pytest.mark.parametrize(("variant", "dtype", "zero", "zero_out"), [("int8", np.uint8, 127, 0), ("int8_micro", np.int8, -1, -128)])
def test_the_raw_pixel_is_the_quantized_input(exported: Exported, variant: Variant, dtype: type, zero: int, zero_out: int) -> None:
    made = interpreter(exported.content(variant))
    image, output = made.get_input_details()[0], made.get_output_details()[0]

    assert image["dtype"] is output["dtype"] is dtype
    assert image["quantization"] == (np.float32(2 / 255), zero)
    assert output["quantization"] == (1 / 256, zero_out)
    assert tuple(image["shape"]) == tuple(image["shape_signature"]) == (1, 48, 48, 3)


def test_both_integer_files_are_one_quantization(exported: Exported) -> None:
    photo = exported.photos[:1]

    phone = scores(exported.content("int8"), photo)
    micro = scores(exported.content("int8_micro"), (photo.astype(np.int16) - 128).astype(np.int8))

    assert np.array_equal(phone.astype(np.int16) - 128, micro)


@pytest.mark.parametrize(("variant", "tolerance"), [("float32", 1e-4), ("float16", 0.01), ("dynamic", 0.05)])
def test_float_files_agree_with_keras(exported: Exported, variant: Variant, tolerance: float) -> None:
    inputs = normalize(exported.photos[:1])

    assert np.allclose(scores(exported.content(variant), inputs), exported.model(inputs)[0], atol=tolerance)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")  # the converter's own, about statistics
@pytest.mark.parametrize("variant", ["float32", "int8_micro"])
def test_the_weights_are_those_of_the_slow_conversion(exported: Exported, variant: Variant) -> None:
    import tensorflow as tf

    from builder.export.calibration import representative

    photos = exported.photos.copy()
    photos[0, 0, 0, 0], photos[0, 0, 0, 1] = 0, 255  # the whole range, which the slow way must see to pin it
    converter = tf.lite.TFLiteConverter.from_keras_model(exported.model)
    if variant == "int8_micro":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([photo] for photo in representative(photos))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    quick = next(conversions(exported.model, [variant], photos))[1]

    assert constants(quick) == constants(bytes(converter.convert()))


def test_the_same_weights_give_the_same_bytes(exported: Exported, tmp_path: Path) -> None:
    twin = rebuild(NETWORK, exported.model.get_weights())

    again = export(twin, ("int8_micro", "float32"), exported.photos, METADATA, tmp_path)

    assert list(again) == ["float32", "int8_micro"]
    for variant, path in again.items():
        assert path.read_bytes() == exported.content(variant)


def test_each_file_is_announced(exported: Exported) -> None:
    announced = [values for event, values in exported.events if event == "variant"]

    assert [values["variant"] for values in announced] == list(VARIANTS)
    assert [values["flash_bytes"] for values in announced] == [path.stat().st_size for path in exported.paths.values()]
    assert [values["file"] for values in announced] == [f"{variant}.tflite" for variant in VARIANTS]


def test_nothing_but_the_files_and_the_labels_is_left(exported: Exported) -> None:
    folder = exported.paths["float32"].parent

    assert {path.name for path in folder.iterdir()} == {"labels.txt", *(f"{variant}.tflite" for variant in VARIANTS)}
    assert len((folder / "labels.txt").read_text().splitlines()) == len(NAMES)


def test_float_files_need_no_photos(exported: Exported, tmp_path: Path) -> None:
    assert list(export(exported.model, ["float32"], NO_PHOTOS, METADATA, tmp_path)) == ["float32"]


def test_integer_files_need_photos(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="training photos"):
        export(exported.model, ["int8"], NO_PHOTOS, METADATA, tmp_path)


def test_an_unknown_variant_is_refused(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="int4"):
        export(exported.model, ["int4"], NO_PHOTOS, METADATA, tmp_path)  # type: ignore[list-item]


def test_a_folder_that_cannot_be_made_is_a_storage_error(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="cannot be written"):
        export(exported.model, ["float32"], NO_PHOTOS, METADATA, tmp_path / "file" / "folder")


def test_a_full_disk_leaves_no_file(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageError, match="disk is full"):
        export(exported.model, ["float32"], NO_PHOTOS, METADATA, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_of_mixed_precision_must_be_rebuilt() -> None:
    import keras

    from builder.model import build

    mixed = build(keras, layers(NETWORK), dtype_policy="mixed_float16")

    with pytest.raises(ValueError, match="float16"):
        freeze(mixed)
    freeze(rebuild(NETWORK, mixed.get_weights()))


def test_grayscale_models_are_converted(tmp_path: Path) -> None:
    import keras

    from builder.model import build

    gray = replace(NETWORK, channels=1)
    paths = export(filled(build(keras, layers(gray))), ["int8_micro"], photos_of(3, channels=1), METADATA, tmp_path)

    made = interpreter(paths["int8_micro"].read_bytes())
    assert tuple(made.get_input_details()[0]["shape"]) == (1, 48, 48, 1)
    assert made.get_input_details()[0]["quantization"] == (np.float32(2 / 255), -1)


@pytest.mark.parametrize("resolver", ["AUTO", "BUILTIN_REF"])
def test_a_dead_network_still_loads(resolver: str, tmp_path: Path) -> None:
    """Without its batch normalization's statistics a network's activations fade to 1e-9, layer by layer."""
    import keras

    from builder.model import build

    paths = export(build(keras, layers(NETWORK)), ["int8_micro"], photos_of(3), METADATA, tmp_path)

    script = (
        "import sys; from ai_edge_litert.interpreter import Interpreter, OpResolverType as T; "
        f"i = Interpreter(sys.argv[1], experimental_op_resolver_type=T.{resolver}); i.allocate_tensors(); i.invoke()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, paths["int8_micro"]], check=False
    )  # apart: a scale too small ends the process
    assert done.returncode == 0


WITH_JAX = """
import sys
import numpy as np
from pathlib import Path
from builder.export.convert import conversions, export
from builder.export.freeze import rebuild
from tests.export.conftest import METADATA, NETWORK, photos_of
with np.load(sys.argv[1]) as archive:
    weights = [archive[f"w{number}"] for number in range(len(archive.files))]
model = rebuild(NETWORK, weights)
assert type(model).__module__.startswith("tf_keras"), type(model)
export(model, ["float32", "int8_micro"], photos_of(20), METADATA, Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_weights_trained_with_jax_are_exported_by_the_twin(exported: Exported, tmp_path: Path) -> None:
    weights = {f"w{number}": each for number, each in enumerate(exported.model.get_weights())}
    np.savez(tmp_path / "weights.npz", **weights)

    subprocess.run(
        [sys.executable, "-c", WITH_JAX, tmp_path / "weights.npz", tmp_path],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        cwd=Path(__file__).parents[2],
        check=True,
    )

    for variant in ("float32", "int8_micro"):
        assert constants((tmp_path / f"{variant}.tflite").read_bytes()) == constants(exported.content(variant))
