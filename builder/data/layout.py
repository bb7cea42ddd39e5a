"""Which class and which split each file belongs to, read from the names of its folders. Serves folders and archives alike.

cats/1.jpg                 class cats
cats/tabby/1.jpg           class cats: folders inside a class do not matter
train/cats/1.jpg           class cats, given split train; beside it val|valid|validation/ and test/
photos/cats/1.jpg          one wrapping folder is looked through
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from builder.errors import DataError

Given = Literal["", "train", "validation", "test"]  # "" when the split is ours to make

SPLIT_NAMES: dict[str, Given] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db", "$recycle.bin", "@eadir"})

# Files that people keep beside photos. They are passed over unless their first bytes are a photo's.
SIDECARS = frozenset({".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".md", ".html", ".py", ".ipynb", ".pdf"})
PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"II*\0", b"MM\0*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file belongs. `parts` are the folders and the name below the data, wrapping folder included."""

    given: Given
    label: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Every photo's place, and what was passed over."""

    places: tuple[Place, ...]
    notes: tuple[str, ...] = field(default=())


def is_junk(name: str) -> bool:
    """Hidden files and what operating systems leave behind."""
    return name.startswith(".") or name.lower() in JUNK


def is_sidecar(name: str, start: bytes) -> bool:
    """A text or a table beside the photos, by its ending and its first bytes."""
    dot = name.rfind(".")
    if dot < 0 or name[dot:].lower() not in SIDECARS:
        return False
    return not (start.startswith(PHOTO_STARTS) or start[4:8] == b"ftyp")


def arrange(files: Sequence[tuple[str, ...]], empty_folders: Iterable[tuple[str, ...]], data: str) -> Layout:
    """Reads classes and given splits from the folders that files lie in.

    Args:
        files: the path of each file below the data, as parts.
        empty_folders: folders in which no file lies at any depth, as parts.
        data: what to call the data in messages.

    Raises:
        DataError: no class folders, or a class name that cannot be written into a model's label list.
    """
    notes: list[str] = []
    empty = list(empty_folders)
    depth = 0
    tops = {parts[0] for parts in (*files, *empty) if len(parts) > 1 or parts in empty}
    only = next(iter(tops)) if len(tops) == 1 else None
    if only is not None and any(len(parts) > 2 for parts in files) and not is_split_root([p[1:] for p in files], {only}):
        depth = 1
        notes.append(f"The class folders are inside {only!r}.")
    inner = [(parts, parts[depth:]) for parts in files if len(parts) > depth]
    roots = {rest[0] for _, rest in inner if len(rest) > 1} | {parts[depth] for parts in empty if len(parts) > depth}
    splits = is_split_root([rest[1:] for _, rest in inner if SPLIT_NAMES.get(rest[0].lower()) == "train"], roots)
    if not splits and roots and all(name.lower() in SPLIT_NAMES for name in roots):
        raise DataError(
            f"{data} has {', '.join(sorted(roots))}, but no train/ with one folder a class inside. Put the training photos into "
            "train/<class>/ (val/ and test/ may lie beside it), or have one folder a class and no splits."
        )
    places, beside = [], Counter[str]()
    for parts, rest in inner:
        given: Given = ""
        if splits:
            given = SPLIT_NAMES.get(rest[0].lower(), "")
            if not given and len(rest) > 1:
                beside[rest[0]] += 1
                continue
            rest = rest[1:]
        if len(rest) < 2:
            beside[""] += 1
            continue
        places.append(Place(given, class_name(rest[0], data), parts))
    check_no_empty_class(places, [parts[depth:] for parts in empty], splits, data)
    if beside[""]:
        notes.append(f"Passed over {beside.pop(''):,} file(s) that lie in no class folder.")
    notes.extend(f"Passed over the folder {name!r} ({count:,} files) beside train/." for name, count in sorted(beside.items()))
    return Layout(tuple(places), tuple(notes))


def is_split_root(in_train: list[tuple[str, ...]], roots: set[str]) -> bool:
    """Whether folders named train, val, test are splits: train holds class folders and no photos of its own."""
    named = {SPLIT_NAMES.get(name.lower()) for name in roots}
    return "train" in named and bool(in_train) and all(len(parts) != 1 for parts in in_train)


def check_no_empty_class(places: list[Place], empty: list[tuple[str, ...]], splits: bool, data: str) -> None:
    """A class folder without a file is more likely an accident than a wish."""
    filled = {place.label for place in places}
    for parts in empty:
        if splits and SPLIT_NAMES.get(parts[0].lower() if parts else "") != "train":
            continue
        at = 1 if splits else 0
        if len(parts) == at + 1 and unicodedata.normalize("NFC", parts[at]) not in filled and places:
            raise DataError(f"The class folder {'/'.join(parts)!r} in {data} holds no photos. Add photos to it or remove it.")


def class_name(folder: str, data: str) -> str:
    """A folder's name as a label: composed Unicode, one line, encodable."""
    try:
        folder.encode()
    except UnicodeEncodeError:
        raise DataError(f"The class folder {folder!r} in {data} has a name that is not valid UTF-8. Rename it.") from None
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in folder):
        raise DataError(
            f"The class folder {folder!r} in {data} has a line break or another control character in its name. A model's label "
            "list holds one name a line: rename the folder."
        )
    return unicodedata.normalize("NFC", folder)
