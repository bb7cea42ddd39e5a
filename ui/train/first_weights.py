"""Where training starts from: chosen, and explained before it starts."""

from __future__ import annotations

import streamlit as st

from builder import server_photos
from builder.errors import BuilderError
from builder.planner import WARM_ALPHAS
from builder.start import NAMED_STARTS
from builder.warm_start import imagenet
from ui import parts, session
from ui.choice import Choice

FILE = "file"
WORDS = {
    "auto": "the best at hand",
    "imagenet": "ImageNet weights",
    "scratch": "nothing: from scratch",
    FILE: "a model file on the server",
}
FILE_ASKED = "first-weights-file"
# README: 2,062 photos of hands, alpha 0.25, 128 px, six epochs.
COST = "On 2,062 photos of hands, six epochs from ImageNet weights named all test photos right, from scratch 63.9 %."


def choose() -> None:
    """The choice, and what it means for this design."""
    choice = session.choice()
    named = choice.init in NAMED_STARTS and not st.session_state.get(FILE_ASKED)
    st.session_state["first-weights"] = choice.init if named else FILE
    kinds = [kind for kind in WORDS if kind != FILE or server_photos.allowed() or not named]
    st.selectbox("Training starts from", kinds, format_func=WORDS.__getitem__, key="first-weights", on_change=take)
    if not named:
        st.session_state.setdefault("first-weights-path", "" if choice.init in NAMED_STARTS else choice.init)
        st.text_input(
            "Model file on the server",
            key="first-weights-path",
            on_change=take_path,
            placeholder="models/mobilenet_v1_0.25_224_float.tflite",
            help="A .keras, .h5, .weights.h5 or float .tflite file of a MobileNet v1 with this alpha.",
        )
    st.caption(parts.literal(explain(session.choice()), 1000))


def take() -> None:
    """Takes the kind that was chosen."""
    kind = st.session_state["first-weights"]
    st.session_state[FILE_ASKED] = kind == FILE
    if kind != FILE:
        session.change(init=kind)


def take_path() -> None:
    """Takes the file that was named; an empty field is no choice."""
    path = str(st.session_state["first-weights-path"]).strip()
    session.change(init=path or "auto")


def permitted(init: str) -> str:
    """What a link or a field names, with a model file held to the folders that this server opens.

    Raises:
        DataError: it lies elsewhere.
    """
    return init if init in NAMED_STARTS else str(server_photos.check(init))


def explain(choice: Choice) -> str:
    """What the start means for this design, before anything is fetched."""
    if choice.init == "scratch":
        return f"All weights start at random. {COST}"
    if choice.init not in NAMED_STARTS:
        return "The file is read in a process of its own when the build starts, and refused where it does not fit."
    if choice.alpha not in WARM_ALPHAS:
        known = ", ".join(f"{alpha:g}" for alpha in WARM_ALPHAS)
        return f"There are no ImageNet weights for alpha {choice.alpha:g} (only for {known}): training starts from scratch. {COST}"
    if choice.grayscale:
        return f"ImageNet weights are for colour; for grayscale the first layer adds its three channels up. {COST}"
    if here(choice):
        return f"The ImageNet weights for alpha {choice.alpha:g} are on this machine. {COST}"
    if choice.init == "imagenet":
        return f"The ImageNet weights for alpha {choice.alpha:g} are fetched once; the build stops where they cannot be. {COST}"
    return f"The ImageNet weights for alpha {choice.alpha:g} are fetched once; where they cannot be, it starts from scratch. {COST}"


def here(choice: Choice) -> bool:
    """Whether the weights were fetched before."""
    try:
        return imagenet.cached(choice.network()) is not None
    except (BuilderError, KeyError):
        return False
