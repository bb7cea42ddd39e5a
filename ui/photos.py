"""What is known of the photos that were chosen: their classes, how many there are, and what finished builds of them reached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from builder import history
from builder.data.known import known_of
from builder.data.source import is_builtin
from builder.errors import BuilderError
from builder.planner import Builds
from builder.runs import REPORT
from ui import session
from ui.data.chosen import permitted_place

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
    """What the last examination of them found, and what builds of them reached since; no photo is read here."""
    data = session.choice().data
    found = st.session_state[KEPT] = read(data) if data else Photos()
    return found


def read(data: str) -> Photos:
    """Photos that nobody has examined yet have neither class names nor builds: the Data page examines them, in a process apart."""
    try:
        place = permitted_place(data)
    except BuilderError as error:
        return Photos(data, problem=str(error))
    if not is_builtin(place) and not os.path.exists(place):  # noqa: PTH110 - Path.exists raises on names that are too long
        return Photos(data, problem=f'There is nothing at "{place}". Choose others on the Data page.')
    known = known_of(place)
    if known is None:
        return Photos(data)
    builds = builds_of(str(session.exports()), known.fingerprint, newest(session.exports()))
    return Photos(data, known.classes, known.photos, builds)


def newest(exports: Path) -> tuple[int, float]:
    """How many reports there are, and when the last one was written: they change when a build is done."""
    times = []
    for file in exports.glob(f"*/{REPORT}"):
        try:
            times.append(file.stat().st_mtime)
        except OSError:  # deleted meanwhile
            continue
    return len(times), max(times, default=0.0)


@st.cache_data(max_entries=16, ttl=SECONDS_KEPT, show_spinner=False)
def builds_of(exports: str, fingerprint: str, changed: tuple[int, float]) -> Builds | None:  # noqa: ARG001 - a key of the cache
    """What finished builds of the photos reached, read anew when one is done."""
    return history.builds_of(Path(exports), fingerprint)
