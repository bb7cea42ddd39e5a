"""What the photos are like: what was unreadable, doubled, rare, or passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from builder.data.photo import quoted
from builder.errors import DataError

SMALL_CLASS = 20  # training photos; below this a class is worth a warning
IMBALANCE_WARNED = 3.0  # largest class / smallest class


@dataclass(frozen=True, slots=True)
class BadPhoto:
    """A photo that was skipped, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DataReport:
    """Findings about the photos of a build.

    Args:
        photos: files looked at.
        used: photos in one of the three splits; the rest is bad, or a copy of a held-out photo.
        bad: every photo that was skipped.
        duplicates: photos whose pixels another photo has too.
        conflicts: different photos that lie in more than one class.
        per_class: for each class, the number of train, validation and test photos.
        imbalance: training photos of the largest class / of the smallest.
        small_classes: classes with fewer than 20 training photos.
        notes: what the user should know, as sentences.
    """

    photos: int
    used: int
    bad: tuple[BadPhoto, ...]
    duplicates: int
    conflicts: int
    per_class: dict[str, dict[str, int]]
    imbalance: float
    small_classes: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {
            "bad": [asdict(photo) for photo in self.bad],
            "small_classes": list(self.small_classes),
            "notes": list(self.notes),
        }


def check_bad_share(bad: Sequence[BadPhoto], photos: int, bad_share_max: float, data: str) -> None:
    """Stops where too much is unreadable to be an accident.

    Raises:
        DataError: names the first few bad photos.
    """
    if bad and len(bad) > bad_share_max * photos:
        first = "; ".join(f"{photo.name[:200]!r}: {photo.reason}" for photo in bad[:5])
        more = f"; and {len(bad) - 5:,} more" if len(bad) > 5 else ""
        raise DataError(
            f"{len(bad):,} of {photos:,} photos in {data} cannot be used, more than the share of {bad_share_max:g} that is let "
            f"pass. Repair or remove them, or let more pass with --bad-share-max (bad_share_max in YAML): {first}{more}."
        )


def report(
    *,
    photos: int,
    bad: Sequence[BadPhoto],
    duplicates: int,
    conflicts: int,
    per_class: Mapping[str, Mapping[str, int]],
    notes: Sequence[str],
) -> DataReport:
    """Adds up the findings and puts those into words that the user should act on."""
    said = list(notes)
    training = {name: counts["train"] for name, counts in per_class.items()}
    largest, smallest = max(training, key=lambda name: training[name]), min(training, key=lambda name: training[name])
    imbalance = training[largest] / training[smallest]
    small = tuple(name for name, count in training.items() if count < SMALL_CLASS)
    if bad:
        said.append(f"Skipped {len(bad):,} photo(s) that cannot be read: {quoted(photo.name for photo in bad)}.")
    if duplicates:
        said.append(f"{duplicates:,} photo(s) are exact copies of another one; copies always share a split.")
    if imbalance > IMBALANCE_WARNED:
        said.append(
            f"The classes are imbalanced: {quoted([largest])} has {training[largest]:,} training photos, {quoted([smallest])} has "
            f"{training[smallest]:,}."
        )
    if small:
        said.append(
            f"Few training photos (under {SMALL_CLASS}) in {quoted(small)}: expect poor accuracy there, better 100 a class."
        )
    for split in ("validation", "test"):
        none = [name for name, counts in per_class.items() if not counts[split]]
        if none:
            said.append(f"No {split} photos in {quoted(none)}: how well that works is not measured.")
    return DataReport(
        photos=photos,
        used=sum(sum(counts.values()) for counts in per_class.values()),
        bad=tuple(bad),
        duplicates=duplicates,
        conflicts=conflicts,
        per_class={name: dict(counts) for name, counts in per_class.items()},
        imbalance=imbalance,
        small_classes=small,
        notes=tuple(said),
    )
