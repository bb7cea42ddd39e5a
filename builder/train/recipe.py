"""How long and how fast to train, derived from the number of photos and from the start where the user gave no number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from builder.config import Training

# Steps that small sets were seen to need; more epochs for few photos, fewer for many.
STEPS_WARM = 1_000
STEPS_SCRATCH = 2_000
EPOCHS_WARM = (6, 30)
EPOCHS_SCRATCH = (15, 100)

# Peak learning rates of AdamW at batches of 32; they grow with the square root of the batch, as Adam's noise does.
LEARNING_RATE_WARM = 2e-3
LEARNING_RATE_SCRATCH = 4e-3
LEARNING_RATE_MAX = 1e-2
BATCH_REFERENCE = 32

# Moving averages of batch normalization look back over so many steps: few enough to follow the weights, enough to be steady.
LOOK_BACK_STEPS = (5, 100)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of one training, none left open.

    Args:
        epochs: passes over the photos.
        batch_size: photos a step, all devices together.
        steps_per_epoch: the last batch of an epoch is filled up with photos from its beginning.
        learning_rate: the peak, reached after `warmup_steps`; it falls along a cosine to 0 at the last step.
        warmup_steps: steps in which the learning rate rises from 0.
        patience: epochs without a better validation score before training stops.
        momentum: how much of its moving averages batch normalization keeps at a step.
    """

    epochs: int
    batch_size: int
    steps_per_epoch: int
    learning_rate: float
    warmup_steps: int
    patience: int
    momentum: float

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.epochs * self.steps_per_epoch

    def learning_rate_at(self, step: int) -> float:
        """What the optimizer's schedule gives at a step; on JAX each look at Keras's own compiles it anew, 0.07 s on a CPU."""
        if step < self.warmup_steps:
            return self.learning_rate * step / self.warmup_steps
        falling = max(1, self.steps - self.warmup_steps)
        return self.learning_rate * (1 + math.cos(math.pi * min(1.0, (step - self.warmup_steps) / falling))) / 2


def recipe(training: Training, photos: int, *, warm: bool, devices: int = 1) -> Recipe:
    """Derives what the user left open.

    Args:
        training: the user's settings.
        photos: training photos.
        warm: training starts from trained weights.
        devices: the batch is a multiple of this number.
    """
    batch_size = fitting_batch(training.batch_size, photos, devices)
    low, high = EPOCHS_WARM if warm else EPOCHS_SCRATCH
    wanted = math.ceil((STEPS_WARM if warm else STEPS_SCRATCH) / math.ceil(photos / BATCH_REFERENCE))
    epochs = training.epochs if training.epochs is not None else min(max(wanted, low), high)
    base = LEARNING_RATE_WARM if warm else LEARNING_RATE_SCRATCH
    grown = min(base * math.sqrt(batch_size / BATCH_REFERENCE), LEARNING_RATE_MAX)
    start = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        steps_per_epoch=0,
        learning_rate=training.learning_rate or grown,
        warmup_steps=0,
        patience=training.patience or max(10, epochs // 2),
        momentum=0.0,
    )
    return with_batch_size(start, batch_size, photos, training.warmup_share)


def with_batch_size(start: Recipe, batch_size: int, photos: int, warmup_share: float) -> Recipe:
    """The recipe with another batch size; epochs and peak learning rate stay."""
    steps_per_epoch = math.ceil(photos / batch_size)
    steps = start.epochs * steps_per_epoch
    return replace(
        start,
        batch_size=batch_size,
        steps_per_epoch=steps_per_epoch,
        warmup_steps=int(steps * warmup_share),
        momentum=momentum_for(steps, steps_per_epoch),
    )


def fitting_batch(wanted: int, photos: int, devices: int) -> int:
    """The largest batch that is a multiple of the devices, at most as wanted and at most all photos (but one for each device)."""
    return max(min(wanted, photos) // devices, 1) * devices


def momentum_for(steps: int, steps_per_epoch: int) -> float:
    """The momentum whose memory, 1 / (1 - momentum) steps, is a twentieth of all steps and a third of an epoch at most.

    Keras's 0.99 looks back over 100 steps: with a few hundred steps in all, validation then runs on statistics of long ago.
    """
    low, high = LOOK_BACK_STEPS
    look_back = min(max(min(steps / 20, steps_per_epoch / 3), low), high)
    return 1 - 1 / look_back
