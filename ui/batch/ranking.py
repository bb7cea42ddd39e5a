"""The leaderboard: all builds of the same photos in one table and one picture, with the front that no other file beats.

A click on a point, or on a row, opens the build below the picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from builder import listing
from builder.errors import BuilderError
from builder.formats import UNKNOWN, counted, format_bytes, format_count, format_latency, format_percent, printable
from builder.listing import Row
from builder.ranking.board import Board, Group, board
from builder.ranking.charts import front_picture
from builder.ranking.fronts import AXES, Axis, Front
from builder.ranking.model import Entry
from builder.ranking.pages import board_csv, marks_text, title_of
from builder.runs import REPORT
from ui import kept, navigation, parts, session
from ui.builds import one, wording
from ui.builds.overview import HEIGHT_ROWS, ROW_PX, floats
from ui.charts import specification

if TYPE_CHECKING:
    from pandas import DataFrame

PLACE = "batch-ranking"
PICKED, TURN, SHOWN = "batch-ranking-picked", "batch-ranking-turn", "batch-ranking-shown"
PICTURE = "batch-ranking-picture"
WIDTH, HEIGHT = 900, 380  # px of the plot; it is as wide as the page
ROWS_MAX = 1_000
WHERE_LENGTH_MAX = 500
TITLES: dict[Axis, str] = {"flash": "Flash", "arena": "Arena", "multiply_adds": "Mult-adds", "latency": "Latency"}
FRONT = "Blue points are on the front: no other file costs less and is as accurate."
KNEE = " The ring is around the knee, where more cost begins to bring less."
FORMATS = {
    "Accuracy": format_percent,
    "Validation": format_percent,
    "Flash": format_bytes,
    "Arena": format_bytes,
    "Mult-adds": format_count,
    "Latency": format_latency,
    "alpha": "{:g}".format,
    "px": format_count,
    "Seed": "{:g}".format,
}


@st.fragment
def show() -> None:
    """All of it; what is filtered or picked here leaves the rest of the page as it is."""
    if st.session_state.pop(PICKED, False):
        st.rerun()  # the choice has changed, and with it the address
    st.header("Leaderboard", anchor=False)
    exports = session.exports()
    if not any_finished(exports):
        st.info("Finished builds stand here, ranked, as soon as there is one.", icon=":material/leaderboard:")
        return
    where, every_file = asked()
    try:
        found = board(exports, where=where or None, every_file=every_file)
    except BuilderError as error:
        parts.problem(error)
        return
    if not found.entries:
        st.info("No build is like that. Loosen the condition to see more.", icon=":material/filter_alt_off:")
        return
    group = chosen(found)
    picture(group)
    opened(exports, group)
    table(found, group)


def any_finished(exports: Path) -> bool:
    """Whether there is a report at all."""
    return next(exports.glob(f"*/{REPORT}"), None) is not None


def asked() -> tuple[str, bool]:
    """What rows must be like, and whether all files of a build count."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        where = st.text_input(
            "Only files with", max_chars=WHERE_LENGTH_MAX, placeholder="such as flash<=300KiB and accuracy>=95%",
            key=kept.key(PLACE, "where", ""),
            help="Names such as accuracy, flash, arena, multiply_adds, latency, alpha, resolution, variant, technique, batch; "
            "joined by and, or, not.",
        )  # fmt: skip
    with right:
        every_file = st.checkbox(
            "Every file of each build", key=kept.key(PLACE, "every_file", False),
            help="Else the one for its device, or the one that the gate chose.",
        )  # fmt: skip
    return where.strip(), every_file


def chosen(found: Board) -> Group:
    """The photos whose builds are compared: those that the visitor has chosen, else those with most builds."""
    keys = [" ".join(group.photos) for group in found.groups]
    if len(keys) == 1:
        st.caption(parts.literal(title_of(found.groups[0]), 200))
        return found.groups[0]
    data = session.choice().data or "digits"
    mine = next((key for key, group in zip(keys, found.groups, strict=True) if group.data == data), keys[0])
    made = kept.key(PLACE, "photos", mine)
    if st.session_state[made] not in keys:  # deleted, or filtered away
        st.session_state[made] = mine
    key = st.selectbox("Photos", keys, format_func=lambda each: title_of(found.groups[keys.index(each)]), key=made)
    return found.groups[keys.index(key)]


def picture(group: Group) -> None:
    """Accuracy over a cost, with the front as steps and a ring around the knee."""
    by_axis = {front.axis: front for front in group.fronts if front.points}
    if not by_axis:
        return
    axes = [axis for axis in AXES if axis in by_axis]
    made = kept.key(PLACE, "axis", axes[0])
    if st.session_state[made] not in axes:
        st.session_state[made] = axes[0]
    axis: Axis = st.segmented_control("Accuracy over", axes, format_func=TITLES.__getitem__, required=True, key=made) or axes[0]
    draw(by_axis[axis])


def draw(front: Front) -> None:
    """The picture and what it says."""
    drawn = front_picture(front, width=WIDTH, height=HEIGHT, clickable=True)
    st.vega_lite_chart(
        spec=specification(drawn.drawing, width="container"),
        theme=None,
        width="stretch",
        key=PICTURE,
        on_select=picked,
        selection_mode=["picked"],
        alt=drawn.alt,
    )
    left_out = (
        f" {counted(front.left_out, 'file')} without one of the two figures, or that failed a check, left out."
        if front.left_out
        else ""
    )
    st.caption(f"{FRONT}{KNEE if front.knee is not None else ''} Click a point to see its build.{left_out}")


def picked() -> None:
    """A point of the picture was clicked."""
    points = st.session_state[PICTURE].selection.get("picked") or []
    ids = [point["id"] for point in points if "id" in point]
    if ids:
        choose(ids[-1])


def ticked(key: str) -> None:
    """A row of the table was ticked."""
    shown: Sequence[str] = st.session_state[SHOWN]
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(shown):
        choose(shown[rows[0]])


def choose(build: str) -> None:
    """Looks at a build; the table forgets which row was ticked."""
    session.change(build=build)
    st.session_state[PICKED] = True
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def opened(exports: Path, group: Group) -> None:
    """The build that is looked at, where it is one of these."""
    wanted = session.choice().build
    if not wanted or all(entry.id != wanted for entry in group.entries):
        return
    row = listing.find(exports, wanted)
    if row is not None and row.state == "done":
        card(row)


def card(row: Row) -> None:
    """A build in short, and the way to all of it."""
    with st.container(border=True):
        st.subheader(f"{wording.ICONS[row.state]} {parts.literal(row.title)}", anchor=False)
        st.caption(f"{parts.literal(wording.photos(row.data))} · {wording.dials(row)} · id {row.id}")
        one.body(row)
        if st.button("Open the result", type="primary", icon=":material/task_alt:", key="batch-open-result"):
            navigation.go("result", build=row.id)


def table(found: Board, group: Group) -> None:
    """The rows, the most accurate first; a head sorts by its column."""
    entries = group.entries[:ROWS_MAX]
    st.session_state[SHOWN] = [entry.id for entry in entries]
    text = " ".join(f"{entry.folder}/{entry.file}" for entry in entries)
    key = f"batch-board-{st.session_state.get(TURN, 0)}-{zlib.crc32(text.encode())}"
    st.dataframe(
        frame(found, entries).style.format(FORMATS),
        hide_index=True,
        placeholder=UNKNOWN,
        key=key,
        on_select=lambda: ticked(key),
        selection_mode="single-row",
        height=ROW_PX * (min(len(entries), HEIGHT_ROWS) + 1) + 3,
        column_config={
            "Build": st.column_config.TextColumn(width="medium"),
            "Front": st.column_config.TextColumn(help="the fronts that it is on; a star marks the knee"),
            "Accuracy": st.column_config.NumberColumn(help="on the test photos"),
            "Validation": st.column_config.NumberColumn(help="on the validation photos, where a gate looked at the file"),
            "Arena": st.column_config.NumberColumn(help="TFLite Micro's arena on a 64-bit host, reference kernels"),
            "Latency": st.column_config.NumberColumn(help="on the machine that measured it"),
        },
    )
    if len(group.entries) > len(entries):
        st.caption(f"The first {len(entries):,} of {len(group.entries):,}; the CSV has all.")
    for each in found.found.unreadable[:5]:
        parts.caution(each.message)
    st.download_button(
        "All rows as CSV", lambda: board_csv(found), file_name="leaderboard.csv", mime="text/csv", icon=":material/download:",
        key="batch-board-csv", on_click="ignore", help="All rows, of all photos, with sizes in bytes and shares from 0 to 1.",
    )  # fmt: skip


def frame(found: Board, entries: Sequence[Entry]) -> DataFrame:
    """The rows as columns of numbers, so that each one can be sorted."""
    import pandas

    on = found.marks
    return pandas.DataFrame(
        {
            "Build": [printable(entry.title, 80) for entry in entries],
            "Accuracy": floats(entry.accuracy for entry in entries),
            "Flash": floats(entry.flash_bytes for entry in entries),
            "Front": [marks_text(on.get((entry.folder, entry.file), {})) or UNKNOWN for entry in entries],
            "Validation": floats(entry.val_accuracy for entry in entries),
            "Arena": floats(entry.arena_bytes for entry in entries),
            "Mult-adds": floats(entry.multiply_adds for entry in entries),
            "Latency": floats(entry.latency_ms for entry in entries),
            "alpha": floats(entry.alpha for entry in entries),
            "px": floats(entry.resolution for entry in entries),
            "File": [printable(entry.file, 60) for entry in entries],
            "Technique": [printable(entry.technique, 40) for entry in entries],
            "Seed": floats(entry.seed for entry in entries),
            "Batch": [printable(entry.batch, 60) or UNKNOWN for entry in entries],
        }
    )
