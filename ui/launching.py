"""What is being started: photos are listed and first weights checked, which takes a while where they are many.

It happens in a thread that knows nothing of pages, so that a visitor who turns to another page meanwhile finds the build all the
same. The start is kept in the session, in a place that who begins it names.
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
from ui import parts

PATIENCE_SECONDS = 0.6  # a small set is listed by then: no bar flashes up
SECONDS = 0.3  # between two looks


class Launching:
    """One start, in a thread of its own.

    Args:
        begin: `launch.launch`, `launch.resume` or their kind with what they take; it gets an `Emit`.
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
            self.problem = f"It could not be started ({type(error).__name__}: {error}). `builder doctor` checks this machine."

    def hear(self, event: str, /, **values: Any) -> None:
        """An `Emit`: how listing the photos goes on."""
        if event == "progress":
            self.count.take(values)

    @property
    def done(self) -> bool:
        """Whether it is known what came of it."""
        return not self.thread.is_alive()


def begin(place: str, start: Callable[[Any], Launched]) -> None:
    """Starts something, or takes it up again, and keeps the start in some place of the session until `ended` takes it away."""
    made = st.session_state[place] = Launching(start)
    made.thread.join(PATIENCE_SECONDS)


def begins(place: str) -> bool:
    """Whether it is not known yet what comes of a start."""
    kept = st.session_state.get(place)
    return isinstance(kept, Launching) and not kept.done


def ended(place: str) -> Launching | None:
    """A start of which it is known what came of it, once; None where there is none."""
    kept = st.session_state.get(place)
    if not isinstance(kept, Launching) or not kept.done:
        return None
    st.session_state.pop(place)
    return kept


@st.fragment(run_every=SECONDS)
def progress(place: str, words: str) -> None:
    """How far a start is; repaints the page once it has begun.

    Args:
        place: of the session where it is kept.
        words: what happens as long as nothing is counted.
    """
    kept = st.session_state.get(place)
    if not isinstance(kept, Launching) or kept.done:
        st.rerun()
    share = (kept.count.done / kept.count.total) if kept.count.total else 0.0
    text = f"Starting: {kept.count.text if kept.count.total else words}"
    st.progress(min(1.0, share), text=parts.literal(text, 200))
