"""Which photos a visitor has chosen, and whether this server lets them be read. The choice itself holds only their place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import streamlit as st

from builder import server_photos, uploads
from builder.data.source import is_builtin
from builder.errors import BuilderError
from builder.uploads import PhotoSet, webcam
from ui import session

TOOL = "data-tool"  # the tool that is open; no widget owns this key
EXAMINED = "data-examined"
DIGITS, SETS, UPLOAD, CAMERA, FOLDER = "Built-in digits", "Photo sets", "Upload", "Webcam", "Folder on the server"
TOOLS = (DIGITS, UPLOAD, CAMERA, SETS, FOLDER)


def tools() -> list[str]:
    """The ways to photos that this server offers."""
    return [tool for tool in TOOLS if tool != FOLDER or server_photos.allowed()]


def tool() -> str:
    """The tool that is open: the last one that was opened, else the one that the chosen photos came by."""
    opened = st.session_state.get(TOOL)
    if opened in tools():
        return str(opened)
    data = session.choice().data
    if not data or is_builtin(data):
        return DIGITS
    try:
        found = uploads.set_of(data)
    except BuilderError:  # there is no place for uploads, which the look at the photos says
        return DIGITS
    if found is None:
        return FOLDER if server_photos.allowed() else UPLOAD
    return CAMERA if found.kind == "webcam" else SETS


def open_tool(name: str) -> None:
    """Opens a tool."""
    st.session_state[TOOL] = name


def choose(data: str) -> None:
    """Chooses photos, to be looked at anew."""
    st.session_state.pop(EXAMINED, None)
    session.change(data=data)


def check_permitted(data: str) -> None:
    """Holds a choice, which may come from a link, to what this server opens.

    Raises:
        DataError: a place that is not open to visitors.
        StorageError: there is no place for uploads.
    """
    permitted_place(data)


def permitted_place(data: str) -> str:
    """The photos that a choice names: a built-in set, an upload, or a place of the server, whole and with links followed.

    Raises:
        DataError, StorageError: as `check_permitted`.
    """
    return data if is_builtin(data) or uploads.set_of(data) is not None else str(server_photos.check(data))


def stamp(data: str) -> str:
    """What tells that photos from the webcam have changed since they were looked at; empty for all others."""
    found: PhotoSet | None = None
    with contextlib.suppress(Exception):
        found = uploads.set_of(data)
    if found is None or found.kind != "webcam":
        return ""
    return repr([(name, len(photos), photos[-1].name if photos else "") for name, photos in webcam.classes(found).items()])


def shown_name(data: str) -> str:
    """What people call the photos."""
    if is_builtin(data):
        return "Built-in digits" if data == "digits" else data
    with contextlib.suppress(Exception):
        found = uploads.set_of(data)
        if found is not None:
            return found.title
    return Path(data).name or data


def place(data: str) -> str:
    """Where the photos lie, for those that visitors named by their place; else empty."""
    known = True
    with contextlib.suppress(Exception):
        known = is_builtin(data) or uploads.set_of(data) is not None
    return "" if known else data
