"""An uploaded archive looked at in a process of its own: its directory alone can be made to fill the memory of who reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from builder.data.archive import ZipOrigin, safe_members, safe_parts
from builder.data.layout import is_junk
from builder.errors import DataError, ModelFileError
from builder.uploads.sets import FILES_MAX
from builder.verify.isolation import Child, ChildFailed

TASK = "builder.uploads.checking:look"
MEMORY_BYTES = 3 * 1024**3 // 2  # of address space, NumPy's and its kind included
LIMIT_SECONDS = 60.0


def check_archive(path: Path, shown: str) -> None:
    """Holds an archive to the rules of `builder.data.archive`, and to the number of files that an upload may have.

    Args:
        path: where it lies.
        shown: what messages call it.

    Raises:
        DataError: no .zip, a damaged or encrypted one, unsafe names, links, a bomb, too many files, or no photos.
    """
    try:
        with Child(TASK, {"file": str(path), "shown": shown}, memory_bytes=MEMORY_BYTES, start_s=LIMIT_SECONDS):
            pass
    except ModelFileError as error:
        raise DataError(str(error)) from None
    except ChildFailed as reason:
        raise DataError(f"The archive {shown} cannot be looked at: {reason}. Make a plain .zip of the photos.") from None


def look(request: dict[str, Any]) -> tuple[dict[str, Any], Callable[..., Any]]:
    """What the child does."""
    shown = request["shown"]
    members = safe_members(ZipOrigin(Path(request["file"])), shown)
    if len(members) > FILES_MAX:
        raise DataError(
            f"The archive {shown} has {len(members):,} files; at most {FILES_MAX:,} can be uploaded. Put the photos on the server "
            "and name their folder there."
        )
    named = [(member, safe_parts(member, shown)) for member in members]
    if not any(parts and not member.is_dir() and not any(is_junk(part) for part in parts) for member, parts in named):
        raise DataError(f"The archive {shown} holds no photos. Needed: one folder a class with photos inside.")
    return {"files": len(members)}, look
