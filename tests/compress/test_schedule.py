"""How long a technique tunes, and when pruning is done."""

from __future__ import annotations

import pytest

from builder.compress.schedule import schedule
from builder.compress.settings import Compression
from builder.compress.techniques import TECHNIQUES


def test_given_numbers_are_kept() -> None:
    plan = schedule(TECHNIQUES["qat"], Compression(epochs=7, learning_rate=0.01), 1000)
    assert (plan.epochs, plan.learning_rate) == (7, 0.01)


@pytest.mark.parametrize(("photos", "epochs"), [(20, 20), (1650, 4), (100_000, 2)])
def test_few_photos_are_seen_more_often(photos: int, epochs: int) -> None:
    """1650 photos are 52 steps: 200 / 52, rounded up."""
    assert schedule(TECHNIQUES["pruned"], Compression(), photos).epochs == epochs


@pytest.mark.parametrize("epochs", [1, 2, 3, 10])
@pytest.mark.parametrize("photos", [5, 40, 1650])
def test_the_last_round_of_pruning_is_a_round_and_no_epoch_before_it_is_kept(epochs: int, photos: int) -> None:
    plan = schedule(TECHNIQUES["pruned"], Compression(epochs=epochs), photos)
    steps_per_epoch = -(-photos // min(32, photos))
    assert plan.last_round % plan.round_steps == 0
    assert 1 <= plan.last_round <= epochs * steps_per_epoch
    assert (plan.first_kept_epoch - 1) * steps_per_epoch < plan.last_round <= plan.first_kept_epoch * steps_per_epoch


def test_what_does_not_prune_may_keep_any_epoch() -> None:
    plan = schedule(TECHNIQUES["pruned_qat"], Compression(), 1650)
    assert (plan.last_round, plan.first_kept_epoch) == (0, 1)
