"""The settings of training and of the gate: sensible without a touch, so they are folded away."""

from __future__ import annotations

import streamlit as st

from ui import session

STRENGTHS = {"auto": "sized to the number of photos", "none": "none", "light": "light", "medium": "medium", "strong": "strong"}
GATES = {
    "report": "say whether the int8 file keeps enough accuracy",
    "enforce": "compress until a file passes",
    "off": "ask nothing",
}
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


def gate() -> None:
    """What the finished files are held against."""
    with st.expander("Gate: how much accuracy a file may lose", icon=":material/verified:"):
        st.selectbox(
            "When the build is done", list(GATES), format_func=GATES.__getitem__, **session.bound("gate"),
            help="Files are judged on validation photos. Where one has to pass, other techniques are tried, the cheapest first: "
            "that takes as long as several trainings.",
        )  # fmt: skip
        if session.choice().gate == "off":
            return
        left, right = st.columns(2)
        with left:
            st.number_input(
                "Points of accuracy that a file may lose", min_value=0.0, max_value=100.0, step=0.5, format="%g",
                **session.bound("max_drop"),
            )  # fmt: skip
            st.number_input(
                "Points that one class may lose", min_value=0.0, max_value=100.0, step=0.5, format="%g",
                **session.bound("max_class_drop"), help="They count from three lost photos on.",
            )  # fmt: skip
        with right:
            st.text_input("Largest file in flash", placeholder="no limit, else such as 300KiB", **session.bound("max_flash"))
            st.text_input(
                "Largest download", placeholder="no limit, else such as 150KiB", **session.bound("max_gzip"),
                help="The file compressed by gzip.",
            )  # fmt: skip
