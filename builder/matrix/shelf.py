"""What stands on the shelf, in its order: the float file, what rounds its numbers, what tunes its weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from builder.compress.techniques import TECHNIQUES
from builder.compress.techniques import in_order as tuned_in_order
from builder.config import Variant
from builder.errors import ConfigError, nearest

CALIBRATION_PHOTOS = 200  # what a build takes
MORE_CALIBRATION_PHOTOS = 1000


@dataclass(frozen=True, slots=True)
class PostTraining:
    """A technique that rounds numbers and trains nothing.

    Args:
        name: the technique.
        title: for people.
        files: the variants that it writes, the one that is judged first.
        calibration_photos: on how many training photos the ranges of activations are measured; 0 where none are needed.
    """

    name: str
    title: str
    files: tuple[Variant | str, ...]
    calibration_photos: int = 0


POST_TRAINING: dict[str, PostTraining] = {
    each.name: each
    for each in (
        PostTraining("float32", "float32", ("float32",)),
        PostTraining("float16", "float16 weights", ("float16",)),
        PostTraining("dynamic", "int8 weights, float activations", ("dynamic",)),
        PostTraining("int8", "int8 after training", ("int8", "int8_micro"), CALIBRATION_PHOTOS),
        PostTraining("int8_more", "int8 after training, more calibration", ("int8", "int8_micro"), MORE_CALIBRATION_PHOTOS),
        PostTraining("int16", "int8 weights, int16 activations", ("int16",), CALIBRATION_PHOTOS),
    )
}
STARTS = frozenset(technique.after for technique in TECHNIQUES.values() if technique.after)  # whose weights others start from
NAMES = (*POST_TRAINING, *TECHNIQUES)
ALIASES = {"int8_micro": "int8", "ptq": "int8", "int16x8": "int16", "16x8": "int16"}

# From cheap to dear: what the gate tries. Chains come last; what a chain starts from is made on the way, and may pass itself.
LADDER = (
    *("int8", "int8_more", "qat"),
    *("pruned", "pruned_qat"),
    *("clustered", "clustered_qat"),
    *("pruned_clustered", "pruned_clustered_qat"),
)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The techniques asked for in the shelf's order, each once, with those that they start from.

    Raises:
        ConfigError: an unknown name.

    Example:
        >>> in_order(["pruned_qat", "int8_micro"])
        ('int8', 'pruned', 'pruned_qat')
    """
    asked = [ALIASES.get(name, name) for name in names]
    for name in asked:
        if name not in NAMES:
            raise ConfigError(f'There is no technique "{name[:80]}".{nearest(name, NAMES)} Known: {", ".join(NAMES)}.')
    tuned = {technique.name for technique in tuned_in_order(name for name in asked if name in TECHNIQUES)}
    return tuple(name for name in NAMES if name in asked or name in tuned)


def title_of(name: str) -> str:
    """A technique's name for people."""
    return POST_TRAINING[name].title if name in POST_TRAINING else TECHNIQUES[name].title
