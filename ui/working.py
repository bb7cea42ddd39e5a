"""Work on a finished build: begun by a button, followed beside it, stopped; read from the build's folder, whoever began it.

Both buttons stand where they are whatever happens, so that no second click hits another one than it was meant for.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from builder import finished_work, launch, listing
from builder.console.told import left
from builder.errors import BuilderError
from builder.events import Emit
from builder.finished_work import Kind, Work, WorkWatch
from builder.formats import counted
from builder.launch import Launched
from builder.matrix import matrix_path, shelf
from builder.resolutions import resolutions_path
from builder.runs import Run
from ui import launching, parts, stopping

PROBLEM, STOPPING = "work-problem", "work-stopping"
WATCH, SHOWN = "work-watch-", "work-shown-"
SECONDS = 1.0  # between two looks at work that goes on
RESULTS = {"compress": matrix_path, "export": resolutions_path}
UNITS = {"compress": "Technique", "export": "Resolution"}
BUSY = {"compress": "Files of this build are being compressed.", "export": "This build is being exported at other resolutions."}

Begin = Callable[[Emit], Launched]


def show(run: Run, kind: Kind, label: str, make: Callable[[], Begin], *, disabled: bool = False) -> None:
    """The button that begins the work, the one that stops it, and how it goes.

    Args:
        run: the build.
        kind: what is made of it.
        label: of the button.
        make: called when it is pressed, with the page's newest values; returns what `launching.begin` takes.
        disabled: what was chosen cannot be done.
    """
    begins = launching.begins(place_of(run, kind))  # first: what ends in this moment is settled by the next look
    if not begins:
        settle(run, kind)
    seen = watch(run, kind).look()
    other = other_work(run, kind)
    st.session_state[SHOWN + kind] = mark(run, kind, seen)
    with st.container(horizontal=True):
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            key=f"work-begin-{kind}-{run.id}",
            on_click=begin,
            args=(run, kind, make),
            disabled=disabled or seen.is_live or begins or other is not None,
            help=BUSY[other.kind] if other is not None else None,
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"work-stop-{kind}-{run.id}",
            on_click=stopping.ask,
            args=(STOPPING, (run.id, kind)),
            disabled=not seen.is_live,
            help="What is whole is kept, and the same button goes on from there.",
        )
    stopping.stop(STOPPING, (run.id, kind), run.folder, lambda: launch.stop(run), "Stopping: what is whole is kept…")
    problem = st.session_state.get(PROBLEM)
    if problem is not None and problem[0] == (run.id, kind):
        parts.problem(problem[1])
    if begins:
        launching.progress(place_of(run, kind), "the photos are listed")
    else:
        st.fragment(body, run_every=SECONDS if seen.is_live else None)(run, kind)


def watch(run: Run, kind: Kind) -> WorkWatch:
    """What this session has read of the work so far."""
    kept = st.session_state.get(WATCH + kind)
    if not isinstance(kept, WorkWatch) or kept.run != run:
        kept = st.session_state[WATCH + kind] = WorkWatch(run, kind)
    return kept


def mark(run: Run, kind: Kind, seen: Work) -> tuple[object, ...]:
    """What the whole page is drawn from: once it is another, the page is drawn anew."""
    return run.id, seen.is_live, listing.stamp(RESULTS[kind](run.folder))


def other_work(run: Run, kind: Kind) -> Work | None:
    """Work of another kind that goes on in the build."""
    live = finished_work.live(run)
    return live if live is not None and live.kind != kind else None


# Beginning.


def begin(run: Run, kind: Kind, make: Callable[[], Begin]) -> None:
    """Begins the work: a callback, so that the page below already knows of it."""
    st.session_state.pop(PROBLEM, None)
    try:
        start = make()
    except BuilderError as error:
        st.session_state[PROBLEM] = ((run.id, kind), str(error))
        return
    launching.begin(place_of(run, kind), start)


def place_of(run: Run, kind: Kind) -> str:
    """Where the session keeps a start of this work."""
    return f"work-launching-{kind}-{run.id}"


def settle(run: Run, kind: Kind) -> None:
    """Says what came of a start, once it is known."""
    started = launching.ended(place_of(run, kind))
    if started is None:
        return
    if started.launched is None:
        st.session_state[PROBLEM] = ((run.id, kind), started.problem)
    elif started.launched.joined:
        st.toast("The same work goes on already: here it is.", icon=":material/group:")


# Following.


def body(run: Run, kind: Kind) -> None:
    """How it stands; what was made since repaints the whole page, once."""
    seen = watch(run, kind).look()
    if mark(run, kind, seen) != st.session_state.get(SHOWN + kind):
        st.rerun()
    if seen.state == "waiting":
        ahead = seen.place - 1
        before = "It is next." if not ahead else f"{counted(ahead, 'other')} will go before it."
        st.info(f"Waiting for a free slot of this machine. {before}", icon=":material/hourglass_top:")
    elif seen.state == "running":
        st.progress(seen.progress or 0.0, text=parts.literal(running_words(seen), 300))
    elif seen.state == "stopped":
        st.info("Stopped. What is whole is kept, and the same button goes on from there.", icon=":material/stop_circle:")
    elif seen.state == "failed":
        parts.problem(f"The last work ended before its time. {seen.message}")
        if seen.log_tail:
            with st.expander("The end of its log", icon=":material/terminal:"):
                st.code(seen.log_tail, language=None, wrap_lines=True)
    for sentence in seen.warnings:
        parts.caution(sentence)
    if seen.notes:
        with st.expander(f"What was said ({len(seen.notes)})"):
            st.markdown("\n".join(f"- {parts.literal(sentence, 1000)}" for sentence in seen.notes))


def running_words(seen: Work) -> str:
    """Such as `Technique 2 of 6, pruned: epoch 3 of 8, step 20 of 52, loss 0.41, 40 s left`."""
    if not seen.what:
        return ", ".join(filter(None, ("Getting ready", seen.words, left(seen.seconds_left))))
    what = shelf.title_of(seen.what) if seen.what in shelf.NAMES else seen.what
    said = ", ".join(filter(None, (seen.words, left(seen.seconds_left)))) or "at work"
    of = f"{UNITS[seen.kind]} {seen.number} of {seen.total}, " if seen.total else ""
    return f"{of}{what}: {said}"
