"""Which builds are looked at: one, or two side by side. Both are in the choice, and so in the link."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from builder.listing import Row
from ui import session
from ui.builds.wording import id_of

CHOSEN = "builds-chosen"  # the widget's own key: its value is set before it is drawn
TABLE = "builds-table-version"
SHOWN = "builds-shown"
MOST = 2


def begin(rows: Sequence[Row]) -> None:
    """Shows the choice in the list, without what is gone."""
    known = {row.id for row in rows}
    choice = session.choice()
    ids = [build_id for build_id in dict.fromkeys((choice.build, choice.compare)) if build_id in known]
    if st.session_state.get(CHOSEN) != ids:
        st.session_state[CHOSEN] = ids


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
    """Writes what is chosen into the choice: the first is the build that the other pages look at."""
    ids: list[str] = [*st.session_state[CHOSEN], "", ""]
    session.change(build=ids[0], compare=ids[1])


def taken() -> None:
    """The list was used: the table forgets which of its rows were ticked."""
    st.session_state[CHOSEN] = [id_of(each) for each in st.session_state[CHOSEN]]
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
