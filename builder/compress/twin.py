"""The plain twin in tf_keras: what every technique starts from and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any

import numpy as np
import tf_keras
from numpy.typing import NDArray

from builder.architecture import Network, layers
from builder.model import build

Weights = list[NDArray[np.float32]]


def plain(network: Network, weights: Sequence[NDArray[np.float32]]) -> Any:
    """A fresh twin with these weights.

    Never a stripped model: TFMOT's wrappers leave traces in the layers that they wrapped, and `quantize_apply` then counts
    weights that are not there.
    """
    model = build(tf_keras, layers(network))
    model.set_weights([np.asarray(value, np.float32) for value in weights])
    return model


def weights_of(model: Any, network: Network) -> Weights:
    """The weights of a wrapped or plain twin in the order of the plain one; what the wrappers added is left out."""
    values = {variable.name: variable for variable in model.weights}
    return [np.asarray(values[variable.name].numpy()) for variable in build(tf_keras, layers(network)).weights]


def wrapped(model: Any, names: Set[str], wrapper: Callable[[Any], Any]) -> Any:
    """The model with the layers of these names in a wrapper. The others are the same objects as before."""
    return tf_keras.models.clone_model(model, clone_function=lambda layer: wrapper(layer) if layer.name in names else layer)


def inner(layer: Any) -> Any:
    """The layer inside a wrapper, or the layer itself."""
    return getattr(layer, "layer", layer)
