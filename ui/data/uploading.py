"""An archive or a folder from the visitor's disk: to the server's disk at once, and out of its memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder import server_photos, uploads
from builder.errors import BuilderError
from builder.formats import format_count, format_megabytes
from builder.uploads.sets import FILES_MAX
from ui import parts
from ui.data import arriving, chosen, memory

TURN = "data-upload-turn"  # part of the widgets' keys: a new one makes Streamlit drop what the old one held
TRIM, PROBLEM = "data-upload-trim", "data-upload-problem"


def bytes_max() -> int:
    """What one upload may have: the smaller of our bound and the server's."""
    return min(uploads.bytes_max(), int(st.get_option("server.maxUploadSize")) * 10**6)  # the browser's side counts so


def show() -> None:
    """The two places to drop photos on."""
    if st.session_state.pop(TRIM, False):
        memory.trim()
    limit = format_megabytes(bytes_max())
    st.write(
        "Drag them here: one folder for each class, with its photos inside (JPEG, PNG, WEBP, HEIC and their kind). "
        "They stay on this server and are shown to everybody who uses it."
    )
    turn = st.session_state.get(TURN, 0)
    left, right = st.columns(2)
    archive = left.file_uploader("A .zip of the class folders", type="zip", key=f"data-zip-{turn}")
    files = right.file_uploader("The folder itself", accept_multiple_files="directory", key=f"data-directory-{turn}")
    larger = (
        "Larger sets: copy them to the server and choose *Folder on the server*."
        if server_photos.allowed()
        else "Larger sets: ask whoever runs this server to open a folder of photos with `builder app --photos DIR`."
    )
    st.caption(f"At most {parts.literal(limit)} and {format_count(FILES_MAX)} files an upload. {larger}")
    if problem := st.session_state.pop(PROBLEM, ""):
        parts.problem(problem)
    refusal = arriving.refusal()
    if archive is None and not files and not refusal:
        return
    if refusal:  # what is left of it is not the photos that the visitor meant
        st.session_state[PROBLEM] = refusal
    else:
        take(archive, files)
    memory.forget([*([archive] if archive else []), *files])
    st.session_state[TURN] = turn + 1
    st.session_state[TRIM] = True
    st.rerun()


def take(archive: Any, files: Sequence[Any]) -> None:
    """Makes a photo set of what has arrived, and chooses it."""
    with st.spinner("Moving the photos to the server's disk"):
        try:
            if archive is not None:
                taken = uploads.take_archive(archive.name, arriving.content(archive))
            else:
                taken = uploads.take_files((each.name, arriving.content(each)) for each in files)
            chosen.choose(taken.data)
            chosen.open_tool(chosen.SETS)
        except BuilderError as error:
            st.session_state[PROBLEM] = str(error)
        except OSError as error:
            st.session_state[PROBLEM] = f"The upload cannot be read any more ({error.strerror or error}). Upload it again."
