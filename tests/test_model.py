"""The network: its twin in tf_keras, its model in keras.applications, and the cost model all agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

from builder.architecture import Network, layers
from builder.cost import cost
from builder.data import load_photo
from builder.model import build, set_momentum
from builder.preprocessing import normalize
from builder.warm_start import apply, resolve, seeded


def photos(network: Network, count: int = 4) -> np.ndarray:
    """Seeded values in [-1, 1]."""
    shape = (count, network.resolution, network.resolution, network.channels)
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def with_statistics(K: Any, network: Network) -> Any:
    """A network whose batch normalization does something."""
    model = build(K, layers(network))
    seeded(model, 3)
    return model


@pytest.mark.parametrize(
    "network",
    [
        Network(alpha=0.25, resolution=32, classes=10),
        Network(alpha=0.5, resolution=45, channels=1, classes=2),
        Network(alpha=0.3, resolution=32, classes=7),
        Network(alpha=1.0, resolution=32, classes=1000),
    ],
)
def test_keras_counts_the_parameters_that_the_cost_model_counts(network: Network) -> None:
    assert build(keras, layers(network)).count_params() == cost(network).keras_parameters


@pytest.mark.parametrize("resolution", [48, 45])
def test_twins_agree_to_1e_4(resolution: int) -> None:
    network = Network(alpha=0.25, resolution=resolution, classes=5)
    model = with_statistics(keras, network)
    twin = build(tf_keras, layers(network))
    twin.set_weights(model.get_weights())
    images = photos(network)
    scores = model.predict_on_batch(images)
    np.testing.assert_allclose(twin.predict_on_batch(images), scores, atol=1e-4)
    assert np.ptp(scores[:, 0]) > 1e-3  # the photos are told apart, or agreement would say nothing


def test_twins_agree_to_1e_4_with_trained_weights(models: Path, hands: Path) -> None:
    network = Network(alpha=0.25, resolution=96, classes=1001)
    start = resolve(str(models / "mobilenet_v1_0.25_224_float.tflite"), network)
    images = np.stack([load_photo(path, resolution=96, channels=3) for path in sorted(hands.rglob("*.JPG"))[::400]])
    model = build(keras, layers(network))
    apply(keras, model, start, images)
    twin = build(tf_keras, layers(network))
    twin.set_weights(model.get_weights())
    scores = model.predict_on_batch(normalize(images))
    np.testing.assert_allclose(twin.predict_on_batch(normalize(images)), scores, atol=1e-4)
    assert np.ptp(scores, axis=0).max() > 1e-3  # the photos are told apart


@pytest.mark.parametrize("resolution", [128, 64])
def test_equals_keras_applications_weight_for_weight(resolution: int) -> None:
    network = Network(alpha=0.25, resolution=resolution, classes=6)
    model = with_statistics(keras, network)
    theirs = keras.applications.MobileNet(alpha=0.25, input_shape=(resolution, resolution, 3), weights=None, classes=6)
    assert [layer.name for layer in model.layers if layer.weights] == [layer.name for layer in theirs.layers if layer.weights]
    theirs.set_weights(model.get_weights())
    images = photos(network, 2)
    np.testing.assert_allclose(model.predict_on_batch(images), theirs.predict_on_batch(images), atol=1e-5)


def test_every_layer_has_the_shape_of_its_row() -> None:
    table = layers(Network(alpha=0.25, resolution=100, classes=3))
    model = build(keras, table)
    assert [tuple(model.get_layer(row.name).output.shape[1:]) for row in table] == [row.output_shape for row in table]


def test_seed_decides_the_weights() -> None:
    table = layers(Network(alpha=0.25, resolution=32, classes=3))
    first, again, other = (build(keras, table, seed=seed).get_weights() for seed in (5, 5, 6))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_scores_are_float32_in_mixed_precision() -> None:
    network = Network(alpha=0.25, resolution=32, classes=3)
    model = build(keras, layers(network), dtype_policy="mixed_float16")
    assert model.get_layer("conv_pw_3").compute_dtype == "float16"
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert [model.get_layer(name).compute_dtype for name in ("conv_preds", "predictions")] == ["float32", "float32"]


def test_momentum_is_set_on_every_batch_normalization() -> None:
    model = build(keras, layers(Network(alpha=0.25, resolution=32, classes=3)))
    set_momentum(model, 0.8)
    assert [layer.momentum for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)] == [0.8] * 27
