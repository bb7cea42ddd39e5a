"""outcomes.json: written whole, before the report; read strictly."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from builder.data import Rows
from builder.errors import InvalidInput
from builder.outcomes import pictures
from builder.outcomes.model import FORMAT, Outcomes
from builder.runs import write_atomically

if TYPE_CHECKING:
    from pydantic import TypeAdapter

OUTCOMES = "outcomes.json"
BYTES_MAX = 256 * 1024**2  # ten columns of a million photos


def keep(folder: Path, outcomes: Outcomes, hero: str | None, images: Rows) -> Outcomes:
    """Writes outcomes.json and the pictures of the photos worth showing.

    Args:
        folder: the build's.
        outcomes: what was said.
        hero: the variant that is shown first.
        images: test photos, uint8 (N, H, W, C).

    Returns:
        The outcomes, with the photos that have a picture now.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    kept = replace(outcomes, pictured=pictures.chosen(outcomes, hero, pictures.most_of(images)))
    pictures.save(folder, kept.pictured, images)
    write_atomically(folder / OUTCOMES, json.dumps(kept.to_json(), allow_nan=False, separators=(",", ":")) + "\n")
    return kept


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[Outcomes]:
    """Checks types; made once, since pydantic takes some milliseconds for it."""
    from pydantic import TypeAdapter

    return TypeAdapter(Outcomes)


def read_outcomes(folder: Path) -> Outcomes | None:
    """What a build said about its test photos; None for a build that was made before they were kept.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    path = folder / OUTCOMES
    try:
        if path.stat().st_size > BYTES_MAX:
            raise damaged(path, f"it is larger than {BYTES_MAX:,} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from None
    from pydantic import ValidationError

    try:
        outcomes = adapter().validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise damaged(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    if outcomes.format > FORMAT:
        raise InvalidInput(f"{path} is in format {outcomes.format}, and this builder reads up to format {FORMAT}: use a newer one.")
    if problem := outcomes.problem():
        raise damaged(path, problem)
    return outcomes


def damaged(path: Path, what: str) -> InvalidInput:
    """The error for a file that cannot be used."""
    return InvalidInput(f"{path} is damaged: {what}. Build again with --force, or restore the file from a copy.")
