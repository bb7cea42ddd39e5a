"""Which epoch's weights are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from builder.train.checkpoint import EpochRecord


def best_of(history: Sequence[EpochRecord], photos: int) -> EpochRecord:
    """The epoch to keep: the best validation accuracy, ties by loss.

    Accuracies within one standard error of the best are a tie. With 200 validation photos one photo is half a percent, so a
    lucky epoch early on would otherwise win over later, better ones.

    Args:
        history: at least one epoch, in order.
        photos: validation photos.
    """
    best, highest = history[0], history[0].val_accuracy
    for record in history[1:]:
        highest = max(highest, record.val_accuracy)
        least = highest - standard_error(highest, photos)
        if record.val_accuracy >= least and (record.val_loss < best.val_loss or best.val_accuracy < least):
            best = record
    return best


def standard_error(accuracy: float, photos: int) -> float:
    """How far an accuracy over so many photos is off by chance; one more right and one more wrong keep it above 0 at 0 and 1."""
    share = (accuracy * photos + 1) / (photos + 2)
    return math.sqrt(share * (1 - share) / photos)
