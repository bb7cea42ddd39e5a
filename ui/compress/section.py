"""The pieces in their order: what can be made stands above what was made, so that nothing moves while techniques are added."""

from __future__ import annotations

import streamlit as st

from builder.errors import BuilderError
from ui import parts
from ui.compress import asking, flips, notes, results, shelved
from ui.finished import Finished


def show(build: Finished) -> None:
    """Everything about compressed files of one build."""
    try:
        matrix = shelved.matrix_of(build.run)
    except BuilderError as error:
        parts.problem(error)
        matrix = None
    asking.show(build, matrix)
    if matrix is None:
        st.caption("Nothing was compressed yet. Each technique's files stand here with their accuracy and sizes as they are made.")
        return
    results.show(build.run, matrix)
    notes.show(matrix)
    flips.show(build.run, matrix)
