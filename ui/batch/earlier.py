"""The batches that there are: each is a folder with a record, whoever ran it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from builder import listing
from builder.batch.finding import batches
from builder.batch.record import BATCHES, NAME, BatchState, is_running, read_record
from builder.errors import BuilderError
from builder.formats import printable
from ui import parts, session
from ui.builds.wording import date

SHOWN = 20
SUMMARIES_KEPT = 256
MARKS = {
    "running": "● running",
    "done": "✓ done",
    "stopped": "■ stopped",
    "failed": "✕ failed",
    "damaged": "! damaged",
}


def id_of(folder: Path) -> str:
    """The id of a batch: its folder's name ends with it."""
    return folder.name.rpartition("-")[2]


def name_of(folder: Path) -> str:
    """What its folder is called, without the id."""
    return folder.name.rpartition("-")[0] or folder.name


def folders() -> list[Path]:
    """Every batch, also one that has no record yet."""
    place = session.exports() / BATCHES
    with contextlib.suppress(OSError):
        return [each for each in place.iterdir() if each.is_dir()]
    return []


def folder_of(identity: str) -> Path | None:
    """The batch of an id."""
    return next((folder for folder in folders() if id_of(folder) == identity), None)


def running() -> Path | None:
    """A batch that runs now."""
    return next((folder for folder in folders() if is_running(folder)), None)


def open_batch(identity: str) -> None:
    """Turns to a batch; an empty id turns to a new one."""
    session.change(batch=identity)


@dataclass(frozen=True, slots=True)
class Summary:
    """A record in a line; records of many thousand builds are not kept."""

    id: str
    name: str
    state: BatchState
    counts: dict[str, int]
    began: float


@lru_cache(maxsize=SUMMARIES_KEPT)
def summary_of(folder: Path, stamp: object) -> Summary | None:
    """A record in a line, read once as long as its file is the same; None where it is damaged or gone."""
    del stamp  # part of the key only
    try:
        record = read_record(folder)
    except BuilderError:
        return None
    return None if record is None else Summary(record.id, record.name, record.state, record.counts, record.began)


def show() -> None:
    """The list, the newest first; nothing where there is none."""
    found = batches(session.exports())
    if not found:
        return
    with st.expander(f"Batches on this server ({len(found):,})", icon=":material/history:", key="batch-earlier"):
        for folder in found[:SHOWN]:
            row(folder)
        if len(found) > SHOWN:
            st.caption(f"and {len(found) - SHOWN:,} older ones, in the folder batches of this server's exports.")


def row(folder: Path) -> None:
    """One batch."""
    words, more = st.columns([5, 1], vertical_alignment="center")
    name, caption = told(folder)
    words.markdown(f"**{parts.literal(name)}**")
    words.caption(parts.literal(caption, 300))
    chosen = session.choice().batch == id_of(folder)
    more.button(
        "Open", key=f"batch-open-{folder.name}", disabled=chosen, width="stretch", help=f"Open {parts.literal(name, 40)}",
        on_click=open_batch, args=(id_of(folder),),
    )  # fmt: skip


def told(folder: Path) -> tuple[str, str]:
    """Its name, and its state in a line."""
    seen = summary_of(folder, listing.stamp(folder / NAME))
    if seen is None:
        return name_of(folder), f"{MARKS['damaged']} · its record cannot be read"
    state = "running" if is_running(folder) else "stopped" if seen.state == "running" else seen.state
    counts = ", ".join(f"{count:,} {name}" for name, count in seen.counts.items())
    return printable(seen.name, 80), f"{MARKS[state]} · {counts} · {date(seen.began)} · id {seen.id}"
