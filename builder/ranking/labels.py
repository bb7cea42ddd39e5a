"""Titles cut to the room that there is, different ones so that they stay different: what a batch's have in common goes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from builder.formats import printable
from builder.ranking.model import Entry

ID_LENGTH = 7  # letters of a build's id that tell two titles apart where nothing else does
Words = tuple[str, ...]


def labels(entries: Sequence[Entry], limit: int) -> list[str]:
    """The titles of rows on one line each, of `limit` letters at most; different titles have different labels.

    Args:
        entries: rows that are shown together.
        limit: most letters of a label, 16 or more.

    Example:
        >>> labels(group.entries, 32)
        ['Night run: alpha 0.25,…rate 0.01', 'Night run: alpha 0.25,…rate 0.02']
    """
    titles = [printable(entry.title) for entry in entries]
    if all(len(title) <= limit for title in titles):
        return titles
    cut = {title: title for title in titles if len(title) <= limit}
    for alike in of_one_form(titles):
        differ = [len(set(column)) > 1 for column in zip(*alike, strict=True)]
        for words in alike:
            cut.setdefault(" ".join(words), printable(without_common(words, differ), limit))
    made = [cut.get(title) or printable(title, limit) for title in titles]
    meant: dict[str, set[str]] = defaultdict(set)
    for title, label in zip(titles, made, strict=True):
        meant[label].add(title)
    return [
        label if len(meant[label]) == 1 else f"{printable(label, limit - ID_LENGTH - 1)} {entry.id[:ID_LENGTH]}"
        for entry, label in zip(entries, made, strict=True)
    ]


def of_one_form(titles: Sequence[str]) -> list[list[Words]]:
    """Titles whose words can be compared one by one: those of one batch, which name the same settings."""
    groups: dict[tuple[Words, int], set[Words]] = defaultdict(set)
    for title in titles:
        words = tuple(title.split())
        groups[words[: head_of(words)], len(words)].add(words)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def head_of(words: Words) -> int:
    """How many words name the batch: those up to the first colon."""
    return next((number for number, word in enumerate(words, 1) if word.endswith(":")), 0)


def without_common(words: Words, differ: Sequence[bool]) -> str:
    """A title with a mark in the place of words that are the same in all; the batch's name stays, and the name of what differs."""
    head = head_of(words)
    said = ""
    for number, word in enumerate(words):
        if number < head or any(differ[number : number + 2]):
            said += word if not said or said.endswith("…") else f" {word}"
        elif not said.endswith("…"):
            said += "…"
    return said
