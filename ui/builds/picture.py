"""Every file of every finished build: accuracy over bytes, with the front that no other file beats. A click opens its build."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder.config import VARIANTS
from builder.formats import counted, format_bytes, format_percent, printable
from builder.listing import Row, pareto
from builder.report.charts import MUTED, PERCENT_LABELS
from ui.builds import selection
from ui.charts import specification

KEY = "builds-picture"
HEIGHT = 380  # px
MARGIN = 1.15  # of the axis, on both sides
COLOURS = ("#4c78d6", "#17877a", "#b36f00", "#d1495b", "#8e6bbf")  # seen on light and on dark ground, one a variant
STEPS = (1, 2, 5)  # ticks: 100, 200, 500 KiB
TICKS_MIN = 3


def points(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One mark for each file whose accuracy was measured."""
    return [
        {
            "id": row.id,
            "Build": printable(row.title, 60),
            "File": name,
            "kib": file.flash_bytes / 1024,
            "share": file.accuracy,
            "Size": format_bytes(file.flash_bytes),
            "Accuracy": format_percent(file.accuracy),
            "Photos": printable(row.data, 60),
        }
        for row in rows
        for name, file in (row.files or {}).items()
        if file.accuracy is not None and file.flash_bytes > 0
    ]


def show(rows: Sequence[Row]) -> None:
    """The picture; nothing where no file was measured."""
    marks = points(rows)
    if not marks:
        return
    st.subheader("Accuracy over size", anchor=False)
    words, front = told(marks), pareto((mark["kib"], mark["share"]) for mark in marks)
    st.caption(words)
    st.vega_lite_chart(
        spec=specification(chart(marks, front)),
        theme=None,
        width="stretch",
        key=KEY,
        on_select=lambda: selection.picked(KEY),
        selection_mode=["picked"],
        alt=words,
    )


def told(marks: Sequence[dict[str, Any]]) -> str:
    """The picture in words."""
    best = max(marks, key=lambda mark: (mark["share"], -mark["kib"]))
    small = min(marks, key=lambda mark: (mark["kib"], -mark["share"]))
    span = best["Size"] if best is small else f"from {small['Size']} to {best['Size']}"
    builds, sets = len({mark["id"] for mark in marks}), len({mark["Photos"] for mark in marks})
    words = (
        f"{counted(len(marks), 'file')} of {counted(builds, 'build')}. On the line no other file is both smaller and more "
        f"accurate: {span} at {best['Accuracy']}. Click a point to see its build."
    )
    return words + (" The builds have different photos: filter by photos to compare like with like." if sets > 1 else "")


def chart(marks: Sequence[dict[str, Any]], front: Sequence[tuple[float, float]]) -> Any:
    """Points on a logarithmic axis of sizes, with the front as steps below them."""
    import altair as alt

    sizes = [mark["kib"] for mark in marks]
    x = alt.X(
        "kib:Q",
        title="Size of the file, KiB",
        scale=alt.Scale(type="log", domain=[min(sizes) / MARGIN, max(sizes) * MARGIN], nice=False),
        axis=alt.Axis(values=ticks(min(sizes) / MARGIN, max(sizes) * MARGIN), format=",~r", grid=True),
    )
    y = alt.Y(
        "share:Q",
        title="Accuracy, test photos",
        axis=alt.Axis(labelExpr=PERCENT_LABELS),
        scale=alt.Scale(zero=False, padding=16, domainMax=1),
    )
    line = alt.Chart(alt.Data(values=[{"kib": size, "share": accuracy} for size, accuracy in front]))
    picked = alt.selection_point(name="picked", fields=["id", "File"], on="click", clear="dblclick")
    drawn = (
        alt.Chart(alt.Data(values=list(marks)))
        .mark_point(size=110, filled=True, opacity=0.9, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "File:N", scale=alt.Scale(domain=VARIANTS, range=COLOURS), legend=alt.Legend(title=None, orient="top", columns=3)
            ),
            shape=alt.Shape("File:N", scale=alt.Scale(domain=VARIANTS), legend=alt.Legend(title=None, orient="top", columns=3)),
            size=alt.condition(picked, alt.value(110), alt.value(50), empty=True),
            tooltip=["Build:N", "File:N", "Size:N", "Accuracy:N", "Photos:N"],
        )
        .add_params(picked)
    )
    steps = line.mark_line(interpolate="step-after", strokeDash=[5, 4], color=MUTED).encode(x=x, y=y)
    return alt.layer(steps, drawn).properties(height=HEIGHT)


def ticks(low: float, high: float) -> list[float]:
    """Round sizes on the axis, in KiB."""
    found = [value for power in range(-1, 8) for step in STEPS if low <= (value := step * 10.0**power) <= high]
    if len(found) >= TICKS_MIN:
        return found
    step = 10.0 ** math.floor(math.log10((high - low) / 2))  # sizes that lie close together: evenly
    step *= max((each for each in STEPS if each * step * 2 <= high - low), default=1)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
