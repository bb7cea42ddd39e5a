"""Stopping what runs: asked for by a button, done in the button's place with a word beside it, so that nothing moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from pathlib import Path

import streamlit as st

from builder.errors import BuilderError
from builder.runs import Run
from ui import parts

FRESH_SECONDS = 30.0


def ask(place: str, what: Hashable) -> None:
    """Remembers that the button was pressed: a callback; stopping takes a moment.

    Args:
        place: of the session, one a page.
        what: is to be stopped.
    """
    st.session_state[place] = (what, time.monotonic())


def stop(place: str, what: Hashable, folder: Path, end: Callable[[], object], words: str) -> None:
    """Stops it where that was asked, and repaints the page.

    Args:
        place: as `ask` got it.
        what: the page shows; another that was asked for is left alone.
        folder: whose lock it holds while it runs.
        end: stops it.
        words: shown meanwhile.
    """
    asked, when = st.session_state.get(place) or (None, 0.0)
    if asked != what:
        return
    if time.monotonic() - when > FRESH_SECONDS:  # asked for on a visit that turned elsewhere: it may be another run by now
        st.session_state.pop(place)
        return
    try:
        with st.spinner(words):
            end()
    except Exception as error:  # but no rerun, which Streamlit raises: one that comes here must not lose what was asked
        st.session_state.pop(place)
        if not isinstance(error, BuilderError):
            raise
        parts.problem(error)
        return
    st.session_state.pop(place)
    if Run(folder).is_locked():
        parts.problem("It could not be stopped: its process belongs to another user or another machine. Stop it there.")
        return
    st.rerun()
