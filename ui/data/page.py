"""The page's pieces in their order: the way to photos, then what the chosen ones are like."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from builder.errors import BuilderError
from ui import parts, session
from ui.data import chosen, examined, sets, sources, uploading, webcam

PANELS: dict[str, Callable[[], None]] = {
    chosen.DIGITS: sources.digits,
    chosen.UPLOAD: uploading.show,
    chosen.CAMERA: webcam.show,
    chosen.SETS: sets.show,
    chosen.FOLDER: sources.folder,
}


def show() -> None:
    """The whole page below its title."""
    try:
        tool = sources.tools()
        with st.container(border=True):
            PANELS[tool]()
    except BuilderError as error:
        parts.problem(error)
    data = session.choice().data
    if data:
        examined.show(data)
    else:
        st.info("No photos are chosen yet. Choose some above: what they are like is then shown here.", icon=":material/info:")
