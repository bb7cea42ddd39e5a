"""Accuracy and loss by epoch, while they grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder.formats import format_loss, format_percent
from builder.report.charts import ACCENT, PERCENT_LABELS, SECOND
from builder.report.model import EpochRecord
from ui.design.charts import specification

HEIGHT = 280  # px
LINES = ["training", "validation"]
POINTS_MAX = 300  # a line; more are thinned out evenly


def show(epochs: Sequence[EpochRecord], planned: int | None) -> None:
    """Both curves side by side; the axis is as long as the epochs that are planned, so that lines grow and nothing jumps."""
    left, right = st.columns(2)
    with left:
        draw("accuracy", epochs, planned)
    with right:
        draw("loss", epochs, planned)


def draw(measure: str, epochs: Sequence[EpochRecord], planned: int | None) -> None:
    """One measure of training and validation."""
    import altair as alt

    rows = rows_of(measure, epochs)
    last = max(planned or 0, len(epochs), 2)
    y: dict[str, Any] = (
        {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(labelExpr=PERCENT_LABELS, tickCount=5)}
        if measure == "accuracy"
        else {"axis": alt.Axis(tickCount=5)}
    )
    chart = (
        alt.Chart(alt.Data(values=rows), height=HEIGHT)
        .mark_line(point=alt.OverlayMarkDef(size=30))
        .encode(
            x=alt.X(
                "epoch:Q", title="Epoch", scale=alt.Scale(domain=[1, last]), axis=alt.Axis(tickMinStep=1, format="d", grid=False)
            ),
            y=alt.Y("value:Q", title=measure.capitalize(), **y),
            color=alt.Color(
                "of:N", title=None, scale=alt.Scale(domain=LINES, range=[ACCENT, SECOND]), legend=alt.Legend(orient="top")
            ),
            strokeDash=alt.StrokeDash("of:N", title=None, scale=alt.Scale(domain=LINES, range=[[1, 0], [5, 3]])),
            tooltip=[
                alt.Tooltip("of:N", title="Photos"),
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("shown:N", title=measure.capitalize()),
            ],
        )
    )
    words = f"Line chart of {measure}, training and validation, over {len(epochs):,} epochs."
    st.vega_lite_chart(spec=specification(chart), theme=None, width="stretch", key=f"curve-{measure}", alt=words)


def rows_of(measure: str, epochs: Sequence[EpochRecord]) -> list[dict[str, Any]]:
    """Points that are known, thinned out evenly; the last one stays."""
    written = format_percent if measure == "accuracy" else format_loss
    step = len(epochs) // POINTS_MAX + 1
    some = list(epochs)[::-step][::-1]
    return [
        {"epoch": each.epoch, "value": value, "shown": written(value), "of": of}
        for of, name in (("training", measure), ("validation", f"val_{measure}"))
        for each in some
        if (value := getattr(each, name)) is not None
    ]
