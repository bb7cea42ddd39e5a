"""One photo that nobody has looked at yet, and a list of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from builder.data.layout import Given


class Origin(Protocol):
    """Gives the content of a photo: the bytes of a file, or pixels as uint8 (H, W) or (H, W, 3)."""

    def read(self, key: str) -> bytes | NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a source, not yet looked at.

    `name` is its path below the data, `key` what its origin knows it by, `digest` the sha256 of its content in hex, or empty
    with a `problem` when it could not even be read.
    """

    name: str
    label: str
    given: Given
    digest: str
    origin: Origin
    key: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one place holds: classes in order, photos in the order of their names, and what the user should know."""

    classes: tuple[str, ...]
    items: tuple[Photo, ...]
    notes: tuple[str, ...] = ()


def class_order(items: tuple[Photo, ...]) -> tuple[str, ...]:
    """Classes sorted by name, as `image_dataset_from_directory` sorts them; given splits are led by the training photos."""
    trained = {item.label for item in items if item.given in ("", "train")}
    return tuple(sorted(trained))


def quoted(names: Iterable[str]) -> str:
    """A few names for a message, shortened."""
    names = list(names)
    shown = ", ".join(repr(name if len(name) <= 60 else name[:57] + "...") for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
