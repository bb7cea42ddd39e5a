"""Batch normalization put back into files where it was folded away: the same function as the file's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from builder.architecture import Network, layers
from builder.errors import ModelFileError
from builder.model import batch_norms, build
from builder.preprocessing import normalize
from builder.warm_start import apply, resolve, seeded, seeded_head


def real_photos(hands: Path, resolution: int, count: int) -> np.ndarray:
    """Photos of hands, uint8 (count, resolution, resolution, 3)."""
    paths = sorted(hands.glob("*/*.JPG"))[:: 2062 // count][:count]
    return np.stack([np.asarray(Image.open(path).convert("RGB").resize((resolution, resolution))) for path in paths])


def lite_scores(path: Path, images: np.ndarray) -> np.ndarray:
    """What LiteRT makes of normalized images, one at a time."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    scores = []
    for image in images:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        scores.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.stack(scores)


def unfolded(path: Path, resolution: int, classes: int, photos: np.ndarray) -> Any:
    """A network with a file's weights, its classifier included."""
    network = Network(alpha=0.25, resolution=resolution, classes=classes)
    start = resolve(str(path), network)
    model = build(keras, layers(network))
    apply(keras, model, start, photos)
    assert start.trained is not None
    head = model.get_layer("conv_preds")
    kernel, bias = (start.trained.arrays[f"conv_preds/{part}"] for part in ("kernel", "bias"))
    head.set_weights([kernel.reshape(head.get_weights()[0].shape), bias])
    return model


@pytest.mark.slow
def test_unfolded_imagenet_file_is_the_same_function(models: Path, hands: Path) -> None:
    path = models / "mobilenet_v1_0.25_224_float.tflite"
    photos = real_photos(hands, 224, 12)
    model = unfolded(path, 224, 1001, photos[:8])
    images = normalize(photos)
    scores = model.predict_on_batch(images)
    np.testing.assert_allclose(scores, lite_scores(path, images), atol=5e-5)
    assert scores.max() > 0.05  # far from even: 1/1001


def test_unfolded_person_detector_is_the_same_function(models: Path, hands: Path) -> None:
    """That file's layers end with plain ReLU and its classifier is fully connected: with plain ReLU here, too, all is equal."""
    path = models / "vww_96_float.tflite"
    photos = real_photos(hands, 96, 12)
    model = unfolded(path, 96, 2, photos[:8])

    def plain(layer: Any) -> Any:
        return (
            keras.layers.ReLU(name=layer.name)
            if isinstance(layer, keras.layers.ReLU)
            else type(layer).from_config(layer.get_config())
        )

    theirs = keras.models.clone_model(model, clone_function=plain)
    theirs.set_weights(model.get_weights())
    images = normalize(photos)
    np.testing.assert_allclose(theirs.predict_on_batch(images), lite_scores(path, images), atol=5e-5)


def test_statistics_are_those_of_the_photos(models: Path, hands: Path) -> None:
    photos = real_photos(hands, 64, 16)
    model = unfolded(models / "mobilenet_v1_0.25_224_float.tflite", 64, 1001, photos)
    probe = keras.Model(model.input, model.get_layer("conv_pw_5").output)
    values = probe.predict_on_batch(normalize(photos))
    _, _, mean, variance = model.get_layer("conv_pw_5_bn").get_weights()
    np.testing.assert_allclose(mean, values.mean(axis=(0, 1, 2)), rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(variance, values.var(axis=(0, 1, 2)), rtol=1e-2, atol=1e-3)


def test_a_quantized_file_is_refused(models: Path) -> None:
    with pytest.raises(ModelFileError, match=r"quantized \(uint8\)"):
        resolve(str(models / "mobilenet_v1_0.25_128_quant.tflite"), Network(alpha=0.25, resolution=128, classes=10))


def test_a_note_tells_of_another_activation(models: Path) -> None:
    start = resolve(str(models / "vww_96_float.tflite"), Network(alpha=0.25, resolution=96, classes=2))
    assert start.trained is not None
    assert "end with RELU;" in start.trained.notes[0]


def test_a_truncated_file_is_refused(models: Path, tmp_path: Path) -> None:
    content = (models / "vww_96_float.tflite").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError, match="damaged"):
        resolve(str(tmp_path / "cut.tflite"), Network(alpha=0.25, resolution=96, classes=2))


def test_seeded_values_are_distinct_and_repeatable() -> None:
    table = layers(Network(alpha=0.25, resolution=32, classes=3))
    first, again, other = (build(keras, table) for _ in range(3))
    for model, seed in ((first, 4), (again, 4), (other, 5)):
        seeded(model, seed)
    for one, two, three in zip(batch_norms(first), batch_norms(again), batch_norms(other), strict=True):
        for left, right, different in zip(one.get_weights(), two.get_weights(), three.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)
            assert len(np.unique(left)) == len(left)
            assert not np.array_equal(left, different)
    assert (first.get_layer("conv_preds").get_weights()[1] != 0).all()


def test_a_new_classifier_gets_biases_and_a_kept_one_keeps_them() -> None:
    model = build(keras, layers(Network(alpha=0.25, resolution=32, classes=3)))
    before = [layer.get_weights() for layer in batch_norms(model)]
    seeded_head(model, 4)
    bias = model.get_layer("conv_preds").get_weights()[1]
    assert (bias != 0).all()
    seeded_head(model, 5)
    np.testing.assert_array_equal(model.get_layer("conv_preds").get_weights()[1], bias)
    for old, layer in zip(before, batch_norms(model), strict=True):
        for left, right in zip(old, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)
