"""Test photos by number, in columns: a column is small in JSON and quick to read, a hundred thousand photos included."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from builder.report.plain import plain

if TYPE_CHECKING:
    from builder.data import Dataset
    from builder.verify import VariantCheck
    from builder.verify.metrics import Top

FORMAT = 1  # of outcomes.json
SCORE_DIGITS = 4
INTEGER = ("int8", "int8_micro")  # variants whose changes of a label are worth a look


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said about one photo: a class by its name, and its score, 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Top labels as numbers of classes, and their scores; both by photo."""

    labels: tuple[int, ...]
    scores: tuple[float, ...]

    @classmethod
    def of(cls, top: Top) -> Answers:
        """From arrays; a score that is no number, of a network that diverged, is 0."""
        scores = (round(float(score), SCORE_DIGITS) if math.isfinite(score) else 0.0 for score in top.scores)
        return cls(tuple(map(int, top.labels)), tuple(scores))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Every test photo of a build.

    Args:
        classes: names in the order of the network's outputs.
        names: each photo's path below the data.
        true: each photo's class, by number.
        network: what the trained network said.
        variants: what each .tflite said; those that could not be run are absent.
        pictured: numbers of the photos that lie in the build's folder as pictures, in ascending order.
        format: of outcomes.json.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...] = field(repr=False)
    true: tuple[int, ...] = field(repr=False)
    network: Answers = field(repr=False)
    variants: dict[str, Answers] = field(repr=False)
    pictured: tuple[int, ...] = field(default=(), repr=False)
    format: int = FORMAT

    @classmethod
    def of(cls, dataset: Dataset, network: Top, checks: Mapping[str, VariantCheck]) -> Outcomes:
        """From what verification found; no photo is pictured yet."""
        return cls(
            classes=tuple(dataset.classes),
            names=dataset.test.names,
            true=tuple(map(int, dataset.test.labels)),
            network=Answers.of(network),
            variants={variant: Answers.of(check.top) for variant, check in checks.items() if check.top is not None},
        )

    def __len__(self) -> int:
        return len(self.true)

    def by(self, who: str) -> Answers | None:
        """What a variant said, or the trained network, which is `network`; None where there is no such variant."""
        return self.network if who == "network" else self.variants.get(who)

    def answer(self, who: str, photo: int) -> Answer | None:
        """What was said about one photo."""
        said = self.by(who)
        return None if said is None else Answer(self.classes[said.labels[photo]], said.scores[photo])

    def is_of(self, photo: int) -> str:
        """The class that a photo is of."""
        return self.classes[self.true[photo]]

    def wrong(self, who: str) -> list[int]:
        """Photos that were named wrongly, the most confident mistake first."""
        said = self.by(who)
        if said is None:
            return []
        return by_score(
            [photo for photo, (label, true) in enumerate(zip(said.labels, self.true, strict=True)) if label != true], said.scores
        )

    def changed(self, variant: str) -> list[int]:
        """Photos whose label a variant changed, those that the network was surest of first."""
        said = self.variants.get(variant)
        if said is None:
            return []
        pairs = enumerate(zip(said.labels, self.network.labels, strict=True))
        return by_score([photo for photo, (label, before) in pairs if label != before], self.network.scores)

    def problem(self) -> str:
        """What does not fit together, as text; empty where all does."""
        count, classes = len(self.true), len(self.classes)
        if len(self.names) != count:
            return f"{len(self.names):,} names for {count:,} photos"
        for who, said in {"network": self.network, **self.variants}.items():
            if not len(said.labels) == len(said.scores) == count:
                return f"{who} has {len(said.labels):,} labels and {len(said.scores):,} scores for {count:,} photos"
        numbers = (self.true, self.network.labels, *(said.labels for said in self.variants.values()))
        if any(number < 0 or number >= classes for column in numbers for number in column):
            return f"a class outside 0 to {classes - 1}"
        if any(photo < 0 or photo >= count for photo in self.pictured):
            return f"a picture of a photo outside 0 to {count - 1}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what outcomes.json holds."""
        values: dict[str, Any] = plain(self)
        return {"format": values.pop("format")} | values


def by_score(photos: Sequence[int], scores: Sequence[float]) -> list[int]:
    """The highest score first; of equal ones the earlier photo."""
    return sorted(photos, key=lambda photo: (-scores[photo], photo))
