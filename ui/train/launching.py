"""A build that is being started: the photos are listed and the first weights checked, which takes a while where they are many.

It happens in a thread that knows nothing of pages, so that a visitor who turns to another page meanwhile finds the build all the
same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from builder.console.told import Count
from builder.errors import BuilderError
from builder.launch import Launched
from ui import parts, session

KEPT = "launching"
PATIENCE_SECONDS = 0.6  # a small set is listed by then: no bar flashes up
SECONDS = 0.3  # between two looks


class Launching:
    """One start, in a thread of its own.

    Args:
        begin: `launch.launch` or `launch.resume` with what they take; it gets an `Emit`.
    """

    def __init__(self, begin: Callable[[Any], Launched]) -> None:
        self.launched: Launched | None = None
        self.problem = ""
        self.count = Count(time.monotonic)
        self.thread = threading.Thread(target=self.run, args=(begin,), daemon=True, name="launching")
        self.thread.start()

    def run(self, begin: Callable[[Any], Launched]) -> None:
        """The thread."""
        try:
            self.launched = begin(self.hear)
        except BuilderError as error:
            self.problem = str(error)
        except Exception as error:  # a defect of ours must not leave the page waiting for ever
            self.problem = (
                f"The build could not be started ({type(error).__name__}: {error}). `builder doctor` checks this machine."
            )

    def hear(self, event: str, /, **values: Any) -> None:
        """An `Emit`: how listing the photos goes on."""
        if event == "progress":
            self.count.take(values)

    @property
    def done(self) -> bool:
        """Whether it is known what came of it."""
        return not self.thread.is_alive()


def begin(start: Callable[[Any], Launched]) -> None:
    """Starts a build, or takes one up again; `settle` turns to it."""
    made = st.session_state[KEPT] = Launching(start)
    made.thread.join(PATIENCE_SECONDS)


def settle() -> bool:
    """Turns to a build that has been started, or says why it was not; True while it is still being started."""
    kept = st.session_state.get(KEPT)
    if not isinstance(kept, Launching):
        return False
    if not kept.done:
        return True
    st.session_state.pop(KEPT)
    if kept.launched is None:
        parts.problem(kept.problem)
        return False
    if kept.launched.joined:
        st.toast("The same build is there already: here it is.", icon=":material/group:")
    session.change(build=kept.launched.run.id)
    session.write_address()
    return False


def progress() -> None:
    """How far listing the photos is; repaints the page when the build has begun."""
    progress_of(KEPT)


@st.fragment(run_every=SECONDS)
def progress_of(place: str) -> None:
    """How far a start is that the session keeps in some place."""
    kept = st.session_state.get(place)
    if not isinstance(kept, Launching) or kept.done:
        st.rerun()
    words = f"Starting: {kept.count.text}" if kept.count.total else "Starting: the photos are listed, the first weights checked"
    share = (kept.count.done / kept.count.total) if kept.count.total else 0.0
    st.progress(min(1.0, share), text=parts.literal(words, 200))
