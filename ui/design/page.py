"""The page in its order, as two fragments: a move of a dial repaints the figures, and the pictures only where they change by it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from builder.errors import BuilderError
from ui import lasting, navigation, parts, photos, session
from ui.design import afresh, best, commands, dials, figures, layers, networks, plane, reasons, remedies
from ui.planned import Planned, planned

WORDS = "Choose your device, turn the two dials, and see at once what fits. Or let Best fit turn them for you."
OPEN, DRAWN, WHOLE = "pictures", "design-drawn", "design-whole"
TABS = ("Map of alpha and rho", "By layer", "Why it is small", "Beside other networks", "Command line")


def show() -> None:
    """The page; photos and builds are looked at once, when it is opened."""
    lasting.keep("the app")
    parts.page_title("Design", WORDS, refusal=False)
    photos.look()
    controls, answers = st.columns([3, 7], gap="large")
    with answers:
        figures_box = st.container(key="answers")
        pictures_box = st.container(key="below")
    afresh.settle()
    st.session_state[WHOLE] = True
    with controls, st.container(key="dials"):
        choice = session.choice()
        dials.device(choice)
        best.button()
        studio(figures_box)
        dials.task(choice)
        navigation.link("data", "Next: the photos", ":material/arrow_forward:")
    with pictures_box:
        pictures()
    st.session_state[WHOLE] = False


@st.fragment(key="studio")
def studio(box: DeltaGenerator) -> None:
    """The two dials, and in the box beside them what they cost: that first, since a hand on a dial waits for it.

    Few elements are in here: each is a message to the browser. The other controls run the whole page.
    """
    afresh.heed()
    session.write_address()
    choice, known = session.choice(), photos.chosen()
    made = planned(choice, known)
    with box:
        if session.refusal():
            parts.problem(session.refusal())
        figures.show(made)
        remedies.buttons(made)
        best.show(choice)
    dials.sliders(choice)
    with box:
        figures.files(made)
        if known.problem:
            parts.caution(f"The photos that were chosen cannot be read. {known.problem}")
    plane.place(made)
    if not st.session_state.get(WHOLE) and st.session_state.get(DRAWN) != depends_on(made):
        st.rerun("pictures")


@st.fragment(key="pictures")
def pictures() -> None:
    """What the dials do, a tab each; only the open one is made."""
    afresh.heed()
    known = photos.chosen()
    made = planned(session.choice(), known)
    tabs = st.tabs(list(TABS), key=OPEN, on_change="rerun")
    st.session_state[DRAWN] = depends_on(made)
    makers = (plane.show, layers.show, reasons.show, networks.show, lambda made: same(made, known))
    for tab, make in zip(tabs, makers, strict=True):
        if tab.open:
            with tab:
                make(made)


def depends_on(made: Planned) -> tuple[object, ...]:
    """What the open picture is made of: the map does not change with the dials, all others do."""
    tab = st.session_state.get(OPEN) or TABS[0]
    return (tab, plane.depends_on(made)) if tab == TABS[0] else (tab, made.choice, made.variant)


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
