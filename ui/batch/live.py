"""A batch while it runs, and after it ended: read from its record, whoever started it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from builder import finished_work, listing, watching
from builder.batch.file import Batch
from builder.batch.launching import stop_batch, watch
from builder.batch.options import Options
from builder.batch.record import NAME, BatchRecord, is_running
from builder.errors import BuilderError
from builder.formats import counted
from ui import parts, session, stopping
from ui.batch import cells, earlier, new, standing
from ui.batch.permitted import check_as_written
from ui.wording import in_app

SEEN, MARK, STOPPING = "batch-seen", "batch-mark", "batch-stopping"
SECONDS, SECONDS_OF_MANY = 1.0, 5.0  # between two looks at a running batch
WARNINGS_SHOWN = 50
MANY = 1_000  # cells, whose record takes a moment to read


@dataclass(frozen=True, slots=True)
class Seen:
    """A batch as it stands.

    Args:
        folder: its own.
        lives: whether a process runs it.
        record: None before the first, or where it is damaged.
        problem: what is wrong with the record.
        stamp: changes when the record does.
    """

    folder: Path
    lives: bool
    record: BatchRecord | None
    problem: str = ""
    stamp: Any = None

    @property
    def prepares(self) -> bool:
        """Whether it plans its builds and has written nothing of this run yet."""
        return self.lives and (self.record is None or self.record.state != "running")

    @property
    def mark(self) -> tuple[Any, ...]:
        """What the whole page is drawn from: once it is another, the page is drawn anew."""
        done = 0 if self.record is None else self.record.counts.get("done", 0)
        return self.folder, self.lives, self.record is not None and self.record.state, done


def look(folder: Path) -> Seen:
    """The batch now; its record is read again only where it has changed."""
    lives, stamp = is_running(folder), listing.stamp(folder / NAME)
    kept = st.session_state.get(SEEN)
    if isinstance(kept, Seen) and (kept.folder, kept.lives, kept.stamp) == (folder, lives, stamp):
        return kept
    try:
        seen = Seen(folder, lives, watch(folder), stamp=stamp)
    except BuilderError as error:
        seen = Seen(folder, lives, None, str(error), stamp)
    st.session_state[SEEN] = seen
    return seen


def show(folder: Path) -> None:
    """The batch; repainted every second or so as long as it lives."""
    seen = look(folder)
    st.session_state[MARK] = seen.mark
    head(seen)
    if new.PROBLEM in st.session_state:
        parts.problem(in_app(st.session_state[new.PROBLEM]))
    many = seen.record is not None and len(seen.record.cells) > MANY
    st.fragment(body, run_every=(SECONDS_OF_MANY if many else SECONDS) if seen.lives else None)(folder)


def head(seen: Seen) -> None:
    """Which batch it is, and what can be done with it."""
    name, actions = st.columns([3, 2], vertical_alignment="center")
    with name:
        st.subheader(parts.literal(seen.record.name if seen.record else earlier.name_of(seen.folder)), anchor=False)
        st.caption(parts.literal(caption(seen), 400))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        stopping.stop(STOPPING, seen.folder, seen.folder, lambda: stop_batch(seen.folder), "Stopping: what is whole is kept…")
        if seen.lives:
            st.button(
                "Stop the batch", icon=":material/stop:", on_click=stopping.ask, args=(STOPPING, seen.folder),
                help="What is whole is kept, and the same batch goes on from there.",
            )  # fmt: skip
        elif can_go_on(seen):
            other = earlier.running()
            st.button(
                "Go on", type="primary", icon=":material/resume:", on_click=resume, args=(seen.folder,),
                disabled=other is not None,
                help="Another batch is running: it goes first." if other else "Builds what is not done yet; what is done stays.",
            )  # fmt: skip
        st.button("New batch", icon=":material/add:", on_click=leave)


def caption(seen: Seen) -> str:
    """How many builds and workers, and the rules it runs by."""
    if seen.record is None:
        return f"id {earlier.id_of(seen.folder)}"
    record = seen.record
    words = [counted(len(record.cells), "build"), counted(record.workers, "worker") if record.workers else ""]
    words += [f"{name.replace('_', ' ')} {value}" for name, value in record.rules.items() if name != "workers"]
    return " · ".join([*filter(None, words), f"id {record.id}"])


def can_go_on(seen: Seen) -> bool:
    """Whether anything is left that the same batch would build; what its rules stopped for good is not."""
    record = seen.record
    if record is None:
        return True
    return not record.met_its_goal and (record.state != "done" or bool(record.of_state("failed", "waiting", "paused")))


def body(folder: Path) -> None:
    """How it stands; a build that is done, or a change of state, repaints the whole page, once."""
    seen = look(folder)
    if seen.mark != st.session_state.get(MARK):
        st.rerun()
    if not folder.is_dir():
        parts.problem("This batch's folder is not there any more: somebody deleted it.")
        return
    if seen.problem:
        parts.problem(seen.problem)
    if seen.prepares:
        st.progress(0.0, text="The photos are listed, the builds planned, the workers started…")
        return
    if seen.record is None:
        ended_early(seen)
        return
    standing.verdict(seen.record, lives=seen.lives)
    standing.figures(seen.record, lives=seen.lives)
    warnings(seen.record)
    standing.at_work(seen.record.of_state("running"))
    standing.messages(seen.record)
    st.markdown("**Builds**")
    cells.show_built(seen.record.cells, "batch-cells")
    if len(seen.record.cells) > cells.ROWS_MAX:
        st.caption(f"{cells.ROWS_MAX:,} of {len(seen.record.cells):,} builds; those that failed or go on come first.")


def warnings(record: BatchRecord) -> None:
    """What people should know, a box each; of many only the first."""
    for sentence in record.warnings[:WARNINGS_SHOWN]:
        parts.caution(sentence)
    total = len(record.warnings) + record.more_warnings
    if total > WARNINGS_SHOWN:
        st.caption(f"and {total - WARNINGS_SHOWN:,} more of {total:,} warnings; events.jsonl in the batch's folder has each.")


def ended_early(seen: Seen) -> None:
    """A batch that was killed, or failed, before its first record."""
    if seen.problem:
        return
    parts.problem("It ended before anything was built. Go on starts it again.")
    tail = watching.tail(seen.folder / finished_work.LOG)
    if tail:
        st.caption("The end of its log")
        st.code(tail, language=None, wrap_lines=True)


# Going on, leaving.


def resume(folder: Path) -> None:
    """Takes the batch up again by the rules that it had."""
    record = look(folder).record
    try:
        batch = Batch.from_file(folder / "batch.yaml")
        check_as_written(batch)
        new.begin(batch, Options(**(record.rules if record is not None else {})))
    except BuilderError as error:
        st.session_state[new.PROBLEM] = str(error)
    except TypeError:  # the rules of a newer builder
        st.session_state[new.PROBLEM] = (
            f"The record in {folder} has rules that this builder does not know. Update it, or start the batch anew."
        )


def leave() -> None:
    """Turns to a new batch."""
    st.session_state.pop(new.PROBLEM, None)
    session.change(batch="")
