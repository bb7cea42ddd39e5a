"""The network as it is trained: what decays, and what a checkpoint of another precision gives it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tf_keras

from builder.config import Training
from builder.model import build
from builder.train import network
from builder.train.devices import Devices
from builder.train.network import TrainingNetwork, training_network
from builder.train.recipe import recipe

from .stripes import short_table

TRAINING = Training(epochs=2, batch_size=8)


def network_in(policy: str) -> TrainingNetwork:
    """A new network in a precision."""
    devices = Devices("tensorflow", (), policy)
    return training_network(keras, build(keras, short_table(), seed=2), TRAINING, recipe(TRAINING, 40, warm=False), devices)


def test_only_kernels_of_convolutions_decay() -> None:
    model = build(keras, short_table())
    decayed = [value.path for value in model.trainable_variables if network.is_decayed(value)]
    assert len(decayed) == 1 + 2 + 1  # the first, the pointwise ones, the classifier
    twin = build(tf_keras, short_table())
    assert [value.name.split(":")[0] for value in twin.trainable_variables if network.is_decayed(value)] == decayed


@pytest.mark.parametrize(("begun", "taken_up"), [("mixed_float16", "float32"), ("float32", "mixed_float16")])
def test_a_training_begun_in_another_precision_is_taken_up(begun: str, taken_up: str) -> None:
    values = network_in(begun).optimizer_values()
    values[-1] = values[-1] + 3  # the last variable's variance, as some steps would leave it
    later = network_in(taken_up)
    later.restore(later.weights(), values, steps=5)
    inner = getattr(later.optimizer, "inner_optimizer", later.optimizer)
    np.testing.assert_array_equal(later.optimizer_values()[-1], values[-1])
    assert int(inner.iterations) == 5


def test_the_scale_of_the_loss_is_taken_up_in_the_same_precision() -> None:
    begun = network_in("mixed_float16")
    begun.optimizer.dynamic_scale.assign(128)
    later = network_in("mixed_float16")
    later.restore(begun.weights(), begun.optimizer_values(), steps=5)
    assert float(later.optimizer.dynamic_scale) == 128
