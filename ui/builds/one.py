"""One build: how it stands, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from builder import finished_work, launch, listing, watching
from builder.errors import BuilderError
from builder.formats import format_bytes, format_count, format_duration, format_percent
from builder.listing import Row
from builder.runs import TITLE_LENGTH_MAX
from ui import navigation, parts
from ui.builds import more, selection, wording

PROBLEM = "builds-problem"
TITLE = "builds-title"


def show(row: Row) -> None:
    """The build, its figures and its buttons."""
    with st.container(border=True):
        st.subheader(f"{wording.ICONS[row.state]} {parts.literal(row.title)}", anchor=False)
        st.caption(
            f"{wording.STATES[row.state]} · {parts.literal(wording.photos(row.data))} · {wording.dials(row)} · "
            f"{format_count(row.classes)} classes · {built_for(row)}began {wording.date(row.created)} · id {row.id}"
        )
        body(row)
        buttons(row)
        if row.state == "done":
            more.show(row)


def built_for(row: Row) -> str:
    """The device, where it is known."""
    return f"for {parts.literal(row.target)} · " if row.target else ""


def body(row: Row) -> None:
    """What came of it, or how far it is, or why it ended."""
    if row.state == "done":
        parts.meters(
            parts.meter("Accuracy", format_percent(row.accuracy), note="the trained network, test photos"),
            parts.meter("int8 file", format_percent(row.int8_accuracy), note="accuracy, test photos"),
            parts.meter(
                "Size", format_bytes(row.best.flash_bytes if row.best else None), note=f"{row.hero}.tflite" if row.hero else ""
            ),
            parts.meter("RAM", format_bytes(row.arena_bytes), note="TFLite Micro's arena"),
            parts.meter("Took", format_duration(row.took), note=row.device and f"on {row.device}"),
        )
        return
    if row.state == "damaged":
        parts.caution(row.message)
        return
    st.write(wording.progress(row))
    if row.state == "failed":
        parts.problem(row.message)
    elif row.message:
        parts.caution(row.message)
    tail = watching.tail(row.run.log_path) if row.state == "failed" else ""
    if tail:
        st.caption("The end of its log")
        st.code(tail, language=None, wrap_lines=True)


def buttons(row: Row) -> None:
    """Open, resume, rename, delete."""
    with st.container(horizontal=True):
        if row.state == "done" and st.button("Open the result", icon=":material/task_alt:", type="primary", key="builds-open"):
            navigation.go("result", build=row.id)
        if row.live and st.button("Watch it train", icon=":material/model_training:", type="primary", key="builds-watch"):
            navigation.go("train", build=row.id)
        if row.state in ("failed", "stopped"):
            words = "Goes on after the last whole epoch or stage, under the same settings."
            st.button(
                "Resume", icon=":material/resume:", type="primary", key="builds-resume", help=words, on_click=resume, args=(row,)
            )
        if st.button("Rename", icon=":material/edit:", key="builds-rename"):
            ask_title(row)
        busy = row.state == "done" and finished_work.live(row.run) is not None
        refusal = "It is running: stop it on the Train page first." if row.live else "Stop the work on it first." if busy else None
        if st.button("Delete", icon=":material/delete:", key="builds-delete", disabled=row.live or busy, help=refusal):
            ask_deletion(row)


def resume(row: Row) -> None:
    """Starts the build again where it ended."""
    attempt(lambda: launch.resume(row.run))


def attempt(act: Callable[[], object]) -> bool:
    """Does something to a build; what is refused is told on the page."""
    try:
        act()
    except BuilderError as error:
        st.session_state[PROBLEM] = str(error)
        return False
    return True


def tell_problem() -> None:
    """What was refused the last time, once."""
    words = st.session_state.pop(PROBLEM, "")
    if words:
        parts.problem(words)


@st.dialog("Rename")
def ask_title(row: Row) -> None:
    """Asks for a new title; the folder keeps its name."""
    st.text_input("Title", value=row.title, max_chars=TITLE_LENGTH_MAX, key=TITLE)
    if st.button("Save", type="primary", key="builds-rename-save", on_click=rename, args=(row,)):
        st.rerun()


def rename(row: Row) -> None:
    """Takes the title from the dialog."""
    attempt(lambda: row.run.rename(str(st.session_state.get(TITLE, ""))))


@st.dialog("Delete this build?")
def ask_deletion(row: Row) -> None:
    """Says what is lost, and asks."""
    st.write(f"**{parts.literal(row.title)}** ({row.id}) holds {format_bytes(listing.bytes_on_disk(row.run))} on the server.")
    lost = {
        "done": "Its .tflite files, its report and its trained weights are lost. The photos stay.",
        "damaged": "Its .tflite files and its trained weights are lost, with what is left of its report. The photos stay.",
    }
    st.write(lost.get(row.state, "What it has learned so far is lost, and it cannot be resumed. The photos stay."))
    st.write("Nobody can bring it back, and everybody who uses this server loses it.")
    with st.container(horizontal=True):
        if st.button("Delete it", type="primary", icon=":material/delete:", key="builds-delete-yes", on_click=delete, args=(row,)):
            st.rerun()
        if st.button("Keep it", key="builds-delete-no"):
            st.rerun()


def delete(row: Row) -> None:
    """Deletes, and looks at nothing."""
    if attempt(row.run.delete):
        selection.choose()
        st.toast(f"Deleted: {parts.literal(row.title)}", icon=":material/delete:")
