"""How a batch is run: workers, and when to stop before the end. None of it changes what is built."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from builder import jobs
from builder.batch.options import HOURS_MAX, Options
from builder.batch.workers import workers
from builder.errors import BuilderError
from ui import kept

PLACE = "batch-options"
CONDITION_LENGTH_MAX = 500
HALVING_MAX = 10


def show() -> None:
    """The fields, folded away: each has a sensible default."""
    with st.expander("More: workers, and when to stop before the end", icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            st.number_input(
                "Workers", min_value=1, max_value=most(), step=1, placeholder=f"by cores, memory and GPUs: {usual()}",
                key=kept.key(PLACE, "workers", None), help="Builds at a time. Each is a process that keeps TensorFlow loaded.",
            )  # fmt: skip
            st.number_input(
                "Longest time, hours", min_value=0.01, max_value=float(HOURS_MAX), step=0.5, format="%g",
                placeholder="no limit", key=kept.key(PLACE, "max_hours", None),
            )  # fmt: skip
        with right:
            st.number_input(
                "Halving: one in so many goes on", min_value=2, max_value=HALVING_MAX, step=1,
                placeholder="every build is trained to its end", key=kept.key(PLACE, "halving", None),
                help="Successive halving: after some epochs only the best on validation photos are trained further.",
            )  # fmt: skip
            st.text_input(
                "Stop when a build is this good", max_chars=CONDITION_LENGTH_MAX,
                placeholder="such as accuracy>=98% and flash<=300KiB", key=kept.key(PLACE, "stop_when", ""),
                help="Accuracy is that of the int8 file on validation photos.",
            )  # fmt: skip


def options() -> Options:
    """What was chosen.

    Raises:
        ConfigError: a condition that cannot be read.
    """
    return Options(
        workers=field("workers"),
        halving=field("halving"),
        stop_when=str(field("stop_when") or "").strip() or None,
        max_hours=field("max_hours"),
    )


def field(name: str) -> Any:
    """What a field was set to last."""
    return kept.value(PLACE, name, None)


def most() -> int:
    """The most workers that a visitor may ask this machine for."""
    return max(len(jobs.visible_gpus()), os.cpu_count() or 1)


def usual() -> int:
    """The workers of this machine where nobody says how many."""
    try:
        return workers().count
    except BuilderError:  # a variable of the server's environment; the batch says so when it starts
        return 1


def count() -> int:
    """How many workers the batch would have."""
    return field("workers") or usual()
