"""What there is to make a trained network smaller, and which technique starts from what another one left.

build ─┬─► qat
       ├─► pruned ─┬─► pruned_qat
       │           └─► pruned_clustered ─► pruned_clustered_qat
       ├─► pruned_2_4
       └─► clustered ─► clustered_qat
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from builder.errors import ConfigError, nearest

Step = Literal["prune", "prune_2_4", "cluster", "qat"]


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to tune a trained network, by a single fine-tune.

    Args:
        name: the key in `TECHNIQUES`, and a folder's name.
        title: for people.
        steps: everything that was done to the weights; the last step is the one that this technique does itself.
        after: the technique whose weights it starts from; None starts from the build's.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    after: str | None = None

    @property
    def step(self) -> Step:
        """What this technique does to the weights that it starts from."""
        return self.steps[-1]

    @property
    def keeps_zeros(self) -> bool:
        """Whether the weights it starts from have zeros that must stay."""
        return any(step in ("prune", "prune_2_4") for step in self.steps[:-1])

    @property
    def keeps_clusters(self) -> bool:
        """Whether the weights it starts from share a few values, and must go on doing so."""
        return "cluster" in self.steps[:-1]

    @property
    def quantized(self) -> bool:
        """Whether the tuned model has its ranges inside, so that its int8 files need no calibration.

        Clustered weights have them too: quantization after training gives each channel a scale of its own, which hides from a
        packer that the channels share their values.
        """
        return self.step in ("qat", "cluster")


ALL = (
    Technique("qat", "quantization-aware training", ("qat",)),
    Technique("pruned", "pruned", ("prune",)),
    Technique("pruned_2_4", "pruned, 2 of 4", ("prune_2_4",)),
    Technique("clustered", "clustered", ("cluster",)),
    Technique("pruned_qat", "pruned, then quantization-aware training", ("prune", "qat"), after="pruned"),
    Technique("clustered_qat", "clustered, then quantization-aware training", ("cluster", "qat"), after="clustered"),
    Technique("pruned_clustered", "pruned and clustered", ("prune", "cluster"), after="pruned"),
    Technique(
        "pruned_clustered_qat",
        "pruned, clustered, then quantization-aware training",
        ("prune", "cluster", "qat"),
        after="pruned_clustered",
    ),
)
TECHNIQUES: dict[str, Technique] = {technique.name: technique for technique in ALL}


def in_order(names: Iterable[str]) -> tuple[Technique, ...]:
    """The techniques asked for and those that they start from, each once, every one behind the one that it starts from.

    Raises:
        ConfigError: an unknown name.

    Example:
        >>> [technique.name for technique in in_order(["pruned_qat", "qat"])]
        ['qat', 'pruned', 'pruned_qat']
    """
    needed: set[str] = set()
    for name in names:
        upwards: str | None = name
        while upwards is not None:
            if upwards not in TECHNIQUES:
                raise ConfigError(
                    f'There is no technique "{upwards}".{nearest(upwards, TECHNIQUES)} Known: {", ".join(TECHNIQUES)}.'
                )
            needed.add(upwards)
            upwards = TECHNIQUES[upwards].after
    return tuple(technique for technique in ALL if technique.name in needed)
