"""Asking for the whole page anew: for changes, made inside a fragment, of what controls outside it show."""

from __future__ import annotations

import streamlit as st

ASKED = "design-afresh"


def ask() -> None:
    """From a callback: the fragment that runs next runs the whole page instead."""
    st.session_state[ASKED] = True


def heed() -> None:
    """At the beginning of a fragment; asked once."""
    if st.session_state.pop(ASKED, False):
        st.rerun()


def settle() -> None:
    """At the beginning of the whole page: it is here."""
    st.session_state.pop(ASKED, None)
