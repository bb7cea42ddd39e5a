"""Where things lie outside a build's folder. Each place can be moved by an environment variable; all are made when needed."""

from __future__ import annotations

import os
from pathlib import Path

from builder.errors import StorageError

APP_NAME = "mobilenet-builder"


def place(variable: str, default: str) -> Path:
    """The folder that an environment variable names, or the default below the user's home; created when absent."""
    folder = Path(os.environ.get(variable) or default).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made ({error.strerror}). Set {variable} to a folder you can write to."
        ) from None
    return folder


def cache_dir() -> Path:
    """Decoded photos and fetched weights; safe to delete at any time. Moved by BUILDER_CACHE_DIR."""
    import platformdirs

    return place("BUILDER_CACHE_DIR", platformdirs.user_cache_dir(APP_NAME))


def state_dir() -> Path:
    """Slots and the queue, shared by every build on this machine. Moved by BUILDER_STATE_DIR."""
    import platformdirs

    return place("BUILDER_STATE_DIR", platformdirs.user_state_dir(APP_NAME))


def uploads_dir() -> Path:
    """Photos that people uploaded or took in the app. Moved by BUILDER_UPLOADS_DIR."""
    import platformdirs

    return place("BUILDER_UPLOADS_DIR", str(Path(platformdirs.user_data_dir(APP_NAME)) / "uploads")).absolute()
