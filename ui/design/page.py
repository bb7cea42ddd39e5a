"""The page in its order. It is one fragment: a move of a dial runs nothing else, and figures come before pictures."""

from __future__ import annotations

import streamlit as st

from builder.errors import BuilderError
from ui import navigation, parts, session
from ui.design import best, commands, dials, figures, layers, networks, photos, plane, reasons, remedies
from ui.design.planned import Planned, planned

WORDS = "Choose your device, turn the two dials, and see at once what fits. Or let Best fit turn them for you."
TABS = ("Map of alpha and rho", "By layer", "Why it is small", "Beside other networks", "Command line")


def show() -> None:
    """The page; photos and builds are looked at once, when it is opened."""
    photos.look()
    studio()


@st.fragment
def studio() -> None:
    """Dials on one side, what they cost on the other."""
    session.write_address()
    parts.page_title(
        "Design", "Choose your device, turn the two dials, and see at once what fits. Or let Best fit turn them for you."
    )
    choice, known = session.choice(), photos.chosen()
    made = planned(choice, known)
    controls, answers = st.columns([3, 7], gap="large")
    with answers:  # first: what a hand on a dial waits for
        figures.show(made)
        remedies.buttons(made)
        best.show(choice)
    with controls, st.container(key="dials"):
        dials.device(choice)
        best.button()
        dials.sliders(choice)
        dials.task(choice)
        navigation.link("data", "Next: the photos", ":material/arrow_forward:")
    with answers:
        figures.files(made)
        if known.problem:
            parts.caution(f"The photos that were chosen cannot be read. {known.problem}")
        pictures(made, known)


def pictures(made: Planned, known: photos.Photos) -> None:
    """What the dials do, a tab each; only the open one is made."""
    tabs = st.tabs(list(TABS), key="pictures", on_change="rerun")
    makers = (plane.show, layers.show, reasons.show, networks.show, lambda made: same(made, known))
    for tab, make in zip(tabs, makers, strict=True):
        if tab.open:
            with tab:
                make(made)


def same(made: Planned, known: photos.Photos) -> None:
    """The same from a shell, and as a file of settings."""
    choice = made.choice
    count = known.classes
    lines = [
        ("What this design costs", commands.plan_command(choice, classes_of_data=count)),
        ("What fits best", commands.fit_command(choice, classes_of_data=count)),
        ("Build it", commands.build_command(choice)),
    ]
    for title, line in lines:
        if line:
            st.caption(title)
            st.code(line, language=None, wrap_lines=True)
    st.caption("The settings, for builder build --config FILE")
    try:
        st.code(commands.settings_yaml(choice), language="yaml")
    except BuilderError as error:
        parts.problem(error)
