"""The page's pieces in their order."""

from __future__ import annotations

import streamlit as st

from builder import listing
from ui import parts, session
from ui.builds import comparison, one, overview, picture, selection, wording


def show() -> None:
    """The whole page below its title."""
    one.tell_problem()
    rows = listing.rows(session.exports())
    selection.begin(rows)
    if not rows:
        words = "Each build you start stands here with its accuracy and its files, to open, compare and download."
        parts.nothing_here("No builds yet", words, "design", "Choose a design")
        return
    wanted = session.choice().build
    if wanted and all(row.id != wanted for row in rows):
        parts.caution(f"The build {wanted} of this link is not here, or no more.")
    found = overview.filters(rows)
    if found:
        overview.table(found)
    else:
        st.info("No build is like that. Take a filter away to see more.", icon=":material/filter_alt_off:")
    by_id = {row.id: row for row in rows}
    st.multiselect(
        "Look at one build, or two side by side",
        list(by_id),
        format_func=lambda build_id: wording.option(by_id[build_id]) if build_id in by_id else build_id,
        max_selections=selection.MOST,
        placeholder="Choose here, or tick rows of the table",
        key=selection.CHOSEN,
        on_change=selection.taken,
    )
    chosen = selection.chosen(rows)
    if len(chosen) == 1:
        one.show(chosen[0])
    elif chosen:
        comparison.show(*chosen)
    picture.show(found)
