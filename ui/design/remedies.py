"""Buttons that make it fit: one for each remedy of the verdict."""

from __future__ import annotations

from typing import Any

import streamlit as st

from builder.config import VARIANTS
from builder.planner import Remedy, Setting
from builder.planner.plan import elsewhere
from ui import session
from ui.design import afresh
from ui.planned import Planned


def buttons(made: Planned) -> None:
    """A row of them; nothing where it fits."""
    if made.problem or not made.shown.remedies:
        return
    with st.container(horizontal=True, key="remedies"):
        for remedy in made.shown.remedies:
            does: dict[str, Any] = {"key": f"remedy-{remedy.dial}", "on_click": apply, "args": (remedy, made.setting)}
            st.button(label(remedy), icon=":material/auto_fix_high:", **does)


def label(remedy: Remedy) -> str:
    """What the button does."""
    words = {
        "alpha": f"Use alpha {remedy.after}",
        "rho": f"Use {remedy.after} px",
        "precision": f"Use {remedy.after}",
        "grayscale": "Use grayscale",
        "classes": f"Use {remedy.after} classes",
    }
    return words.get(remedy.dial, f"Look at {remedy.after}" if remedy.after in VARIANTS else "Use the design that fits")


def apply(remedy: Remedy, setting: Setting) -> None:
    """Changes the choice so that it fits."""
    session.change(**changes(remedy, setting))
    afresh.ask()


def changes(remedy: Remedy, setting: Setting) -> dict[str, Any]:
    """The fields that a remedy changes.

    Args:
        remedy: of a verdict.
        setting: what it was found in; for remedies that change several dials the design is looked up there.
    """
    if remedy.dial == "grayscale":
        return {"grayscale": True}
    field = {"alpha": "alpha", "rho": "resolution", "precision": "variant", "classes": "classes"}.get(remedy.dial)
    if field is None and remedy.after in VARIANTS:
        field = "variant"
    if field is not None:
        return {field: remedy.after}
    cell, _ = elsewhere(setting)
    return {} if cell is None else {"alpha": cell.alpha, "resolution": cell.resolution, "variant": cell.variant}
