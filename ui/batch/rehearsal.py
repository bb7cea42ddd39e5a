"""The dry run: what would be built, at what cost and in which time, and what is skipped and why. Nothing is trained for it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from builder.batch.dry_run import DryRun
from builder.batch.file import Batch
from builder.batch.rehearsing import Rehearsing
from builder.console.batch_plan import WORDS
from builder.formats import counted, format_duration
from ui import parts, session
from ui.batch import cells, options
from ui.batch.written import identity
from ui.wording import in_app

KEPT = "batch-rehearsal"
PATIENCE_SECONDS = 1.0  # a small batch is planned by then: no bar flashes up
SECONDS = 0.5  # between two looks
REASON_LENGTH_MAX = 600


@dataclass(slots=True)
class Look:
    """One dry run, of the batch as it was then."""

    of: str
    child: Rehearsing | None
    result: DryRun | None = None
    problem: str = ""


def begin(made: Batch) -> None:
    """Begins a dry run; the one before ends here."""
    look = Look(identity(made), Rehearsing(made, session.exports(), options.most()))
    st.session_state[KEPT] = look
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not settle(look) and time.monotonic() < deadline:
        time.sleep(0.02)


def settle(look: Look) -> bool:
    """Takes in what the process said; True when it is done."""
    if look.child is None:
        return True
    if not look.child.look():
        return False
    look.result, look.problem, look.child = look.child.result, look.child.problem, None
    return True


def show(made: Batch) -> None:
    """The dry run of this batch; one of another batch is passed over."""
    look = st.session_state.get(KEPT)
    if not isinstance(look, Look):
        return
    if look.of != identity(made):
        st.caption("The batch has changed since the dry run: press *Dry run* to see what it is now.")
        return
    if not settle(look):
        progress(look)
    elif look.problem:
        parts.problem(in_app(look.problem))
    elif look.result is not None:
        tell(look.result)


@st.fragment(run_every=SECONDS)
def progress(look: Look) -> None:
    """How far it is; it alone is repainted until the end."""
    if settle(look) or look.child is None:
        st.rerun()
    count = look.child.count
    words = "Waiting: others are planning too" if look.child.waits else "The photos are listed, the builds planned"
    share = count.done / count.total if count.total else 0.0
    st.progress(min(1.0, share), text=parts.literal(count.text if count.total else words, 200))
    if st.button("Stop planning", icon=":material/stop_circle:"):
        look.child.close()
        st.session_state.pop(KEPT, None)
        st.rerun()


def tell(found: DryRun) -> None:
    """The whole dry run."""
    st.subheader("Dry run", anchor=False)
    st.markdown(f"**{parts.literal(counts_text(found))}** {parts.literal(time_text(found, options.count()), 300)}")
    if found.time_basis and found.to_build:
        st.caption(parts.literal(found.time_basis, 500))
    for note in found.notes:
        parts.caution(note)
    reasons(found)
    cells.show_planned(found.rows, "batch-planned")
    if found.cells > len(found.rows):
        st.caption(f"The first {len(found.rows):,} of {found.cells:,} builds. The counts are of all.")


def counts_text(found: DryRun) -> str:
    """Such as `10 to build, 2 skipped.`"""
    return ", ".join(f"{count:,} {WORDS[state]}" for state, count in found.counts.items() if count) + "."


def time_text(found: DryRun, workers: int) -> str:
    """Such as `About 27 min on 2 workers, from 4 min to 1 h 11 min.`"""
    if not found.to_build:
        return "There is nothing to train."
    seconds = found.seconds(workers)
    low, typical, high = (format_duration(each) for each in (seconds.low, seconds.typical, seconds.high))
    return f"About {typical} on {counted(workers, 'worker')}, from {low} to {high}."


def reasons(found: DryRun) -> None:
    """Why some are not built, the most frequent reason first."""
    if not found.reasons:
        return
    left_out = sum(count for _, count in found.reasons)
    with st.expander(f"Why {counted(left_out, 'build')} will not be made", icon=":material/block:", expanded=not found.to_build):
        for reason, count in found.reasons:
            st.markdown(f"- **{count:,} build{'s' * (count != 1)}**: {parts.literal(in_app(reason), REASON_LENGTH_MAX)}")
