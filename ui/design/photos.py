"""What is known of the photos that were chosen: their classes, how many there are, and what finished builds of them reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from builder.errors import BuilderError
from builder.planner import Builds
from builder.runs import REPORT
from ui import session
from ui.data.chosen import check_permitted

KEPT = "design-photos"
SECONDS_KEPT = 600.0


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos as a plan needs them.

    Args:
        data: what they were chosen by; empty is none.
        labels: class names; None where nothing is known.
        count: how many photos.
        builds: what finished builds of them reached.
        problem: why they could not be read.
    """

    data: str = ""
    labels: tuple[str, ...] | None = None
    count: int | None = None
    builds: Builds | None = None
    problem: str = ""

    @property
    def classes(self) -> int | None:
        """How many classes they have."""
        return None if self.labels is None else len(self.labels)


def chosen() -> Photos:
    """The photos of the choice, as they were when the page was opened: a move of a dial reads no folder."""
    data = session.choice().data
    kept = st.session_state.get(KEPT)
    return kept if isinstance(kept, Photos) and kept.data == data else look()


def look() -> Photos:
    """Reads them, and finished builds, anew where something changed."""
    data = session.choice().data
    found = Photos() if not data else read(data, str(session.exports()), newest(session.exports()))
    st.session_state[KEPT] = found
    return found


def newest(exports: Path) -> tuple[int, float]:
    """How many reports there are, and when the last one was written: they change when a build is done."""
    times = []
    for file in exports.glob(f"*/{REPORT}"):
        try:
            times.append(file.stat().st_mtime)
        except OSError:  # deleted meanwhile
            continue
    return len(times), max(times, default=0.0)


@st.cache_data(max_entries=16, ttl=SECONDS_KEPT, show_spinner="Looking at the photos…")
def read(data: str, exports: str, changed: tuple[int, float]) -> Photos:  # noqa: ARG001 - a key of the cache
    """Lists the photos and reads the reports of their builds; no photo is decoded."""
    from builder.data import open_source
    from builder.history import builds_of

    try:
        check_permitted(data)
        source = open_source(data)
        return Photos(data, source.classes, source.photos, builds_of(Path(exports), source.fingerprint))
    except BuilderError as error:
        return Photos(data, problem=str(error))
