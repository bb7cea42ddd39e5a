"""Accuracy and loss by epoch, while they grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder.report.model import EpochRecord

HEIGHT = 230  # px
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
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".0%")} if measure == "accuracy" else {}
    chart = (
        alt.Chart(alt.Data(values=rows), height=HEIGHT)
        .mark_line(point=alt.OverlayMarkDef(size=30))
        .encode(
            x=alt.X(
                "epoch:Q", title="epoch", scale=alt.Scale(domain=[1, last]), axis=alt.Axis(tickMinStep=1, format="d", grid=False)
            ),
            y=alt.Y("value:Q", title=measure, **y),
            color=alt.Color(
                "of:N", title=None, scale=alt.Scale(domain=LINES), legend=alt.Legend(orient="top", symbolType="stroke")
            ),
            strokeDash=alt.StrokeDash("of:N", scale=alt.Scale(domain=LINES, range=[[5, 3], [1, 0]]), legend=None),
            tooltip=[
                alt.Tooltip("of:N", title="photos"),
                alt.Tooltip("epoch:Q", title="epoch"),
                alt.Tooltip("value:Q", title=measure, format=".1%" if measure == "accuracy" else ".3f"),
            ],
        )
    )
    st.altair_chart(chart, key=f"curve-{measure}")


def rows_of(measure: str, epochs: Sequence[EpochRecord]) -> list[dict[str, Any]]:
    """Points that are known, thinned out evenly; the last one stays."""
    step = len(epochs) // POINTS_MAX + 1
    some = list(epochs)[::-step][::-1]
    return [
        {"epoch": each.epoch, "value": value, "of": of}
        for of, name in (("training", measure), ("validation", f"val_{measure}"))
        for each in some
        if (value := getattr(each, name)) is not None
    ]
