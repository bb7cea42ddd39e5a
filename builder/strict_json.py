"""A frozen value from a JSON file that this project wrote: types are checked strictly, and a newer format is told as such."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from builder.errors import InvalidInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class Kept(Protocol):
    """What is read: a dataclass with the format that it was written in."""

    @property
    def format(self) -> int: ...


Value = TypeVar("Value", bound=Kept)


@lru_cache(maxsize=8)
def adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Checks types; made once for each kind, since pydantic takes some milliseconds for it."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def read_strictly(path: Path, kind: type[Value], *, newest: int, bytes_max: int, mend: str) -> Value | None:
    """The value in a file; None where there is no file.

    Args:
        path: the file.
        kind: the dataclass that it holds.
        newest: the newest format that this builder reads.
        bytes_max: a larger file is none that was written here.
        mend: what to do about a damaged one, as a sentence.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    try:
        if path.stat().st_size > bytes_max:
            raise damaged(path, f"it is larger than {bytes_max:,} bytes", mend)
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from None
    from pydantic import ValidationError

    try:
        value: Value = adapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise damaged(path, f"{where}: {first['msg']}" if where else first["msg"], mend) from None
    if value.format > newest:
        raise InvalidInput(f"{path} is in format {value.format}, and this builder reads up to format {newest}: use a newer one.")
    return value


def damaged(path: Path, what: str, mend: str) -> InvalidInput:
    """The error for a file that cannot be used."""
    return InvalidInput(f"{path} is damaged: {what}. {mend}")
