"""A trained network as one frozen TensorFlow graph, from which every variant is converted."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.architecture import Network, layers
from builder.errors import MissingTool
from builder.model import build

INPUT_NAME = "image"

traced: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def rebuild(network: Network, weights: Sequence[NDArray[np.float32]]) -> Any:
    """Builds the network on TensorFlow in float32 and fills it, for weights that were trained elsewhere or in mixed precision.

    Args:
        network: what was trained.
        weights: as `get_weights()` of the trained model gives them, on any backend and in either twin.

    Returns:
        A `keras` model where Keras runs on TensorFlow, a `tf_keras` one where it runs on another backend.

    Raises:
        MissingTool: TensorFlow is not installed.
    """
    require_tensorflow()
    model = build(keras_on_tensorflow(), layers(network))
    model.set_weights([np.asarray(each, dtype=np.float32) for each in weights])
    return model


def keras_on_tensorflow() -> Any:
    """The module `keras` where it runs on TensorFlow, else its twin `tf_keras`, which knows no other backend."""
    import keras

    if keras.backend.backend() == "tensorflow":
        return keras
    import tf_keras

    return tf_keras


def freeze(model: Any) -> Any:
    """Traces a model for one photo and turns its variables into constants.

    The converter can trace a Keras model itself, anew for each variant, by way of a SavedModel on disk: 2 to 5 s each time.
    With a batch of 1 there is no shape to compute at run time either. A model is traced once, however often it gets new weights.

    Args:
        model: a `keras` (on TensorFlow) or `tf_keras` model in float32, from (N, height, width, channels) to (N, classes).

    Returns:
        A frozen `tf.function`: a `ConcreteFunction` from "image", float32 (1, height, width, channels).

    Raises:
        MissingTool: TensorFlow is not installed.
        ValueError: the model computes in another precision or on another backend: `rebuild` it first.
    """
    require_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    others = {str(layer.compute_dtype) for layer in model.layers} - {"float32"}
    if others:
        raise ValueError(f"Only a float32 model can be exported, this one computes in {sorted(others)}: rebuild it first.")
    if model not in traced:
        traced[model] = trace(model)
    return convert_variables_to_constants_v2(traced[model])


def trace(model: Any) -> Any:
    """A model as a `ConcreteFunction` of one photo, which does not keep the model alive."""
    import tensorflow as tf

    alive: weakref.ref[Any] = weakref.ref(model)

    def scores(image: Any) -> Any:
        network: Any = alive()
        return network(image, training=False)

    image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name=INPUT_NAME)
    return tf.function(scores, input_signature=[image]).get_concrete_function()


def require_tensorflow() -> None:
    """Raises `MissingTool` unless TensorFlow imports."""
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise MissingTool(
            f"Writing .tflite files needs TensorFlow, which does not import here ({error}). Install it (pip install tensorflow) "
            "and run the same command again: the trained weights are kept."
        ) from None
