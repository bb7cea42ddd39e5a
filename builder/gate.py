"""The gate: how much worse than the trained network a file may be, and how large.

Judged on the validation photos, by what the file's own bytes said about them; test photos are measured afterwards and decide
nothing. Photos are whole: a limit of 1 point is 1.96 of 196 photos, so 2 may be lost. A class is judged from three lost photos on:
one of ten is ten points, and says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from builder.errors import ConfigError
from builder.formats import format_bytes
from builder.sizes import parse_size

MAX_DROP = 1.0  # points of accuracy
MAX_CLASS_DROP = 5.0  # points of one class's accuracy
CLASS_PHOTOS_MIN = 3  # photos of a class that must be lost before its points count


@dataclass(frozen=True, slots=True)
class Gate:
    """What a file must keep to.

    Args:
        max_drop: points of accuracy, 0 to 100, that it may lose against the trained network, rounded up to whole photos.
        max_class_drop: points that the accuracy of one class may lose; counted from 3 lost photos on.
        max_flash_bytes: the largest file.
        max_gzip_bytes: the largest file as it is downloaded, compressed.

    Raises:
        ConfigError: a limit out of range.
    """

    max_drop: float = MAX_DROP
    max_class_drop: float = MAX_CLASS_DROP
    max_flash_bytes: int | None = None
    max_gzip_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("max-drop", self.max_drop), ("max-class-drop", self.max_class_drop)):
            if not 0 <= value <= 100:
                raise ConfigError(f"--{name} is in points of accuracy, from 0 to 100, not {value:g}.")
        for name, limit in (("max-flash", self.max_flash_bytes), ("max-gzip", self.max_gzip_bytes)):
            if limit is not None and limit <= 0:
                raise ConfigError(f"--{name} must be a size above zero such as 300KiB, not {limit}.")

    @classmethod
    def of(
        cls,
        max_drop: float | None = None,
        max_class_drop: float | None = None,
        max_flash: str | int | None = None,
        max_gzip: str | int | None = None,
    ) -> Gate:
        """The gate with its limits as people write them; what is None has its default.

        Raises:
            ConfigError: a size that cannot be read, or a limit out of range.
        """
        return cls(
            MAX_DROP if max_drop is None else max_drop,
            MAX_CLASS_DROP if max_class_drop is None else max_class_drop,
            None if max_flash is None else parse_size(max_flash, "--max-flash"),
            None if max_gzip is None else parse_size(max_gzip, "--max-gzip"),
        )

    @property
    def text(self) -> str:
        """The limits in words."""
        said = f"at most {self.max_drop:g} point{'' if self.max_drop == 1 else 's'} lost, {self.max_class_drop:g} in a class"
        sizes = ((self.max_flash_bytes, "of flash"), (self.max_gzip_bytes, "compressed"))
        return ", ".join([said, *(f"{format_bytes(limit)} {what}" for limit, what in sizes if limit is not None)])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a file did.

    Args:
        passed: whether it keeps to every limit.
        reasons: why not, as sentences; empty where it passed.
        drop: share of validation photos lost against the network, 0 to 1; below 0 where some were won.
        worst_class: the class that lost most of its photos; empty where none lost any.
        worst_class_drop: the share that it lost.
        photos: validation photos that were judged on.
        accuracy_failed: whether accuracy is among the reasons; a size may be another.
        size_failed: whether a size is.
        counted_class_drop: the largest share that a class lost, of those that lost enough photos to count.
    """

    passed: bool
    reasons: tuple[str, ...]
    drop: float
    worst_class: str
    worst_class_drop: float
    photos: int
    accuracy_failed: bool = False
    size_failed: bool = False
    counted_class_drop: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields."""
        return asdict(self) | {"reasons": list(self.reasons)}


def judge(
    gate: Gate,
    network: Sequence[int],
    file: Sequence[int],
    true: Sequence[int],
    classes: Sequence[str],
    *,
    flash_bytes: int,
    gzip_bytes: int,
) -> Verdict:
    """Holds a file against the gate.

    Args:
        gate: the limits.
        network: the trained network's top label of each validation photo, by number.
        file: the file's.
        true: the right ones.
        classes: names.
        flash_bytes: the file's size.
        gzip_bytes: its size compressed.
    """
    photos = len(true)
    lost = [0] * len(classes)
    counts = [0] * len(classes)
    for before, after, right in zip(network, file, true, strict=True):
        counts[right] += 1
        lost[right] += (before == right) - (after == right)
    drop = sum(lost) / photos if photos else 0.0
    shares = [gone / count if count else 0.0 for gone, count in zip(lost, counts, strict=True)]
    worst = max(range(len(classes)), key=lambda number: shares[number], default=0)
    accuracy = accuracy_reasons(gate, drop, lost, shares, counts, classes)
    sizes = size_reasons(gate, flash_bytes, gzip_bytes)
    return Verdict(
        passed=not accuracy and not sizes,
        reasons=(*accuracy, *sizes),
        drop=drop,
        worst_class=classes[worst] if photos and lost[worst] > 0 else "",
        worst_class_drop=max(0.0, shares[worst]) if photos else 0.0,
        photos=photos,
        accuracy_failed=bool(accuracy),
        size_failed=bool(sizes),
        counted_class_drop=max((share for share, gone in zip(shares, lost, strict=True) if gone >= CLASS_PHOTOS_MIN), default=0.0),
    )


def accuracy_reasons(
    gate: Gate, drop: float, lost: Sequence[int], shares: Sequence[float], counts: Sequence[int], classes: Sequence[str]
) -> list[str]:
    """What speaks against a file's accuracy."""
    found = []
    photos = sum(counts)
    if sum(lost) > math.ceil(gate.max_drop / 100 * photos - 1e-9):
        found.append(f"it loses {points(drop)} points of accuracy ({counted_of(sum(lost), photos)}), {allowed(gate.max_drop)}")
    failing = [
        number
        for number, share in enumerate(shares)
        if lost[number] >= CLASS_PHOTOS_MIN and 100 * share > gate.max_class_drop + 1e-9
    ]
    if failing:
        worst = max(failing, key=lambda number: shares[number])
        more = f", and {len(failing) - 1} more classes too much" if len(failing) > 1 else ""
        found.append(
            f'"{classes[worst]}" loses {points(shares[worst])} points ({counted_of(lost[worst], counts[worst])}), '
            f"{allowed(gate.max_class_drop)}{more}"
        )
    return found


def size_reasons(gate: Gate, flash_bytes: int, gzip_bytes: int) -> list[str]:
    """What speaks against a file's size."""
    found = []
    for limit, size, what in (
        (gate.max_flash_bytes, flash_bytes, "of flash"),
        (gate.max_gzip_bytes, gzip_bytes, "compressed"),
    ):
        if limit is not None and size > limit:
            found.append(
                f"it takes {format_bytes(size)} {what}, {format_bytes(size - limit)} more than the {format_bytes(limit)} allowed"
            )
    return found


def points(share: float) -> str:
    """A share in points of accuracy, so exact that it can be held against a limit."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")


def counted_of(lost: int, photos: int) -> str:
    """`2 of 196 photos`."""
    return f"{lost:,} of {photos:,} photos"


def allowed(limit: float) -> str:
    """`1 is allowed`."""
    return f"{limit:g} {'is' if limit == 1 else 'are'} allowed"
