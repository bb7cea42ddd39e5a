"""matrix.json: written whole, read strictly."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from builder.errors import InvalidInput
from builder.matrix.model import FOLDER, FORMAT, NAME, Matrix
from builder.runs import write_atomically

if TYPE_CHECKING:
    from pydantic import TypeAdapter

BYTES_MAX = 64 * 1024**2


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[Matrix]:
    """Checks types; made once, since pydantic takes some milliseconds for it."""
    from pydantic import TypeAdapter

    return TypeAdapter(Matrix)


def matrix_path(folder: Path) -> Path:
    """Where a build's matrix lies."""
    return folder / FOLDER / NAME


def write_matrix(folder: Path, matrix: Matrix) -> None:
    """Writes a build's matrix.json.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    text = json.dumps(matrix.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(matrix_path(folder), text + "\n")


def read_matrix(folder: Path) -> Matrix | None:
    """A build's matrix; None where nothing was compressed yet.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    path = matrix_path(folder)
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
        matrix = adapter().validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise damaged(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    if matrix.format > FORMAT:
        raise InvalidInput(f"{path} is in format {matrix.format}, and this builder reads up to format {FORMAT}: use a newer one.")
    return matrix


def damaged(path: Path, what: str) -> InvalidInput:
    """The error for a matrix that cannot be read."""
    return InvalidInput(f"{path} is damaged: {what}. Remove it and compress again.")
