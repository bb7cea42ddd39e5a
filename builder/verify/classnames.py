"""Which of a model's labels each class folder means."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from builder.errors import InvalidInput, nearest

SHOWN_MAX = 5


def match(classes: Sequence[str], labels: Sequence[str]) -> tuple[list[int], str | None]:
    """The number of the label that each class means.

    By name: the same text; else the same but for case, spaces and underscores; else the first of the synonyms that a label
    lists ("goldfish" for "goldfish, Carassius auratus"), else any of them. Where no class has the name of a label and all are
    whole numbers, they are taken as the numbers of outputs, counted from 0.

    Args:
        classes: names of folders.
        labels: of the model, in the order of its outputs.

    Returns:
        An output's number for each class, and a note that the user should see, if any.

    Raises:
        InvalidInput: a class means no label or several, or two classes mean one.
    """
    indices = indices_of(labels)
    found = [lookup(name, indices) for name in classes]
    note = None
    if not any(found) and (outputs := as_numbers(classes, len(labels))):
        found = [{number} for number in outputs]
        note = "No class is named like a label, and all are numbers: they are taken as the numbers of the model's outputs, from 0."
    unknown = [name for name, numbers in zip(classes, found, strict=True) if not numbers]
    if unknown:
        hint = nearest(unknown[0], labels)
        raise InvalidInput(
            f"{len(unknown):,} of {len(classes):,} classes of the photos are no label of the model: {shown(unknown)}.{hint} "
            f"Its {len(labels):,} labels begin with {shown(labels)}. Rename the folders, or give other labels: --labels FILE."
        )
    for name, numbers in zip(classes, found, strict=True):
        if len(numbers) > 1:
            meant = [f"{labels[number]} (output {number})" for number in sorted(numbers)]
            raise InvalidInput(
                f"The class {name!r} could be any of {shown(meant)}. Name the folder by its number, or as in the labels."
            )
    chosen = [next(iter(one)) for one in found]
    twice = [name for name, number in zip(classes, chosen, strict=True) if chosen.count(number) > 1]
    if twice:
        raise InvalidInput(f"The classes {shown(twice)} mean the same label of the model. Put their photos into one folder.")
    return chosen, note


Index = dict[str, set[int]]


def indices_of(labels: Sequence[str]) -> tuple[Index, ...]:
    """Labels by their text, by their plain text, by their first synonym, and by any synonym."""
    exact, loose, first, synonyms = (defaultdict[str, set[int]](set) for _ in range(4))
    for number, label in enumerate(labels):
        parts = label.split(",")
        exact[unicodedata.normalize("NFC", label)].add(number)
        loose[plain(label)].add(number)
        first[plain(parts[0])].add(number)
        for part in parts:
            synonyms[plain(part)].add(number)
    return exact, loose, first, synonyms


def lookup(name: str, indices: tuple[Index, ...]) -> set[int]:
    """What a name means in the first index that knows it."""
    exact, *others = indices
    found = exact.get(unicodedata.normalize("NFC", name))
    return found or next((index[plain(name)] for index in others if plain(name) in index), set())


def plain(text: str) -> str:
    """A name without case, underscores and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def as_numbers(classes: Sequence[str], outputs: int) -> list[int]:
    """The classes as numbers of outputs; empty unless all of them are."""
    if not all(name.isascii() and name.isdecimal() and len(name) < 10 and int(name) < outputs for name in classes):
        return []
    return [int(name) for name in classes]


def shown(names: Sequence[str]) -> str:
    """A few names for a message, shortened."""
    some = ", ".join(repr(name if len(name) <= 60 else name[:57] + "...") for name in names[:SHOWN_MAX])
    return some + (f" and {len(names) - SHOWN_MAX:,} more" if len(names) > SHOWN_MAX else "")
