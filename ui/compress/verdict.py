"""What the gate says of the build's own file, as one line."""

from __future__ import annotations

import streamlit as st

from builder.formats import counted, format_points
from ui import parts
from ui.finished import Finished


def show(build: Finished) -> None:
    """The verdict; nothing where the gate was off or there was nothing to judge."""
    found = build.report.gate
    if found is None:
        return
    verdict = found.verdict
    photos = counted(verdict.photos, "validation photo")
    allowed = f"The gate allows {found.limits.text}; it judged on {photos}."
    if verdict.passed:
        st.success(
            parts.literal(f"{found.variant}.tflite passes the gate: {lost(verdict.drop)}. {allowed}", 500),
            icon=":material/verified:",
        )
        return
    reasons = "; ".join(verdict.reasons)
    way = "Other techniques may keep more or take less: see Compress below."
    st.warning(
        parts.literal(f"{found.variant}.tflite does not pass the gate: {reasons}. {allowed} {way}", 900),
        icon=":material/gpp_maybe:",
    )


def lost(drop: float) -> str:
    """How much accuracy it costs."""
    said = format_points(-drop)
    if said == "0.0":
        return "it loses no accuracy"
    return f"it {'loses' if drop > 0 else 'wins'} {said[1:]} points of accuracy"
