"""A batch held to what this server opens: its photos and model files are places on the server, whoever wrote them down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder import server_photos
from builder.batch.file import Batch
from builder.config import BuildConfig
from builder.errors import DataError
from ui.data.chosen import permitted_place
from ui.train import first_weights

# Settings that name a place on the server, with what holds each to the folders that are open.
PLACES: dict[str, Callable[[str], str]] = {
    "data": permitted_place,
    "test_data": permitted_place,
    "init": first_weights.permitted,
}


def permitted(batch: Batch) -> Batch:
    """The batch with whole paths; what is no text is left to the check of the settings.

    Raises:
        DataError: one of them is not open to visitors.
        StorageError: there is no place for uploads.
    """
    return batch.model_copy(
        update={
            "base": base_of(batch.base),
            "grid": values_of(batch.grid),
            "include": [values_of(rule) for rule in batch.include],
            "exclude": [values_of(rule) for rule in batch.exclude],
        }
    )


def check_as_written(batch: Batch) -> None:
    """Holds a batch that goes on as it is written to what is open, whoever began it: its paths count from the server's folder.

    Raises:
        DataError: a place is not open, or is named by a link or a path that is not whole, while only one folder is open.
        StorageError: there is no place for uploads.
    """
    top = server_photos.root()
    if permitted(batch).model_dump() != batch.model_dump() and top is not None:
        raise DataError(
            f"The batch names places by links or by paths that are not whole, and this server opens only what is below {top}. "
            "Go on with it where it was begun: `builder batch` with the same file."
        )


def base_of(config: BuildConfig) -> BuildConfig:
    """The settings that all builds share."""
    named = {name: getattr(config, name) for name in PLACES}
    return config.replace(**{name: place(name, value) for name, value in named.items()})


def values_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted keys; a list is one of several values."""
    return {
        name: [place(name, each) for each in value] if isinstance(value, (list, tuple)) else place(name, value)
        for name, value in values.items()
    }


def place(name: str, value: Any) -> Any:
    """One value, held to what is open where it names a place."""
    return PLACES[name](value) if name in PLACES and isinstance(value, str) else value
