"""One visitor's session: its choice, kept under a key that no widget owns, and in the address of the page.

Widgets lose their values when the page changes, so none of them holds a choice: `bound` seeds a widget from the choice and
writes back what the visitor does. The address carries the choice, so a reload, a link, and a server that was started anew all
show the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from builder.errors import BuilderError
from ui.choice import Choice, as_text, from_query, refused_words

CHOICE = "choice"
REFUSED = "choice-refused"
BOUND = "bound-"


def begin() -> None:
    """Reads the address when a session starts and after Back and Forward, and writes the choice there at every run.

    Call it before the page runs.
    """
    if CHOICE not in st.session_state or has_stepped():
        read_address()
    write_address()


def has_stepped() -> bool:
    """Whether the browser's Back or Forward led here, to an address that says what was chosen then.

    Every other run is passed over: it may have been asked for before the browser knew the address of the run before it. An empty
    address is none of ours: it stands for a moment where a page is turned to.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation and bool(st.query_params.to_dict())


def read_address() -> None:
    """Takes the choice from the address; values that are refused are told."""
    link = from_query(st.query_params.to_dict())
    st.session_state[CHOICE] = link.choice
    st.session_state.pop(REFUSED, None)
    if link.refused:
        st.toast(refused_words(link.refused), icon=":material/link_off:", duration="long")


def choice() -> Choice:
    """What the visitor has chosen."""
    chosen: Choice = st.session_state[CHOICE]
    return chosen


def change(**changes: Any) -> None:
    """Changes the choice; a value that is refused changes nothing and is told by `refusal`. Another build ends a comparison."""
    if changes.get("build", choice().build) != choice().build:
        changes = {"compare": ""} | changes
    try:
        st.session_state[CHOICE] = choice().changed(**changes)
        st.session_state.pop(REFUSED, None)
    except (BuilderError, ValidationError) as error:
        words = str(error) if isinstance(error, BuilderError) else "; ".join(problem["msg"] for problem in error.errors())
        st.session_state[REFUSED] = words


def refusal() -> str:
    """Why the last change was refused; empty where it was taken."""
    return str(st.session_state.get(REFUSED, ""))


def bound(name: str, shown: object = None, at: str = "") -> dict[str, Any]:
    """`key`, `on_change` and `args` for a widget that shows a field of the choice and sets it; it takes no `value` or `index`.

    A widget is only written to where it differs: to write the same again would make the browser take back what a quick hand
    has done since.

    Args:
        name: the field.
        shown: what the widget shows in the field's place, such as a device's full name.
        at: tells a second widget of the same field from the first.

    Example:
        >>> st.slider("alpha", 0.05, 1.0, step=0.05, **bound("alpha"))
    """
    key = f"{BOUND}{name}{at}"
    value = getattr(choice(), name) if shown is None else shown
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": take, "args": (name, at)}


def take(name: str, at: str = "") -> None:
    """Writes what a bound widget holds into the choice."""
    change(**{name: st.session_state[f"{BOUND}{name}{at}"]})


def write_address() -> None:
    """Puts the choice into the address, unless it is there. Never an empty one: Back leads to the usual choice, too."""
    wanted: Mapping[str, str] = choice().to_query() or {"alpha": as_text(choice().alpha)}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def exports() -> Path:
    """Where builds are kept: BUILDER_EXPORTS, which `builder app` sets, or `exports` below the working folder."""
    return Path(os.environ.get("BUILDER_EXPORTS") or "exports").absolute()
