"""The matrix: which file to take, all techniques as a table and a picture, the files of each."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from builder import listing
from builder.formats import format_bytes, format_count, format_duration, format_latency, format_percent
from builder.matrix import FOLDER, Matrix, Row, findings, matrix_path, shelf
from builder.matrix.charts import AXES, LEGEND, Axis, matrix_picture
from builder.runs import Run
from ui import charts, finished, parts
from ui.compress import shelved
from ui.result import downloads
from ui.result.tables import table

HEAD = (
    "Technique", "Accuracy", "Points", "Worst class", "Size", "Download", "Arena", "Latency", "Mult-adds left",
    "Labels changed", "Took", "Gate",
)  # fmt: skip
SEEN_AS: dict[Axis, str] = {"flash_bytes": "Size on the device", "gzip_bytes": "Size of the download"}
PICTURES_KEPT = 64  # some 30 KB each
AXIS = 58  # px that the page takes off the width for the axis
PLOTS = {"wide": (760, 380), "narrow": (290, 380)}  # px: names find their places for a width, so there is one for phones
PAGES = (("matrix.html", "text/html"), ("matrix.md", "text/markdown"), ("matrix.json", "application/json"))


def show(run: Run, matrix: Matrix) -> None:
    """Everything that was measured so far."""
    said = parts.literal(findings.headline(matrix), 700)
    (st.success if matrix.chosen else st.warning)(said, icon=":material/verified:" if matrix.chosen else ":material/gpp_maybe:")
    rows(matrix)
    picture(run)
    files(run, matrix)


def rows(matrix: Matrix) -> None:
    """The table."""
    names = [row.technique for row in matrix.rows]
    strong = names.index(matrix.chosen) if matrix.chosen in names else None
    photos = f"{matrix.network.test_photos:,} test photos"
    network = format_percent(matrix.network.accuracy) if matrix.network.test_photos else "–"
    caption = f"Every technique on {photos}; the network: {network}"
    table(caption, HEAD, [cells(matrix, row) for row in matrix.rows], strong=strong)
    st.caption(
        "Points: accuracy won (+) or lost (−) against the trained network. Size: of the file on the device. Download: by gzip. "
        "Mult-adds left: those whose weight is not zero. " + parts.literal(" ".join(findings.why(matrix)), 800)
    )


def cells(matrix: Matrix, row: Row) -> tuple[str, ...]:
    """A technique's line."""
    file = row.first
    gate = findings.gate_text(row)
    if row.failure or file is None:
        gate = f"no file: {row.failure or 'it made none'}"
    elif row.technique == matrix.chosen:
        gate = "passed; the smallest that does"
    return (
        row.technique,
        format_percent(row.accuracy),
        findings.points(row),
        findings.worst_class(row),
        format_bytes(size_of(row)),
        format_bytes(file.gzip_bytes if file else None),
        format_bytes(row.arena_bytes),
        format_latency(file.latency_ms if file else None),
        format_count(row.multiply_adds_left),
        "–" if row.label_flips is None else f"{row.label_flips:,}",
        format_duration(row.seconds),
        gate,
    )


def size_of(row: Row) -> int | None:
    """Of the first file, on the device."""
    return row.first.flash_bytes if row.first else None


def picture(run: Run) -> None:
    """Accuracy over bytes."""
    axis: Axis = st.segmented_control(
        "Accuracy over",
        list(AXES),
        default="gzip_bytes",
        format_func=lambda each: SEEN_AS[each],
        required=True,
        key=f"matrix-axis-{run.id}",
    )
    for screen in PLOTS:
        spec, alt = drawn(run.folder, listing.stamp(matrix_path(run.folder)), axis, screen)
        if not spec:
            st.caption("There is no picture: no file's accuracy was measured.")
            return
        with st.container(key=f"matrix-{screen}"):
            st.vega_lite_chart(spec=deepcopy(spec), theme=None, width="content", key=f"matrix-picture-{screen}-{axis}", alt=alt)
    st.caption(LEGEND)


@lru_cache(maxsize=PICTURES_KEPT)
def drawn(folder: Path, stamp: object, axis: Axis, screen: str) -> tuple[dict[str, Any], str]:
    """The picture of a build's matrix and its words, kept until the matrix changes: names take 0.3 s to find their places.

    Args:
        folder: the build's.
        stamp: of its matrix.
        axis: over which bytes.
        screen: for which screen, as in `PLOTS`.
    """
    matrix = shelved.read(folder, stamp)
    width, height = PLOTS[screen]
    made = None if matrix is None else matrix_picture(matrix, axis, width=width, height=height)
    return ({}, "") if made is None else (charts.specification(made.drawing, width=width + AXIS), made.alt)


def files(run: Run, matrix: Matrix) -> None:
    """The files of one technique, held to what was measured; and the matrix itself."""
    made = {row.technique: row for row in matrix.rows if row.files}
    if not made:
        return
    st.markdown("#### Files")
    key, picked = f"matrix-files-{run.id}", f"matrix-picked-{run.id}"
    if not st.session_state.get(picked) or st.session_state.get(key) not in made:
        st.session_state[key] = matrix.chosen if matrix.chosen in made else next(iter(made))
    name = st.selectbox(
        "Files of the technique",
        list(made),
        format_func=called,
        key=key,
        on_change=st.session_state.__setitem__,
        args=(picked, True),  # from now on it stays, whichever file turns out to be the smallest
    )
    buttons(run, made[name], key="matrix")
    with st.container(horizontal=True):
        for page, mime in PAGES:
            path = run.folder / FOLDER / page
            if path.is_file():
                downloads.button(f"{page} ({format_bytes(path.stat().st_size)})", page, downloads.reader(path), mime, key=page)


def called(technique: str) -> str:
    """A technique's name, and in words what it is."""
    title = shelf.title_of(technique) if technique in shelf.NAMES else technique
    return technique if title == technique else f"{technique}: {title}"


def buttons(run: Run, row: Row, *, key: str) -> None:
    """A download of each file; those that are no longer what was measured are named, not offered."""
    changed = []
    with st.container(horizontal=True):
        for number, file in enumerate(row.files):
            path = shelved.path_of(run, file.file)
            if not finished.is_verified(path, file.sha256):
                changed.append(file.file)
                continue
            label = f"{path.name} ({format_bytes(file.flash_bytes)})"
            read = downloads.verified(path, file.sha256)
            downloads.button(label, saved_as(file.file), read, downloads.MODEL, key=f"{key}-{number}")
    for each in changed:
        parts.caution(
            f"{each} is missing or no longer the file that was measured, so it is not offered. Run {row.technique} again."
        )


def saved_as(file: str) -> str:
    """A name for the visitor's disk: files of one name lie in two folders."""
    name = Path(file).name
    return f"{FOLDER}-{name}" if file.startswith(f"{FOLDER}/") and name in ("int8.tflite", "int8_micro.tflite") else name
