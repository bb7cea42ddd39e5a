"""Stopping what runs: asked for by a button, done in the button's place with a word beside it, so that nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from builder.errors import BuilderError
from ui import parts


def ask(place: str, what: Hashable) -> None:
    """Remembers that the button was pressed: a callback; stopping takes a moment.

    Args:
        place: of the session, one a page.
        what: is to be stopped.
    """
    st.session_state[place] = what


def stop(place: str, what: Hashable, end: Callable[[], object], words: str) -> None:
    """Stops it where that was asked, and repaints the page.

    Args:
        place: as `ask` got it.
        what: the page shows; another that was asked for is left alone.
        end: stops it.
        words: shown meanwhile.
    """
    if st.session_state.get(place) != what:
        return
    try:
        with st.spinner(words):
            end()
            # Forgotten only now: a rerun that comes between the button and this line must not lose what was asked.
            st.session_state.pop(place, None)
    except BuilderError as error:
        st.session_state.pop(place, None)
        parts.problem(error)
        return
    st.rerun()
