"""What will be built, and the button that starts it."""

from __future__ import annotations

import os

import streamlit as st

from builder import jobs, launch
from builder.config import BuildConfig
from builder.errors import BuilderError
from builder.formats import format_bytes, format_count
from builder.pictures.designs import shown_variant
from builder.planner import Plan, plan
from ui import navigation, parts, session
from ui.choice import Choice
from ui.data.chosen import check_permitted
from ui.train import first_weights, settings


def show() -> None:
    """A new build: the choice in figures, the settings, the button."""
    choice = session.choice()
    summary(choice)
    left, right = st.columns([3, 2])
    with left:
        st.text_input("Title", placeholder="what you and others see in the list of builds", max_chars=200, **session.bound("title"))
        first_weights.choose()
        settings.advanced()
    with right, st.container(border=True):
        st.markdown("**Where it trains**")
        st.write(where())
        st.caption("Builds are processes of their own: close the tab, lose the network, restart the server, and they go on.")
        st.button("Start the build", type="primary", icon=":material/play_arrow:", width="stretch", on_click=ask)
    if st.session_state.pop("start-asked", False):
        start(session.choice())


def ask() -> None:
    """Remembers that the button was pressed: what takes a while must not happen before the page is drawn."""
    st.session_state["start-asked"] = True


def start(choice: Choice) -> None:
    """Starts the build and turns to it, or says why it cannot be."""
    try:
        check_permitted(choice.data or "digits")
        with st.spinner("Starting: the photos are listed, the first weights are checked…"):
            launched = launch.launch(choice.config(), session.exports(), title=choice.title or None)
    except BuilderError as error:
        parts.problem(error)
        return
    if launched.joined:
        st.toast("The same build is there already: here it is.", icon=":material/group:")
    session.change(build=launched.run.id)
    st.rerun()


def summary(choice: Choice) -> None:
    """The design and the photos, with the way to change each."""
    with st.container(border=True):
        design, photos = st.columns(2)
        with design:
            color = "grayscale" if choice.grayscale else "colour"
            st.markdown(f"**Design**  \nalpha {choice.alpha:g}, {choice.resolution} px, {color}, for {device_words(choice)}")
            navigation.link("design", "Change the design")
        with photos:
            st.markdown(f"**Photos**  \n{data_words(choice)}")
            navigation.link("data", "Choose photos")
        figures(choice)


def device_words(choice: Choice) -> str:
    """The device, as it is called."""
    return parts.literal(choice.device) if choice.device else "a budget of your own"


def data_words(choice: Choice) -> str:
    """The photos, as they are called."""
    if not choice.data:
        return "None were chosen: the built-in handwritten digits are taken, to try it out."
    return "Handwritten digits, built in" if choice.data == "digits" else parts.literal(choice.data, 120)


def figures(choice: Choice) -> None:
    """What the design costs, of the file that is looked at."""
    try:
        planned = plan(choice.network(), budget=choice.budget())
    except BuilderError as error:
        parts.problem(error)
        return
    shown = planned.variants[choice.variant or shown_variant(planned, planned.budget)]
    parts.meters(
        parts.meter(f"{shown.variant}.tflite", format_bytes(shown.flash_bytes), share=share(planned, shown.variant, "flash")),
        parts.meter("peak RAM", format_bytes(shown.ram.typical), share=share(planned, shown.variant, "ram")),
        parts.meter("mult-adds", format_count(planned.cost.multiply_adds)),
    )


def share(planned: Plan, variant: str, resource: str) -> float | None:
    """Of a limit that a file takes; None without a limit."""
    checks = {check.resource: check for check in planned.variants[variant].checks}
    return checks[resource].used / checks[resource].limit if resource in checks else None


def where() -> str:
    """What this machine trains on, and how many builds at a time."""
    gpus = jobs.visible_gpus()
    slots = len(jobs.slot_names())
    on = (
        f"{len(gpus)} GPU{'s' if len(gpus) > 1 else ''} of this machine"
        if gpus
        else f"CPU, {os.cpu_count()} cores; no GPU was found"
    )
    at_once = "one build at a time" if slots == 1 else f"{slots} builds at a time"
    return f"{on}, {at_once}; others wait in the order in which they came."


def config_words(config: BuildConfig | None) -> str:
    """A build's dials in a line."""
    if config is None:
        return "Its settings cannot be read."
    photos = "handwritten digits" if config.data == "digits" else parts.literal(config.data, 120)
    return f"alpha {config.alpha:g}, {config.resolution} px, {photos}"
