"""Which half of the train page is shown: a new build, or the one that is looked at."""

from __future__ import annotations

import streamlit as st

from builder.runs import Run, builds
from ui import launching, navigation, parts, session
from ui.train import live, start


def show() -> None:
    """The page."""
    title = st.container()
    if launching.begins(start.PLACE):
        with title:
            parts.page_title("Train")
        launching.progress(start.PLACE, "the photos are listed, the first weights checked")
        return
    settle()
    chosen = session.choice().build
    with title:
        parts.page_title("Train", "" if chosen else "Train, export and verify the design on your photos.")
    if not chosen:
        start.show()
        return
    run = run_of(chosen)
    if run is None:
        parts.problem(f"There is no build {chosen} in this server's exports. It may have been deleted.")
        st.button("New build", icon=":material/add:", on_click=live.leave)
        navigation.link("builds", "All builds")
        return
    live.show(run)


def settle() -> None:
    """Turns to a build that has been started, or says why it was not."""
    started = launching.ended(start.PLACE)
    if started is None:
        return
    if started.launched is None:
        parts.problem(started.problem)
        return
    if started.launched.joined:
        st.toast("The same build is there already: here it is.", icon=":material/group:")
    session.change(build=started.launched.run.id)
    session.write_address()


def run_of(build_id: str) -> Run | None:
    """The build of an id; one that vanishes while it is shown is still known by its folder."""
    if not build_id:
        return None
    found = next((Run(folder) for folder in builds(session.exports()) if Run(folder).id == build_id), None)
    kept = st.session_state.get("train-run")
    if found is None and isinstance(kept, Run) and kept.id == build_id:
        return kept
    st.session_state["train-run"] = found
    return found
