"""The settings of training: sensible without a touch, so they are folded away."""

from __future__ import annotations

import streamlit as st

from ui import session

STRENGTHS = {"auto": "sized to the number of photos", "none": "none", "light": "light", "medium": "medium", "strong": "strong"}
MIRROR = {None: "yes, except for the built-in digits", True: "yes", False: "no"}


def advanced() -> None:
    """Everything that has a derived default; an empty field is that default."""
    with st.expander("Advanced settings", icon=":material/settings:"):
        left, right = st.columns(2)
        with left:
            st.number_input(
                "Epochs",
                min_value=0,
                max_value=10_000,
                step=1,
                placeholder="derived from the number of photos",
                **session.bound("epochs"),
            )
            st.number_input("Batch size", min_value=1, max_value=8192, step=1, **session.bound("batch_size"))
            st.number_input(
                "Peak learning rate", min_value=1e-6, max_value=10.0, step=1e-4, format="%g", placeholder="derived",
                **session.bound("learning_rate"),
            )  # fmt: skip
            st.number_input(
                "Patience, epochs", min_value=1, step=1, placeholder="derived", **session.bound("patience"),
                help="Training ends after so many epochs without a better validation score.",
            )  # fmt: skip
        with right:
            st.selectbox("Augmentation", list(STRENGTHS), format_func=STRENGTHS.__getitem__, **session.bound("augmentation"))
            st.selectbox(
                "Mirror photos left to right",
                list(MIRROR),
                format_func=MIRROR.__getitem__,
                placeholder="yes, except for the built-in digits",
                **session.bound("mirror"),
            )
            st.number_input("Seed", min_value=0, max_value=2**31 - 1, step=1, **session.bound("seed"))
            st.checkbox(
                "Train the classifier only", **session.bound("freeze"),
                help="Quicker, and 7 to 29 points less accurate in published tables.",
            )  # fmt: skip
