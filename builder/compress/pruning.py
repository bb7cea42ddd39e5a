"""Pruning: the smallest weights of each kernel become zero, in rounds while the network trains (arXiv:1710.01878).

TFMOT knows no pruning of depthwise kernels: they stay as they are, 1 to 5 % of all weights.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from builder.compress import tfmot
from builder.compress.schedule import Schedule
from builder.compress.twin import wrapped

GROUP = (2, 4)  # two zeros among four neighbours along a kernel's input channels, as sparse tensor cores read them


def wrap(model: Any, layers: Set[str], schedule: Schedule, sparsity: float) -> Any:
    """A model that prunes the smallest weights of each kernel while it trains.

    Args:
        model: a plain twin; its layers are wrapped, not copied.
        layers: names of those to prune.
        schedule: when the rounds are.
        sparsity: share of each kernel that is zero after the last round, in [0, 1).
    """
    rising = tfmot.sparsity.PolynomialDecay(
        initial_sparsity=0.0,
        final_sparsity=sparsity,
        begin_step=0,
        end_step=schedule.last_round,
        frequency=schedule.round_steps,
    )
    return wrapped(model, layers, lambda layer: tfmot.sparsity.prune_low_magnitude(layer, pruning_schedule=rising))


def wrap_groups(model: Any, layers: Set[str], schedule: Schedule) -> Any:
    """A model that keeps the larger two of each four neighbouring weights, chosen anew in every round until the last one."""
    rounds = tfmot.sparsity.ConstantSparsity(0.5, begin_step=0, end_step=schedule.last_round, frequency=schedule.round_steps)
    return wrapped(
        model,
        layers,
        lambda layer: tfmot.sparsity.prune_low_magnitude(layer, pruning_schedule=rounds, sparsity_m_by_n=GROUP),
    )


def callbacks() -> list[Any]:
    """What counts the steps, and sets to zero what the last step of an epoch moved away from it."""
    return [tfmot.sparsity.UpdatePruningStep()]
