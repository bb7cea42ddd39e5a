"""How long and how fast a technique tunes, and when pruning has reached its target. Standard library and settings only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from builder.compress.settings import Compression
from builder.compress.techniques import Step, Technique

# Steps of 32 photos that each kind of tuning was seen to need, on trained weights, and the epochs that this may become.
STEPS: dict[Step, int] = {"prune": 200, "prune_2_4": 200, "cluster": 150, "qat": 150}
EPOCHS_MIN, EPOCHS_MAX = 2, 20

# Peak learning rates of AdamW. Training from ImageNet weights peaks at 2e-3 (train.recipe): pruning takes a good part of the
# network away and trains nearly as fast, the others nudge what is there.
LEARNING_RATES: dict[Step, float] = {"prune": 1e-3, "prune_2_4": 1e-3, "cluster": 5e-4, "qat": 2e-4}
BATCH_REFERENCE = 32

# Pruning is done in so many rounds, spread over this share of all steps; what is left serves to recover.
RAMP_ROUNDS = 10
RAMP_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Schedule:
    """The numbers of one fine-tune.

    Args:
        epochs: passes over the photos.
        learning_rate: the peak.
        round_steps: steps between two rounds of pruning.
        last_round: the step of the last round, after which the sparsity is the target's; 0 where nothing is pruned.
        first_kept_epoch: earlier epochs end before that step: their weights are not sparse yet.
    """

    epochs: int
    learning_rate: float
    round_steps: int = 0
    last_round: int = 0
    first_kept_epoch: int = 1


def schedule(technique: Technique, compression: Compression, photos: int) -> Schedule:
    """Derives what the user left open.

    Args:
        technique: its last step decides.
        compression: the user's settings.
        photos: training photos.
    """
    steps_per_epoch = math.ceil(photos / max(1, min(compression.batch_size, photos)))
    epochs = compression.epochs or derived_epochs(technique.step, photos)
    rate = compression.learning_rate or LEARNING_RATES[technique.step] * math.sqrt(compression.batch_size / BATCH_REFERENCE)
    if technique.step not in ("prune", "prune_2_4"):
        return Schedule(epochs, rate)
    ramp = max(1, int(epochs * steps_per_epoch * RAMP_SHARE))
    round_steps = max(1, ramp // RAMP_ROUNDS)
    last_round = ramp // round_steps * round_steps
    return Schedule(epochs, rate, round_steps, last_round, first_kept_epoch=math.ceil(last_round / steps_per_epoch))


def derived_epochs(step: Step, photos: int) -> int:
    """The epochs in which so many photos make the steps that this kind of tuning needs."""
    wanted = math.ceil(STEPS[step] / math.ceil(photos / BATCH_REFERENCE))
    return min(max(wanted, EPOCHS_MIN), EPOCHS_MAX)
