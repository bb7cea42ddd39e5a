"""Accuracy and loss by epoch, side by side: of a build that trains, and of one that is done."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from builder.formats import counted
from builder.report import EpochRecord, charts
from ui.charts import specification

HEIGHT = 280  # px


def show(history: Sequence[EpochRecord], *, best: int | None = None, planned: int = 0) -> None:
    """Both curves; nothing for one that has no figures.

    Args:
        history: epochs in order.
        best: the epoch that was kept, marked; None marks none.
        planned: how many epochs there will be, of a build that trains: its axes stand still while the lines grow.
    """
    for column, name in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        series = {"training": charts.points(history, name), "validation": charts.points(history, f"val_{name}")}
        if not any(series.values()):
            continue
        drawing = charts.curve(series, best, percent=name == "accuracy", planned=planned, whole=planned > 0)
        column.markdown(f"**{name.capitalize()} by epoch**")
        alt = f"Line chart of {name}, training and validation, over {counted(len(history), 'epoch')}."
        spec = specification(drawing, height=HEIGHT)
        column.vega_lite_chart(spec=spec, theme=None, width="stretch", key=f"curve-{name}", alt=alt)
