"""resolutions.json: written whole, read strictly."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from builder.errors import InvalidInput
from builder.resolutions.model import FOLDER, FORMAT, NAME, Resolutions
from builder.runs import write_atomically

if TYPE_CHECKING:
    from pydantic import TypeAdapter

BYTES_MAX = 64 * 1024**2


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[Resolutions]:
    """Checks types; made once, since pydantic takes some milliseconds for it."""
    from pydantic import TypeAdapter

    return TypeAdapter(Resolutions)


def resolutions_path(folder: Path) -> Path:
    """Where a build's record lies."""
    return folder / FOLDER / NAME


def write_resolutions(folder: Path, made: Resolutions) -> None:
    """Writes a build's resolutions.json.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    text = json.dumps(made.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(resolutions_path(folder), text + "\n")


def read_resolutions(folder: Path) -> Resolutions | None:
    """What a build was exported at; None where it was exported at its own resolution alone.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    path = resolutions_path(folder)
    try:
        if path.stat().st_size > BYTES_MAX:
            raise damaged(path, f"it is larger than {BYTES_MAX:,} bytes")
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from None
    from pydantic import ValidationError

    try:
        made = adapter().validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise damaged(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    if made.format > FORMAT:
        raise InvalidInput(f"{path} is in format {made.format}, and this builder reads up to format {FORMAT}: use a newer one.")
    if made.row(made.trained_at) is None:
        raise damaged(path, f"it has no row of {made.trained_at} px, which the build was trained at")
    return made


def damaged(path: Path, what: str) -> InvalidInput:
    """The error for a record that cannot be read."""
    return InvalidInput(f"{path} is damaged: {what}. Remove it and export again, or export with --force.")
