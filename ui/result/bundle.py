"""The bundle for app and firmware: what is inside, and what was tried when it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from builder.errors import BuilderError
from builder.formats import counted, format_bytes
from ui import parts
from ui.finished import Finished
from ui.result.tables import table

if TYPE_CHECKING:
    from builder.bundle import Bundle

MADE, ASKED = "bundle-made", "bundle-asked"
STATES = {"passed": "passed", "failed": "failed", "skipped": "not made"}
INSIDE = (
    ("README.md", "where to begin on each platform"),
    ("MODEL_CARD.md", "what it was trained on, how good it is, where it errs"),
    ("*.tflite, labels.txt", "every file of the build, and those of further techniques"),
    ("android/, ios/", "Kotlin and Swift that run this very file: its shapes, types and normalization"),
    ("microcontroller/", "the model as a C array, the operators it uses, the arena to reserve on the device"),
    ("ethos-u/", "compiled for an Arm Ethos-U, where the device has one and the compiler is installed"),
    ("report.html, report.json, config.yaml", "all figures and settings"),
)


def show(build: Finished) -> None:
    """Folded away: what is inside, and a button that makes it now and tries it."""
    with st.expander("What is inside the bundle, and its checks", icon=":material/inventory_2:"):
        table("Inside, in a folder named like the build", ("Files", "What they are"), INSIDE)
        st.caption("It is made at the first download, opened again and run from its own bytes before it is kept.")
        st.button(
            "Make it now and show its checks", key="bundle-make", on_click=ask, args=(build.run.id,), disabled=bool(build.changed)
        )
        if st.session_state.pop(ASKED, None) == build.run.id:
            make(build)
        kept = st.session_state.get(MADE)
        if kept is not None and kept[0] == build.run.id:
            checks(kept[1])


def ask(build_id: str) -> None:
    """Remembers that the button was pressed: it takes some seconds."""
    st.session_state[ASKED] = build_id
    st.session_state.pop(MADE, None)


def make(build: Finished) -> None:
    """Makes the bundle; one that fails a check is not kept, and the page says which."""
    from builder.bundle import bundle  # what it needs is not needed to show a page

    try:
        with st.spinner("Packing, then running every file from the zip…"):
            st.session_state[MADE] = (build.run.id, bundle(build.run))
    except BuilderError as error:
        parts.problem(error)


def checks(made: Bundle) -> None:
    """What was tried, what is not in it, and its files."""
    facts = [counted(len(made.files), "file"), format_bytes(made.size_bytes), f"for {made.device}" if made.device else ""]
    arena = f"arena {format_bytes(made.arena_bytes)}" if made.arena_bytes is not None else ""
    st.caption(parts.literal(", ".join(filter(None, [*facts, arena])), 300))
    table(
        "What was tried from the zip's own bytes",
        ("What", "State", "What was found"),
        [(c.name, STATES[c.state], c.reason) for c in made.checks],
    )
    for note in made.notes:
        st.markdown(f"- {parts.literal(note, 500)}")
    table("Its files", ("File",), [(name,) for name in made.files])
