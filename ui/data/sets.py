"""The sets that were uploaded or taken here: use, rename, delete."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from builder import uploads
from builder.errors import BuilderError
from builder.formats import format_bytes
from builder.uploads import PhotoSet
from ui import parts, session
from ui.data import chosen, memory
from ui.data.uploading import TRIM

SHOWN = 50
KINDS = {"zip": "uploaded .zip", "folder": "uploaded folder", "webcam": "from the webcam"}


def show() -> None:
    """One row a set, the newest first."""
    if st.session_state.pop(TRIM, False):
        memory.trim()
    found = uploads.photo_sets()
    if not found:
        st.write("No photos were uploaded or taken here yet. Choose *Upload* or *Webcam* above; the sets then stand here.")
        return
    data = session.choice().data
    for each in found[:SHOWN]:
        row(each, is_chosen=each.data == data)
    if len(found) > SHOWN:
        st.caption(f"and {len(found) - SHOWN:,} older sets; delete some of these to see them.")


def row(photo_set: PhotoSet, is_chosen: bool) -> None:
    """One set."""
    words, use, more = st.columns([6, 2, 2], vertical_alignment="center")
    when = datetime.fromtimestamp(photo_set.created, UTC).astimezone()
    mark = ":material/check_circle: " if is_chosen else ""
    words.markdown(f"{mark}**{parts.literal(photo_set.title)}**")
    words.caption(f"{KINDS[photo_set.kind]}, {format_bytes(photo_set.total_bytes())}, {when:%Y-%m-%d %H:%M}")
    name, key = parts.literal(photo_set.title, 40), photo_set.folder.name
    if use.button("Chosen" if is_chosen else "Use", key=f"use-{key}", disabled=is_chosen, width="stretch", help=f"Use {name}"):
        chosen.choose(photo_set.data)
        st.rerun()
    with more.popover("Change", width="stretch", help=f"Rename or delete {name}"):
        with st.form(f"rename-{key}", border=False):
            title = st.text_input("Title", value=photo_set.title, max_chars=80)
            renamed = st.form_submit_button("Rename")
        st.caption("Deleting removes the photos. Finished builds stay; one that still needs the photos cannot go on.")
        doomed = st.button("Delete these photos", key=f"delete-{key}", icon=":material/delete:")
    try:
        if renamed:
            photo_set.rename(title)
            st.rerun()
        if doomed:
            photo_set.delete()
            if is_chosen:
                chosen.choose("")
            st.rerun()
    except BuilderError as error:
        parts.problem(error)
