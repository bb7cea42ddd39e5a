"""Best fit: the most accurate design that the budget holds, why, and cheaper ones behind it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from builder.errors import BuilderError, ConfigError
from builder.formats import format_bytes, format_count, format_latency, format_percent
from builder.planner import Candidate, Fit, fit
from builder.planner.verdict import NAMES
from ui import parts, photos, session
from ui.choice import Choice
from ui.design import afresh
from ui.planned import planned
from ui.wording import in_app

FOUND, REFUSED = "design-best", "design-best-refused"
SHOWN = 5  # candidates
STEP = 0.01  # share of accuracy between two of them: neighbours differ by less than anybody could measure


def button() -> None:
    """Looks for it and chooses it."""
    st.button(
        "Best fit", icon=":material/target:", type="primary", width="stretch", key="best-fit", on_click=take,
        help="Sets both dials to the most accurate design that fits the device.",
    )  # fmt: skip


def take() -> None:
    """Finds what fits and chooses the best; what was found is kept until the budget changes."""
    choice = session.choice()
    st.session_state.pop(FOUND, None)
    st.session_state.pop(REFUSED, None)
    try:
        found = search(choice)
    except BuilderError as error:
        st.session_state[REFUSED] = (budget_of(choice), in_app(str(error)))
        return
    st.session_state[FOUND] = (budget_of(choice), found)
    if found.candidates:
        use(found.candidates[0])


def search(choice: Choice) -> Fit:
    """What fits.

    Raises:
        BuilderError: no limit at all, or one that is refused.
    """
    budget = choice.budget()
    if budget is None or not budget.limited:
        raise ConfigError("There is nothing to fit into yet: choose a device, or set flash and RAM under Limits.")
    known = photos.chosen()
    return fit(
        budget,
        classes=choice.classes,
        channels=choice.network().channels,
        photos=known.count,
        labels=known.labels if known.classes == choice.classes else None,
        builds=known.builds,
        variants=(choice.variant,) if choice.variant else None,
    )


def use(candidate: Candidate) -> None:
    """Turns both dials to a candidate; the precision is named only where another one would be shown by itself."""
    asked = session.choice().variant
    session.change(alpha=candidate.alpha, resolution=candidate.resolution, variant=asked if asked == candidate.variant else "")
    if planned(session.choice(), photos.chosen()).variant != candidate.variant:
        session.change(variant=candidate.variant)
    afresh.ask()


def budget_of(choice: Choice) -> tuple[object, ...]:
    """What a result belongs to."""
    names = ("device", "flash", "ram", "latency_ms", "reserve_flash", "reserve_ram", "classes", "grayscale", "data")
    return tuple(getattr(choice, name) for name in names)


def show(choice: Choice) -> None:
    """What was found, as long as it is for this budget."""
    refused, found = st.session_state.get(REFUSED), st.session_state.get(FOUND)
    if refused is not None and refused[0] == budget_of(choice):
        parts.caution(refused[1])
    if found is None or found[0] != budget_of(choice):
        return
    fitting: Fit = found[1]
    with st.container(border=True, key="best-found"):
        if fitting.nothing_fits is not None:
            parts.caution(fitting.nothing_fits.text)
            return
        st.write(parts.literal(why(fitting.candidates[0]), 500))
        with st.expander("Cheaper designs that fit as well", key="candidates"):
            for place, each in enumerate(distinct(fitting.candidates)):
                words, action = st.columns([5, 1], vertical_alignment="center")
                words.write(parts.literal(described(each), 300))
                action.button("Use", key=f"candidate-{place}", on_click=use, args=(each,))
        st.button("Close", key="best-close", type="tertiary", on_click=close)


def close() -> None:
    """Puts the result away."""
    st.session_state.pop(FOUND, None)


def why(best: Candidate) -> str:
    """Why it is the best, and what the next step would cost."""
    tight = min(best.headroom, key=best.headroom.__getitem__)
    words = (
        f"Best fit: alpha {best.alpha:g} at {best.resolution} px as {best.variant}, {format_percent(best.expected.accuracy)} "
        f"to expect; {format_percent(best.headroom[tight], 0)} of the {NAMES[tight]} is left."
    )
    if best.next_step is not None:
        words += f" The next better one: {best.next_step.text}"
    return words if words.endswith(".") else f"{words}."


def described(each: Candidate) -> str:
    """A candidate in a line."""
    time = f", {format_latency(each.latency_ms[1])}" if each.latency_ms else ""
    return (
        f"alpha {each.alpha:g}, {each.resolution} px, {each.variant}: {format_percent(each.expected.accuracy)}, "
        f"{format_bytes(each.flash_bytes)}, {format_bytes(each.ram.typical)} RAM, {format_count(each.multiply_adds)} "
        f"mult-adds{time}"
    )


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best one and those behind it, each noticeably less accurate than the one before."""
    kept: list[Candidate] = []
    for each in candidates:
        if not kept or kept[-1].expected.accuracy - each.expected.accuracy >= STEP:
            kept.append(each)
    return kept[:SHOWN]
