"""What is known of photos since the last examination of them: found by the words that named them, without reading a photo.

    <cache>/known/<key>.json     classes, count and fingerprint of the photos that one name meant when they were last examined

An app's server asks here: it lists no photos itself, since that takes long and photos come from anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from builder.data.cache import guarded, subfolder, write_json
from builder.errors import BuilderError
from builder.places import cache_dir

ROOM = "known"
KEPT = 200  # names
BYTES_MAX = 4 * 1024**2  # no such file is larger; 10,000 classes have some 200 kB


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan needs to know of photos.

    Args:
        classes: names in training order.
        photos: how many there were.
        fingerprint: as `Source.fingerprint`.
    """

    classes: tuple[str, ...]
    photos: int
    fingerprint: str


def known_of(data: str) -> Known | None:
    """What was found when these photos were last examined; None where they never were, or what was kept is gone or damaged."""
    with contextlib.suppress(BuilderError, OSError, ValueError, KeyError, TypeError, RecursionError):
        path = cache_dir() / ROOM / name_of(data)
        with path.open("rb") as file:
            values = json.loads(file.read(BYTES_MAX))
        return Known(tuple(str(name) for name in values["classes"]), int(values["photos"]), str(values["fingerprint"]))
    return None


def remember(data: str, known: Known) -> None:
    """Keeps what was found; the names that were examined longest ago go.

    Raises:
        StorageError: the cache cannot be written.
    """
    room = guarded(lambda: subfolder(ROOM))
    write_json(room / name_of(data), asdict(known))
    kept = []
    for path in room.glob("[!.]*"):
        with contextlib.suppress(OSError):  # removed by another process
            kept.append((path.stat().st_mtime, path))
    for _, old in sorted(kept, reverse=True)[KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()


def name_of(data: str) -> str:
    """The file for one name of photos; a relative path means another place in another working folder."""
    from builder.data.source import is_builtin

    place = data if is_builtin(data) else str(Path(data).absolute())
    return f"{hashlib.sha256(place.encode(errors='surrogatepass')).hexdigest()[:32]}.json"
