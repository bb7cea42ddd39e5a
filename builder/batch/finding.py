"""The batches of an exports folder: all of them, and the one that somebody names."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

from builder.batch.record import BATCHES, NAME, is_running
from builder.errors import InvalidInput
from builder.formats import printable
from builder.runs import slug

NEAR_MAX = 5  # batches that a message names


def find_batch(text: str, exports: Path) -> Path | None:
    """The folder of a batch that somebody names: by its path, its folder's name, or its id; None where there is none."""
    named = Path(text)
    if named.is_dir() and named.absolute().parent.name == BATCHES:
        return named
    kept = exports / BATCHES
    folders = [path for path in kept.iterdir() if path.is_dir()] if kept.is_dir() else []
    matches = [path for path in folders if text in (path.name, path.name.rpartition("-")[2])]
    return matches[0] if len(matches) == 1 else None


def batch_called(name: str, exports: Path) -> Path | None:
    """The folder of the batch of a name, as its file gives it; of several that are called so, the one that is running.

    Raises:
        InvalidInput: several are called so, and not one of them is running, or more than one.
    """
    if not any(letter.isascii() and letter.isalnum() for letter in name):  # what a folder's name is made of
        return None
    called = [path for path in (exports / BATCHES).glob(f"{slug(name)}-*") if path.name.rpartition("-")[0] == slug(name)]
    running = [path for path in called if is_running(path)]
    if len(called) > 1 and len(running) != 1:
        folders = ", ".join(str(path) for path in sorted(called))
        raise InvalidInput(f'{len(called)} batches are called "{name}". Name one by its folder: {folders}.')
    return next(iter(running or called), None)


def batches_near(name: str, exports: Path) -> str:
    """A hint such as ` Batches there, the nearest name first: grid-0a1b2c3d.`; empty where there are none."""

    def likeness(folder: Path) -> float:
        known = folder.name.rpartition("-")[0]
        return max(SequenceMatcher(None, text, name.lower()).ratio() for text in (known, known.replace("-", " "), folder.name))

    there = sorted(batches(exports), key=likeness, reverse=True)  # of equally near ones the last written first
    if not there:
        return ""
    more = f", and {len(there) - NEAR_MAX} more" if len(there) > NEAR_MAX else ""
    named = ", ".join(printable(folder.name) for folder in there[:NEAR_MAX])
    return f" Batches there, the nearest name first: {named}{more}."


def batches(exports: Path) -> list[Path]:
    """The folders of all batches, the one that was written last first."""
    found = list((exports / BATCHES).glob(f"*/{NAME}"))
    return [path.parent for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]
