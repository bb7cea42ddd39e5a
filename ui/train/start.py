"""What will be built, and the button that starts it."""

from __future__ import annotations

import os

import streamlit as st

from builder import jobs, launch
from builder.config import BuildConfig
from builder.errors import BuilderError
from builder.events import Emit
from builder.formats import counted, format_bytes, format_count
from builder.launch import Launched
from builder.planner import Plan
from ui import launching, navigation, parts, session
from ui.choice import Choice
from ui.data.chosen import permitted_place, shown_name
from ui.photos import chosen
from ui.planned import planned
from ui.train import first_weights, settings
from ui.wording import in_app

PLACE = "train-launching"  # of the session, where a start is kept


def show() -> None:
    """A new build: the choice in figures, the settings, the button."""
    choice = session.choice()
    summary(choice)
    left, right = st.columns([3, 2])
    with left:
        st.text_input("Title", placeholder="what you and others see in the list of builds", max_chars=200, **session.bound("title"))
        first_weights.choose()
        settings.advanced()
        settings.gate()
    with right, st.container(border=True):
        st.markdown("**Where it trains**")
        st.write(where())
        st.caption("Builds are processes of their own: close the tab, lose the network, restart the server, and they go on.")
        st.button("Start the build", type="primary", icon=":material/play_arrow:", width="stretch", on_click=ask)


def ask() -> None:
    """Begins the build: a callback, so that the page below already knows of it."""
    choice = session.choice()
    exports, title = session.exports(), choice.title or None

    def begin(emit: Emit) -> Launched:
        config = choice.config()
        permitted = config.replace(data=permitted_place(config.data), init=first_weights.permitted(config.init))
        return launch.launch(permitted, exports, title=title, target=choice.target(), emit=emit)

    launching.begin(PLACE, begin)


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
    return "Handwritten digits, built in" if choice.data == "digits" else parts.literal(shown_name(choice.data), 120)


def figures(choice: Choice) -> None:
    """What the design costs with these photos' classes, of the file that is looked at; and where it does not fit."""
    found = planned(choice, chosen())
    shown = found.shown
    parts.meters(
        parts.meter(f"{shown.variant}.tflite", format_bytes(shown.flash_bytes), share=share(found.plan, shown.variant, "flash")),
        parts.meter("Peak RAM", format_bytes(shown.ram.typical), share=share(found.plan, shown.variant, "ram")),
        parts.meter("Mult-adds", format_count(found.plan.cost.multiply_adds)),
    )
    if found.problem:
        parts.problem(found.problem)
    elif shown.fits is False:
        parts.caution(in_app(f"It does not fit. {shown.reasons[0]}"))
    elif shown.is_tight:
        parts.caution(in_app(f"It may fit. {' '.join(shown.reasons[len(shown.checks) :])}"))


def share(planned: Plan, variant: str, resource: str) -> float | None:
    """Of a limit that a file takes; None without a limit."""
    checks = {check.resource: check for check in planned.variants[variant].checks}
    return checks[resource].used / checks[resource].limit if resource in checks else None


def where() -> str:
    """What this machine trains on, and how many builds at a time."""
    gpus, cores = len(jobs.visible_gpus()), os.cpu_count() or 1
    try:
        slots = len(jobs.slot_names())
    except BuilderError as error:  # a variable of the server's environment
        return parts.literal(str(error), 300)
    on = f"{counted(gpus, 'GPU')} of this machine" if gpus else f"CPU, {counted(cores, 'core')}; no GPU was found"
    at_once = "one build at a time" if slots == 1 else f"{slots} builds at a time"
    return f"{on}, {at_once}; others wait in the order in which they came."


def config_words(config: BuildConfig | None) -> str:
    """A build's dials in a line."""
    if config is None:
        return "Its settings cannot be read."
    photos = "handwritten digits" if config.data == "digits" else parts.literal(shown_name(config.data), 120)
    return f"alpha {config.alpha:g}, {config.resolution} px, {photos}"
