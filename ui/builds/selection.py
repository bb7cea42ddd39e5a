"""Which builds are looked at: one, or two side by side. Kept under a key of the session; one alone is in the link too."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from builder.listing import Row
from ui import session

CHOSEN = "builds-chosen"  # the widget's own key: its value is set before it is drawn
TABLE = "builds-table-version"
SHOWN = "builds-shown"
MOST = 2


def begin(rows: Sequence[Row]) -> None:
    """Drops what is gone, and takes the link's build when the page is opened."""
    known = {row.id for row in rows}
    start = [session.choice().build] if CHOSEN not in st.session_state else st.session_state[CHOSEN]
    st.session_state[CHOSEN] = [build_id for build_id in start if build_id in known]


def chosen(rows: Sequence[Row]) -> list[Row]:
    """The builds that are chosen, in the order of choosing."""
    by_id = {row.id: row for row in rows}
    return [by_id[build_id] for build_id in st.session_state[CHOSEN] if build_id in by_id]


def choose(*ids: str) -> None:
    """Looks at these builds, the last two of them where there are more."""
    if len(ids) > MOST:
        st.toast("Two builds at most stand side by side: the last two are taken.", icon=":material/compare_arrows:")
    st.session_state[CHOSEN] = list(ids[-MOST:])
    told()


def told() -> None:
    """Writes one build that is chosen alone into the link."""
    ids = st.session_state[CHOSEN]
    session.change(build=ids[0] if len(ids) == 1 else "")


def taken() -> None:
    """The list was used: the table forgets which of its rows were ticked."""
    st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1
    told()


def ticked(key: str) -> None:
    """Rows of the table were ticked."""
    shown = st.session_state[SHOWN]
    choose(*(shown[index] for index in st.session_state[key].selection.rows if index < len(shown)))


def picked(key: str) -> None:
    """A point of the picture was clicked."""
    points = st.session_state[key].selection.get("picked") or []
    ids = [point["id"] for point in points if "id" in point]
    if ids:
        choose(*ids)
        st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1
