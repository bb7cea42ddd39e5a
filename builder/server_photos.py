"""Which folders of this machine the app's visitors may train on: anywhere, below one folder, or nowhere.

`builder app` sets BUILDER_APP_PHOTOS: empty is anywhere (whoever sits at this machine may read what its user may read), a folder
is that folder and what is below it, `none` is nowhere (the server answers other machines too).
"""

from __future__ import annotations

import os
from pathlib import Path

from builder.errors import DataError

VARIABLE = "BUILDER_APP_PHOTOS"
NOWHERE = "none"


def allowed() -> bool:
    """Whether a folder of the server can be chosen at all."""
    return os.environ.get(VARIABLE, "") != NOWHERE


def root() -> Path | None:
    """The folder that choices are confined to; None where nothing confines them, or where none is allowed."""
    text = os.environ.get(VARIABLE, "")
    return Path(text).expanduser().absolute() if text not in ("", NOWHERE) else None


def check(named: str | Path) -> Path:
    """The folder or archive that a visitor names, with links followed; a relative one starts at the root, where there is one.

    Args:
        named: a path on the server, as the visitor wrote it.

    Raises:
        DataError: folders of the server are closed, or this one lies outside of what is open.
    """
    if not allowed():
        raise DataError(
            "This server opens none of its folders to visitors: upload the photos, or start it with `builder app --photos DIR`."
        )
    top = root()
    try:
        chosen = (top or Path.cwd()).joinpath(Path(named).expanduser()).resolve()
        inside = top is None or chosen.is_relative_to(top.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # a null byte, a loop of links, an unknown ~user
        raise DataError(f'"{named}" is no path that can be read ({error}).') from None
    if not inside:
        raise DataError(f'"{named}" lies outside of {top}, and this server opens only what is below it.')
    return chosen
