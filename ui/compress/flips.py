"""Test photos whose label a technique changed, to look at: what they are, what the network says, what each technique says."""

from __future__ import annotations

import streamlit as st

from builder.matrix import FOLDER, Flip, Matrix, findings
from builder.matrix.flips import PICTURES
from builder.runs import Run
from ui import parts
from ui.result import photos

ALL = ""


def show(run: Run, matrix: Matrix) -> None:
    """The gallery, of all techniques or of one."""
    st.markdown("#### Photos whose label was changed")
    if not matrix.flips:
        st.success("Every file names every test photo as the trained network does.", icon=":material/check_circle:")
        return
    by = [row.technique for row in matrix.rows if any(row.technique in flip.said for flip in matrix.flips)]
    who = st.selectbox("Changed by", [ALL, *by], format_func=lambda name: name or "any technique", key=f"flips-by-{run.id}")
    found = [flip for flip in matrix.flips if not who or who in flip.said]
    shown = found
    if len(found) > photos.SHOWN_FIRST and not st.toggle(f"Show all {len(found):,} pictures", key=f"flips-all-{run.id}"):
        shown = found[: photos.SHOWN_FIRST]
    st.caption(f"{len(found):,} of {matrix.network.test_photos:,} test photos, those first that most techniques changed.")
    st.html(f'<div class="mb-gallery">{"".join(figure(run, flip, who) for flip in shown)}</div>')


def figure(run: Run, flip: Flip, who: str) -> str:
    """One photo with its words, as HTML."""
    name = parts.escaped(flip.name, 200)
    source = photos.data_of(run.folder / FOLDER / PICTURES / f"{flip.photo}.png")
    image = f'<img src="{source}" alt="Test photo {name}">' if source else '<div class="mb-missing">no picture</div>'
    right = "" if flip.network == flip.true else " (wrong)"
    lines = [f"<b>is: {photos.name_of(flip.true)}</b>", f"network: {photos.name_of(flip.network)}{right}"]
    lines += [
        f"→ {photos.name_of(label)}: {parts.escaped(findings.listed(names, 3), 200)}"
        for label, names in findings.said_by(flip.said)
        if not who or who in names
    ]
    return f'<figure title="{name}">{image}<figcaption>{"<br>".join(lines)}</figcaption></figure>'
