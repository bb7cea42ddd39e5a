"""A build while it runs, and after it ended: read from its folder, whoever started it."""

from __future__ import annotations

import streamlit as st

from builder import finished_work, launch
from builder.config import BuildConfig
from builder.console.told import TITLES, left
from builder.errors import BuilderError
from builder.formats import format_count, format_loss, format_percent, format_rate
from builder.runs import Run
from builder.watching import STAGES, Watch, Watched
from ui import curves, launching, navigation, parts, session, stopping
from ui.data.chosen import permitted_place
from ui.train.start import PLACE, config_words
from ui.wording import in_app

MARKS = {"start": ("current", "▸"), "done": ("done", "✓"), "reused": ("done", "✓"), "": ("open", "○")}
FROM_SCRATCH = "Training starts from scratch:"  # not as asked, but for want of weights: it decides how good the result is
STOPPING = "live-stopping"
SECONDS = 1.0  # between two looks at a running build


def show(run: Run) -> None:
    """The build; repainted every second as long as it lives."""
    seen = watch(run).look()
    st.session_state["live-state"] = seen.state
    head(run, seen)
    st.fragment(body, run_every=SECONDS if seen.is_live else None)(run)


def watch(run: Run) -> Watch:
    """What this session has read of the build so far."""
    kept = st.session_state.get("watch")
    if not isinstance(kept, Watch) or kept.run != run:
        kept = st.session_state["watch"] = Watch(run)
    return kept


def head(run: Run, seen: Watched) -> None:
    """Which build it is, and what can be done with it."""
    name, actions = st.columns([3, 2], vertical_alignment="center")
    with name:
        st.subheader(parts.literal(seen.title), anchor=False)
        st.caption(config_words(seen.config))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        stopping.stop(STOPPING, run, run.folder, lambda: launch.stop(run), "Stopping: what was trained is kept…")
        if seen.is_live:
            st.button(
                "Stop the build",
                icon=":material/stop:",
                on_click=stopping.ask,
                args=(STOPPING, run),
                help="What was trained is kept, and Resume goes on from there.",
            )
        elif seen.state in ("failed", "stopped") and run.folder.is_dir():
            st.button(
                "Resume", type="primary", icon=":material/resume:", on_click=launching.begin,
                args=(PLACE, lambda _: launch.resume(run)),
            )  # fmt: skip
        other = not seen.is_live and is_other(seen.config)
        st.button(
            "New build", icon=":material/add:", type="primary" if other and seen.state == "done" else "secondary", on_click=leave
        )
    if other:
        st.info(
            "The design or the photos were changed since this build: *New build* takes them as they are now.",
            icon=":material/info:",
        )


def is_other(config: BuildConfig | None) -> bool:
    """Whether the visitor has chosen another design or other photos than those of this build."""
    choice = session.choice()
    try:
        data = permitted_place(choice.data or "digits")  # as the settings of a build that starts here name it
    except BuilderError:
        data = choice.data
    mine = (choice.alpha, choice.resolution, 1 if choice.grayscale else 3, data)
    return config is not None and mine != (config.alpha, config.resolution, config.channels, config.data)


def body(run: Run) -> None:
    """How it stands; a change of state repaints the whole page, once."""
    seen = watch(run).look()
    if seen.state != st.session_state.get("live-state"):
        st.rerun()
    if not run.folder.is_dir():
        parts.problem("This build's folder is not there any more: somebody deleted it.")
        navigation.link("builds", "All builds")
        return
    verdict(run, seen)
    if seen.stages or seen.is_live:
        st.html(stepper(seen))
    if seen.state == "running":
        progress(seen)
    figures(seen)
    if seen.epochs:
        curves.show(seen.epochs, planned=max(seen.epochs_planned or 0, 2))
    notes = [note for note in seen.notes if not note.startswith(FROM_SCRATCH)]
    for sentence in (note for note in seen.notes if note.startswith(FROM_SCRATCH)):
        parts.caution(in_app(sentence))
    for sentence in seen.warnings:
        parts.caution(sentence)
    if notes:
        with st.expander(f"Notes ({len(notes)})", expanded=seen.state == "running"):
            for sentence in notes:
                st.markdown(f"- {parts.literal(sentence, 1000)}")
    log(seen)


def verdict(run: Run, seen: Watched) -> None:
    """Where it waits or how it ended, and what to do."""
    if seen.state == "waiting":
        ahead = seen.place - 1
        before = "It is next." if not ahead else f"{ahead} other{'s' if ahead > 1 else ''} will go before it."
        st.info(f"Waiting for a free slot of this machine. {before}", icon=":material/hourglass_top:")
    elif seen.state == "done":
        st.success("Done: every file was measured from its bytes.", icon=":material/check_circle:")
        if st.button("See the result", type="primary", icon=":material/task_alt:"):
            navigation.go("result")
        work = finished_work.live(run)
        if work is not None and work.kind == "compress":
            st.info("Its files are being compressed now: see Compress on the Result page.", icon=":material/compress:")
    elif seen.state == "stopped":
        st.info(stopped_words(seen), icon=":material/stop_circle:")
    elif seen.state == "failed":
        parts.problem(seen.message)


def stopped_words(seen: Watched) -> str:
    """What a stopped build has kept; its own last word speaks to a command line."""
    if seen.best is None or not seen.epochs:
        return "Stopped. What is whole is kept, and *Resume* goes on from there."
    epoch, accuracy = seen.best
    return (
        f"Stopped after epoch {seen.epochs[-1].epoch}. The best so far, epoch {epoch} with {format_percent(accuracy)} of the "
        "validation photos right, is kept, and *Resume* goes on from there."
    )


def stepper(seen: Watched) -> str:
    """The stages in their order, as HTML."""
    items = []
    for stage in STAGES:
        state, mark = MARKS[seen.stages.get(stage, "")]
        if not seen.is_live and state == "current":
            state, mark = "open", "✕"
        if seen.state == "done":
            state, mark = "done", "✓"
        current = ' aria-current="step"' if state == "current" else ""
        items.append(f'<li class="mb-step mb-step-{state}"{current}><span aria-hidden="true">{mark}</span> {TITLES[stage]}</li>')
    return f'<ol class="mb-steps" aria-label="Stages of the build">{"".join(items)}</ol>'


def progress(seen: Watched) -> None:
    """How far the stage is, and how much longer."""
    words = course_words(seen) if seen.stage == "train" else seen.progress_words
    text = ", ".join(filter(None, (words, left(seen.seconds_left))))
    title = TITLES.get(seen.stage, "Starting")
    if seen.stage == "data" and seen.stages.get("data") == "done":
        title, text = "Starting the training framework", ""
    st.progress(seen.progress or 0.0, text=parts.literal(f"{title}: {text}" if text else f"{title}…", 300))


def course_words(seen: Watched) -> str:
    """Where training is inside of an epoch."""
    epoch, step = seen.step.get("epoch"), seen.step.get("step")
    if epoch is None:
        return ""
    words = f"epoch {epoch:.0f} of {seen.epochs_planned}"
    if step is not None:
        words += f", step {step:.0f} of {format_count(seen.step.get('steps'))}"
    return f"{words}, loss {format_loss(seen.step.get('loss'))}"


def figures(seen: Watched) -> None:
    """The figures of training."""
    if not seen.epochs:
        return
    last = seen.epochs[-1]
    best = "–" if seen.best is None else format_percent(seen.best[1])
    parts.meters(
        parts.meter("Epoch", f"{last.epoch} of {seen.epochs_planned or last.epoch}"),
        parts.meter(
            "Best on validation photos", best, note="" if seen.best is None else f"epoch {seen.best[0]}; these weights are kept"
        ),
        parts.meter("Photos a second", format_rate(seen.images_per_second)),
        parts.meter(
            "Left of this stage", (left(seen.seconds_left).removesuffix(" left") or "–") if seen.state == "running" else "–"
        ),
    )


def log(seen: Watched) -> None:
    """The end of what the libraries printed; open where the build failed."""
    with st.expander("Log", icon=":material/terminal:", expanded=seen.state == "failed"):
        st.code(seen.log_tail or "Nothing was printed.", language=None)


def leave() -> None:
    """Turns to a new build."""
    session.change(build="")
