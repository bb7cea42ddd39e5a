"""All builds as a table, with what to look for and in which order."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from builder import listing
from builder.formats import UNKNOWN, format_bytes, format_count, format_duration, format_percent, printable
from builder.listing import Row
from ui import session
from ui.builds import selection, wording

if TYPE_CHECKING:
    from pandas import DataFrame

REFRESH_SECONDS = 3
HEIGHT_ROWS = 10  # more are scrolled
ROW_PX = 35

# What is unknown comes last, so each key is a pair.
ORDERS: dict[str, Callable[[Row], tuple[Any, ...]]] = {
    "Newest first": lambda row: (-(row.created or 0.0),),
    "Most accurate first": lambda row: (row.accuracy is None, -(row.accuracy or 0.0)),
    "Smallest file first": lambda row: (row.best is None, row.best.flash_bytes if row.best else 0),
    "By title": lambda row: (row.title.casefold(),),
    "By status": lambda row: (list(wording.STATES).index(row.state),),
}


def filters(rows: Sequence[Row]) -> list[Row]:
    """Asks what to look for; the rows that are meant, in order."""
    text, states, data, order = st.columns([2, 2, 2, 1.5])
    words = text.text_input("Search", placeholder="title, photos, device or id", key="builds-search", max_chars=200)
    wanted = states.multiselect(
        "Status",
        [state for state in wording.STATES if any(row.state == state for row in rows)],
        format_func=lambda state: wording.STATES[state],
        placeholder="any",
        key="builds-status",
    )
    sets = data.multiselect(
        "Photos",
        sorted({row.data for row in rows if row.data}),
        format_func=lambda name: wording.photos(name),
        placeholder="any",
        key="builds-photos",
    )
    by = order.selectbox("Order", list(ORDERS), key="builds-order")
    found = [row for row in rows if meant(row, words, wanted, sets)]
    return sorted(found, key=ORDERS[by])


def meant(row: Row, words: str, states: Sequence[str], sets: Sequence[str]) -> bool:
    """Whether a build is looked for: every word is somewhere in its title, photos, device or folder."""
    text = f"{row.title} {row.data} {row.target} {row.run.folder.name}".casefold()
    return (
        all(word in text for word in words.casefold().split())
        and (not states or row.state in states)
        and (not sets or row.data in sets)
    )


def table(rows: Sequence[Row]) -> None:
    """The table; it is drawn anew every few seconds while something runs, and the whole page when a build begins or ends."""
    live = any(row.live for row in rows)

    @st.fragment(run_every=REFRESH_SECONDS if live else None)
    def drawn() -> None:
        now = {row.id: row for row in listing.rows(session.exports())} if live else {}
        if live and any(row.live and (row.id not in now or now[row.id].state != row.state) for row in rows):
            st.rerun()
        draw([now.get(row.id, row) for row in rows])

    drawn()


def draw(rows: Sequence[Row]) -> None:
    """The table as it is now."""
    ids = [row.id for row in rows]
    st.session_state[selection.SHOWN] = ids
    key = f"builds-table-{st.session_state.get(selection.TABLE, 0)}-{zlib.crc32(' '.join(ids).encode())}"
    formats = {
        "alpha": "{:g}".format,
        "px": format_count,
        "Classes": format_count,
        "Accuracy": format_percent,
        "int8": format_percent,
        "Size": format_bytes,
        "RAM": format_bytes,
        "Took": format_duration,
    }
    st.dataframe(
        frame(rows).style.format(formats),
        hide_index=True,
        placeholder=UNKNOWN,
        key=key,
        on_select=lambda: selection.ticked(key),
        selection_mode="multi-row",
        height=ROW_PX * (min(len(rows), HEIGHT_ROWS) + 1) + 3,
        column_config={
            "Title": st.column_config.TextColumn(width="medium"),
            "Status": st.column_config.TextColumn(width="small"),
            "alpha": st.column_config.NumberColumn(help="width multiplier"),
            "px": st.column_config.NumberColumn(help="resolution: pixels a side"),
            "Accuracy": st.column_config.NumberColumn(help="of the trained network, on the test photos"),
            "int8": st.column_config.NumberColumn(help="accuracy of the int8 file, on the test photos"),
            "Size": st.column_config.NumberColumn(help="of the file that is recommended"),
            "RAM": st.column_config.NumberColumn(help="TFLite Micro's arena on a 64-bit host, reference kernels"),
            "Began": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            "Device": st.column_config.TextColumn(help="what it was built for, where the app was told"),
            "Trained on": st.column_config.TextColumn(help="the hardware that trained it"),
            "Took": st.column_config.NumberColumn(help="work, without waiting"),
        },
    )


def frame(rows: Sequence[Row]) -> DataFrame:
    """The builds as columns of numbers, so that each one can be sorted."""
    import pandas

    return pandas.DataFrame(
        {
            "Title": [printable(row.title, 80) for row in rows],
            "Status": [wording.STATES[row.state] for row in rows],
            "Photos": [wording.photos(row.data) for row in rows],
            "alpha": floats(row.alpha for row in rows),
            "px": floats(row.resolution for row in rows),
            "Classes": floats(row.classes for row in rows),
            "Accuracy": floats(row.accuracy for row in rows),
            "int8": floats(row.int8_accuracy for row in rows),
            "Size": floats(row.best.flash_bytes if row.best else None for row in rows),
            "RAM": floats(row.arena_bytes for row in rows),
            "Began": pandas.Series([moment(row.created) for row in rows], dtype="datetime64[ns]"),
            "Took": floats(row.took for row in rows),
            "Device": [printable(row.target, 40) or UNKNOWN for row in rows],
            "Trained on": [printable(row.device, 40) for row in rows],
        }
    )


def floats(values: Any) -> Any:
    """A column of numbers; what is not known is missing."""
    import pandas

    return pandas.Series(list(values), dtype="float64")


def moment(seconds: float | None) -> Any:
    """A moment in the server's own time; missing where it is none."""
    import pandas

    return pandas.to_datetime(wording.date(seconds), errors="coerce")
