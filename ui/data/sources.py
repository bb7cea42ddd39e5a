"""The ways to photos that are on the server already: the built-in set, and its folders."""

from __future__ import annotations

import streamlit as st

from builder import server_photos, uploads
from builder.data.source import is_builtin
from builder.errors import BuilderError
from ui import parts, session
from ui.data import chosen

PATH, WAY = "data-path", "data-way"


def tools() -> str:
    """The row of ways; returns the one that is open."""
    names = chosen.tools()
    st.session_state[WAY] = chosen.tool()
    st.segmented_control(
        "Where the photos come from", names, key=WAY, required=True, on_change=lambda: chosen.open_tool(st.session_state[WAY])
    )
    return chosen.tool()


def digits() -> None:
    """The set that comes with the builder."""
    st.write("1,797 handwritten digits in ten classes. They need no network and no upload: a first build takes a few minutes.")
    if session.choice().data == "digits":
        st.button("Chosen", icon=":material/check_circle:", key="digits-chosen", disabled=True, help="These photos are chosen.")
    elif st.button("Use the digits", type="primary", icon=":material/looks_one:"):
        chosen.choose("digits")
        st.rerun()


def folder() -> None:
    """A folder or an archive that lies on the server."""
    top = server_photos.root()
    where = f" below {parts.literal(str(top), 200)}" if top else ""
    st.write(f"Photos that lie on the server{where}: a folder with one sub-folder a class, or a .zip of one. Of any size.")
    data = session.choice().data
    if PATH not in st.session_state and data and not is_builtin(data) and uploads.set_of(data) is None:
        st.session_state[PATH] = data
    with st.form("data-folder", border=False):
        named = st.text_input("Folder or .zip on the server", key=PATH, placeholder="photos/leaves", max_chars=480)
        asked = st.form_submit_button("Look at these photos", type="primary", icon=":material/folder_open:")
    if not asked:
        return
    if not named.strip():
        parts.problem("No folder is named. Write the path of a folder with one sub-folder a class.")
        return
    try:
        place = server_photos.check(named.strip())
    except BuilderError as error:
        parts.problem(error)
        return
    chosen.choose(str(place))
    st.rerun()
