"""The chosen photos looked at, by a process of its own, and what it found."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from builder.data.examination import Examination
from builder.data.examining import Examining
from builder.errors import BuilderError
from ui import navigation, parts, session
from ui.data import chosen, report

PATIENCE_SECONDS = 0.8  # a second look is done by then: no progress bar flashes up
SECONDS_BETWEEN = 0.5


@dataclass(slots=True)
class Look:
    """One look at the photos as they were then."""

    data: str
    stamp: str
    child: Examining | None
    result: Examination | None = None
    problem: str = ""


def show(data: str) -> None:
    """What the photos are like, or how far the look at them is."""
    look = look_at(data)
    if look.child is not None:
        progress(look)
        return
    st.header(parts.literal(chosen.shown_name(data)), anchor=False)
    if place := chosen.place(data):
        st.caption(parts.literal(place, 300))
    changed = chosen.stamp(data) != look.stamp
    if changed:
        parts.caution("The photos have changed since they were looked at.")
    if look.problem:
        parts.problem(look.problem)
    elif look.result is not None:
        onward(look.result)
        report.show(look.result)
    if st.button("Look again", icon=":material/refresh:", type="primary" if changed else "secondary"):
        chosen.choose(data)
        st.rerun()


def look_at(data: str) -> Look:
    """The look at these photos: the one that was taken before, or a new one."""
    kept = st.session_state.get(chosen.EXAMINED)
    if isinstance(kept, Look) and kept.data == data:
        settle(kept)
        return kept
    look = Look(data, chosen.stamp(data), None)
    st.session_state[chosen.EXAMINED] = look  # whatever was looked at before ends here
    try:
        look.child = start(chosen.permitted_place(data))
    except (BuilderError, OSError) as error:
        look.problem = str(error)
        return look
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not settle(look) and time.monotonic() < deadline:
        time.sleep(0.02)
    return look


def start(data: str) -> Examining:
    """A process that looks at photos, at the resolution of the design: a build then finds them decoded."""
    choice = session.choice()
    return Examining(data, resolution=choice.resolution, channels=1 if choice.grayscale else 3)


def settle(look: Look) -> bool:
    """Takes in what the process said; True when it is done. The design then has as many classes as the photos."""
    if look.child is None:
        return True
    if not look.child.look():
        return False
    look.result, look.problem, look.child = look.child.result, look.child.problem, None
    if look.result is not None and session.choice().classes != len(look.result.classes):
        session.change(classes=len(look.result.classes))
    session.write_address()
    return True


@st.fragment(run_every=SECONDS_BETWEEN)
def progress(look: Look) -> None:
    """How far it is; it alone is repainted until the end."""
    if settle(look) or look.child is None:
        st.rerun()
    count = look.child.count
    words = f"Looking at the photos: {count.text}" if count.total else "Looking for photos"
    if look.child.waits:
        words = "Waiting: others are looking at photos too"
    st.progress(look.child.share or 0.0, text=parts.literal(words, 200))
    if st.button("Stop looking", icon=":material/stop_circle:"):
        look.child.close()
        look.child, look.problem = None, "The look at these photos was stopped. Look again, or choose others above."
        st.rerun()


def onward(found: Examination) -> None:
    """Where to go with these photos."""
    train, design = st.columns(2)
    if train.button("Train on these photos", type="primary", icon=navigation.ICONS["train"], width="stretch"):
        navigation.go("train", data=session.choice().data, classes=len(found.classes), build="")
    if design.button("Design for these classes", icon=navigation.ICONS["design"], width="stretch"):
        navigation.go("design", data=session.choice().data, classes=len(found.classes))
