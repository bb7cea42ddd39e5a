"""A new batch: the form or a file, the dry run, how it is run, and the button that starts it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from builder.batch.file import Batch
from builder.batch.launching import launch_batch
from builder.batch.options import Options
from builder.errors import BuilderError
from builder.events import Emit
from builder.launch import Launched
from builder.runs import Run
from ui import kept, launching, parts, session
from ui.batch import dropped, earlier, form, options, rehearsal, written
from ui.batch.permitted import permitted
from ui.wording import in_app

LAUNCHING, PROBLEM = "batch-launching", "batch-problem"
PLACE = "batch-new"
FORM, FILE = "Form", "YAML file"


def show() -> None:
    """All of it."""
    way = st.segmented_control("Described by", [FORM, FILE], required=True, key=kept.key(PLACE, "way", FORM))
    if way == FILE:
        dropped.show()
    else:
        form.show()
    options.show()
    made, problem = asked()
    if problem:
        parts.problem(in_app(problem))
    elif made is not None:
        st.caption(parts.literal(form.told(made), 500))
    buttons(made)
    if PROBLEM in st.session_state:
        parts.problem(in_app(st.session_state[PROBLEM]))
    if made is not None:
        rehearsal.show(made)
        shell(made)


def asked() -> tuple[Batch | None, str]:
    """The batch as it is described now, and why there is none; neither where no file was dropped yet."""
    try:
        options.options()
        return described(), ""
    except BuilderError as error:
        return None, str(error)


def described() -> Batch | None:
    """The batch that the form or the file means, with whole paths.

    Raises:
        BuilderError: something in it cannot be used here.
    """
    if kept.value(PLACE, "way", FORM) == FORM:
        return form.batch()
    given = dropped.batch()
    return None if given is None else permitted(given)


def buttons(made: Batch | None) -> None:
    """The dry run, and the start; while another batch runs here, none begins."""
    other = earlier.running()
    with st.container(horizontal=True):
        st.button("Dry run", icon=":material/fact_check:", disabled=made is None, on_click=rehearse, help="Nothing is trained.")
        st.button(
            "Start the batch",
            type="primary",
            icon=":material/play_arrow:",
            disabled=made is None or other is not None,
            on_click=ask,
            help="Another batch is running: it goes first." if other is not None else None,
        )
    if other is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/hourglass_top: {parts.literal(earlier.name_of(other))} is running; one batch runs at a time.")
            st.button("See it", key="batch-see-running", on_click=earlier.open_batch, args=(earlier.id_of(other),))


def rehearse() -> None:
    """Begins the dry run: a callback, so that the page below already shows it."""
    st.session_state.pop(PROBLEM, None)
    made, _ = asked()
    if made is not None:
        rehearsal.begin(made)


def ask() -> None:
    """Starts the batch: a callback, so that the page below already knows of it."""
    try:
        made, how = described(), options.options()
    except BuilderError as error:
        st.session_state[PROBLEM] = str(error)
        return
    if made is not None:
        begin(made, how)


def begin(made: Batch, how: Options) -> None:
    """Starts a batch, or takes it up again."""
    st.session_state.pop(PROBLEM, None)
    exports: Path = session.exports()

    def start(_: Emit) -> Launched:
        return Launched(Run(launch_batch(made, exports, how)), joined=False)  # its folder is held by a lock as builds' are

    launching.begin(LAUNCHING, start)


def settle() -> None:
    """Turns to a batch that has been started, or keeps why it was not."""
    started = launching.ended(LAUNCHING)
    if started is None:
        return
    if started.launched is None:
        st.session_state[PROBLEM] = started.problem
        return
    earlier.open_batch(earlier.id_of(started.launched.run.folder))
    session.write_address()


def shell(made: Batch) -> None:
    """The same from the command line."""
    text = written.kept(made)
    with st.expander("The same from the command line", icon=":material/terminal:"):
        st.code("builder batch batch.yaml --dry-run\nbuilder batch batch.yaml", language="bash")
        st.code(text, language="yaml", wrap_lines=True)
        st.download_button(
            "batch.yaml", text, file_name="batch.yaml", mime="application/yaml", icon=":material/download:", key="batch-yaml",
            on_click="ignore",
        )  # fmt: skip
