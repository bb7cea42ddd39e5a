"""Which photos train, which choose, which test: by the hash of their pixels, so that it never depends on order or on chance.

Of a class, photos whose hash lies in the lowest tenth are test photos, those in the next tenth validation photos. A photo keeps its
place when others are added; equal photos have equal hashes and stay together. Proportions are therefore approximate.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from builder.data.layout import Given
from builder.data.photo import quoted
from builder.errors import DataError

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
SHARE = 0.1  # of the photos of a class, for validation and again for testing


@dataclass(frozen=True, slots=True)
class Item:
    """A photo that can be decoded: its class, the split it was given in, the sha256 of its pixels in hex."""

    label: str
    given: Given
    pixels: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of each item, or `None` where it is left out; what was said; photos that are copies; labels in conflict."""

    splits: tuple[SplitName | None, ...]
    notes: tuple[str, ...]
    duplicates: int
    conflicts: int


def position(pixels: str, split_seed: int) -> float:
    """Where a photo lies in [0, 1): sha256 of the seed and the hash of its pixels."""
    digest = hashlib.sha256(f"{split_seed}:{pixels}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56  # 56 bits: more than a float's fraction would round up to 1


def assign(items: Sequence[Item], classes: Sequence[str], given: frozenset[Given], split_seed: int) -> Assignment:
    """Assigns every photo to a split.

    Args:
        items: decoded photos.
        classes: the classes, each of which must end up with photos in every split that is made here.
        given: the splits that the data states; those absent are split off the training photos.
        split_seed: another seed gives another split.

    Raises:
        DataError: a class has too few different photos.
    """
    notes: list[str] = []
    splits = without_straddling(items, notes)
    groups: dict[str, set[str]] = defaultdict(set)
    for item in items:
        groups[item.pixels].add(item.label)
    conflicts = {pixels for pixels, labels in groups.items() if len(labels) > 1}
    wanted = [name for name in SPLITS[:0:-1] if name not in given]  # test first: it has the lowest hashes
    moved: dict[tuple[str, str], SplitName] = {}
    for label in classes:
        own = {item.pixels for item, split in zip(items, splits, strict=True) if item.label == label and split == "train"}
        moved |= {(label, pixels): split for pixels, split in split_class(label, own, conflicts, wanted, split_seed, notes).items()}
    final = tuple(
        moved.get((item.label, item.pixels), split) if split == "train" else split
        for item, split in zip(items, splits, strict=True)
    )
    if conflicts:
        copies = sum(item.pixels in conflicts for item in items)
        notes.append(
            f"Conflicting labels: {len(conflicts):,} photo(s) lie in more than one class ({copies:,} files). Look which is right."
        )
    return Assignment(final, tuple(notes), len(items) - len(groups), len(conflicts))


def without_straddling(items: Sequence[Item], notes: list[str]) -> list[SplitName | None]:
    """Given splits as they are, but no photo in two of them: test photos leave the others, validation photos leave training."""
    held: dict[str, set[str]] = {
        "test": {item.pixels for item in items if item.given == "test"},
        "validation": {item.pixels for item in items if item.given == "validation"},
    }
    splits: list[SplitName | None] = []
    removed = 0
    for item in items:
        split: SplitName = item.given or "train"
        above = [name for name in ("test", "validation") if SPLITS.index(split) < SPLITS.index(name)]
        if any(item.pixels in held[name] for name in above):
            removed += 1
            splits.append(None)
        else:
            splits.append(split)
    if removed:
        notes.append(
            f"Left out {removed:,} training or validation photo(s) that are exact copies of a test photo, or of a validation photo."
        )
    return splits


def split_class(
    label: str, own: set[str], conflicts: set[str], wanted: Sequence[SplitName], split_seed: int, notes: list[str]
) -> dict[str, SplitName]:
    """The splits of one class's different photos; those in conflict go by the thresholds alone, as in their other class.

    Raises:
        DataError: fewer different photos than there are splits to fill.
    """
    at = {pixels: position(pixels, split_seed) for pixels in own}
    free = sorted(own - conflicts, key=lambda pixels: (at[pixels], pixels))
    least = len(wanted) + 1
    if len(free) < least:
        raise DataError(
            f"The class {quoted([label])} has {len(free)} different photo(s) that can be used; at least {least} are needed, better "
            "100. Add photos or remove the class."
        )
    splits: dict[str, SplitName] = {pixels: by_threshold(at[pixels], wanted) for pixels in own & conflicts}
    taken = 0
    for index, name in enumerate(wanted):
        low, high = index * SHARE, (index + 1) * SHARE
        count = sum(low <= at[pixels] < high for pixels in free)
        left_for_others = len(free) - taken - (len(wanted) - index)
        if count == 0:
            notes.append(f"The class {quoted([label])} had no {name} photo by chance; one photo was moved there.")
        count = min(max(count, 1), left_for_others)
        splits |= dict.fromkeys(free[taken : taken + count], name)
        taken += count
    return splits


def by_threshold(at: float, wanted: Sequence[SplitName]) -> SplitName:
    """The split of a position in [0, 1) where nothing else interferes."""
    index = int(at / SHARE)
    return wanted[index] if index < len(wanted) else "train"
