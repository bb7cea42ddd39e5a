"""Networks that this process has compiled: the next training of the same shape and settings takes one up, with weights of its own.

Tracing and compiling a training step takes longer than some epochs (alpha 0.25 at 48 px on a core: 7 s on TensorFlow, 11 s on JAX).
What a compiled step computes depends on the shape, the settings and the recipe, never on where the weights start.
"""

from __future__ import annotations

import gc
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from builder.config import Training
from builder.train.devices import Devices, data_parallel
from builder.train.network import TrainingNetwork, training_network
from builder.train.recipe import Recipe

KEPT_MOST = 2  # networks with their optimizers; a batch goes through its grid shape by shape

Key = tuple[str, str, Recipe, Devices]

kept: OrderedDict[Key, TrainingNetwork] = OrderedDict()  # the one that was used last comes last
kept_for_scoring: OrderedDict[str, Any] = OrderedDict()


@contextmanager
def compiled(K: Any, model: Any, training: Training, recipe: Recipe, devices: Devices) -> Iterator[TrainingNetwork]:
    """A network that starts from a model's weights with nothing learnt; kept for the next training when the body ends well.

    Nobody else gets it meanwhile. The twin's is trained in place and never kept.

    Args:
        K: the module `keras` or `tf_keras`.
        model: see `training_network`.
        training: the user's settings.
        recipe: the numbers of this training.
        devices: what it runs on.
    """
    if K.__name__ != "keras":
        yield training_network(K, model, training, recipe, devices)
        return
    key = (structure(model), training.model_dump_json(), recipe, devices)
    network = kept.pop(key, None)
    if network is not None:
        network.start_anew(model.get_weights())
    else:
        while len(kept) >= KEPT_MOST:
            kept.popitem(last=False)
        gc.collect()  # layers, graphs and optimizers refer to each other in circles
        with data_parallel(K, devices):
            network = training_network(K, model, training, recipe, devices)
    yield network
    kept[key] = network


@contextmanager
def ready(model: Any) -> Iterator[Any]:
    """A model that computes what this one does, and that scores photos without being traced again where an earlier one was.

    The first of its shape is given back itself and kept when the body ends well; the next ones lend it their weights.

    Args:
        model: a network in float32, trained.
    """
    key = structure(model)
    scoring = kept_for_scoring.pop(key, model)
    if scoring is not model:
        scoring.set_weights(model.get_weights())
    yield scoring
    kept_for_scoring[key] = scoring
    while len(kept_for_scoring) > KEPT_MOST:
        kept_for_scoring.popitem(last=False)


def forget() -> None:
    """Frees what is kept."""
    kept.clear()
    kept_for_scoring.clear()
    gc.collect()


def structure(model: Any) -> str:
    """What a model computes, its weights left out: its configuration without initializers."""
    return json.dumps(without_initializers(model.get_config()), sort_keys=True, default=str)


def without_initializers(value: Any) -> Any:
    """A configuration without the entries that say how weights begin."""
    if isinstance(value, dict):
        return {name: without_initializers(each) for name, each in value.items() if not str(name).endswith("_initializer")}
    if isinstance(value, list | tuple):
        return [without_initializers(each) for each in value]
    return value
