"""What is derived where the user gave no number."""

from __future__ import annotations

import keras
import pytest

from builder.config import Training
from builder.model import build
from builder.train.devices import find_devices
from builder.train.network import training_network
from builder.train.recipe import momentum_for, recipe, with_batch_size

from .stripes import short_table


def test_given_numbers_are_kept() -> None:
    plan = recipe(Training(epochs=7, batch_size=16, learning_rate=0.01, patience=3), 160, warm=False)
    assert (plan.epochs, plan.batch_size, plan.learning_rate, plan.patience) == (7, 16, 0.01, 3)
    assert plan.steps == 7 * 10


@pytest.mark.parametrize(("photos", "warm", "epochs"), [(1290, False, 49), (1290, True, 25), (50, True, 30), (50, False, 100)])
def test_few_photos_are_seen_more_often(photos: int, warm: bool, epochs: int) -> None:
    """1290 photos are 41 steps: 2000 / 41 and 1000 / 41, rounded up."""
    assert recipe(Training(), photos, warm=warm).epochs == epochs


def test_many_photos_are_seen_less_often() -> None:
    assert recipe(Training(), 100_000, warm=False).epochs == 15
    assert recipe(Training(), 100_000, warm=True).epochs == 6


def test_warm_start_takes_smaller_steps() -> None:
    assert recipe(Training(), 1000, warm=True).learning_rate < recipe(Training(), 1000, warm=False).learning_rate


def test_learning_rate_grows_with_the_root_of_the_batch() -> None:
    small, large = (recipe(Training(batch_size=size), 10_000, warm=True).learning_rate for size in (32, 128))
    assert large == pytest.approx(2 * small)


def test_no_batch_is_larger_than_the_photos() -> None:
    plan = recipe(Training(batch_size=32), 9, warm=False)
    assert (plan.batch_size, plan.steps_per_epoch) == (9, 1)


def test_the_batch_is_a_multiple_of_the_devices() -> None:
    assert recipe(Training(batch_size=32), 1000, warm=False, devices=3).batch_size == 30
    assert recipe(Training(batch_size=2), 1000, warm=False, devices=4).batch_size == 4


def test_a_smaller_batch_keeps_epochs_and_peak() -> None:
    plan = recipe(Training(epochs=10), 320, warm=False)
    halved = with_batch_size(plan, 16, 320, 0.1)
    assert (halved.epochs, halved.learning_rate) == (plan.epochs, plan.learning_rate)
    assert (halved.steps_per_epoch, halved.warmup_steps) == (20, 20)


@pytest.mark.parametrize(
    ("steps", "per_epoch", "look_back"), [(312, 52, 15.6), (100_000, 5_000, 100), (30, 6, 5), (2000, 40, 40 / 3)]
)
def test_batch_normalization_looks_back_no_further_than_the_training_is_long(steps: int, per_epoch: int, look_back: float) -> None:
    assert momentum_for(steps, per_epoch) == pytest.approx(1 - 1 / look_back)


@pytest.mark.parametrize("warmup_share", [0.0, 0.1])
def test_the_learning_rate_that_is_told_is_the_optimizers(warmup_share: float) -> None:
    plan = recipe(Training(epochs=5, batch_size=8, warmup_share=warmup_share), 80, warm=False)
    model = build(keras, short_table(), seed=2)
    devices = find_devices(keras, "float32")
    optimizer = training_network(keras, model, Training(), plan, devices).optimizer
    for step in (0, 1, plan.warmup_steps, 10, 25, 49, 50):
        optimizer.iterations.assign(step)
        assert plan.learning_rate_at(step) == pytest.approx(float(optimizer.learning_rate), rel=1e-5, abs=1e-9)
