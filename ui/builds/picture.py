"""Every file of every finished build: accuracy over bytes, with the front that no other file beats. A click opens its build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder.config import VARIANTS
from builder.formats import format_bytes, format_percent, printable
from builder.listing import Row, pareto
from ui.builds import selection

KEY = "builds-picture"
HEIGHT = 380  # px
MARGIN = 1.15  # of the axis, on both sides
COLOURS = ("#4c78d6", "#1f9e89", "#c77d00", "#d1495b", "#8e6bbf")  # seen on light and on dark ground, one a variant
STEPS = (1, 2, 5)  # ticks: 100, 200, 500 KiB


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
    front = pareto((mark["kib"], mark["share"]) for mark in marks)
    sets = len({mark["Photos"] for mark in marks})
    best = max(marks, key=lambda mark: (mark["share"], -mark["kib"]))
    small = min(marks, key=lambda mark: (mark["kib"], -mark["share"]))
    words = (
        f"{len(marks)} files of {len({mark['id'] for mark in marks})} builds. On the line no other file is both smaller and more "
        f"accurate: from {small['Size']} to {best['Size']} at {best['Accuracy']}. Click a point to see its build."
    )
    st.caption(words + (" The builds have different photos: filter by photos to compare like with like." if sets > 1 else ""))
    st.altair_chart(
        chart(marks, front), width="stretch", key=KEY, on_select=lambda: selection.picked(KEY), selection_mode=["picked"]
    )


def chart(marks: Sequence[dict[str, Any]], front: Sequence[tuple[float, float]]) -> Any:
    """Points on a logarithmic axis of sizes, with the front as steps below them."""
    import altair as alt

    sizes = [mark["kib"] for mark in marks]
    x = alt.X(
        "kib:Q",
        title="size of the file, KiB",
        scale=alt.Scale(type="log", domain=[min(sizes) / MARGIN, max(sizes) * MARGIN], nice=False),
        axis=alt.Axis(values=ticks(min(sizes) / MARGIN, max(sizes) * MARGIN), format="~r", grid=True),
    )
    y = alt.Y("share:Q", title="accuracy, test photos", axis=alt.Axis(format="~%"), scale=alt.Scale(zero=False, padding=16))
    line = alt.Chart(alt.Data(values=[{"kib": size, "share": accuracy} for size, accuracy in front]))
    picked = alt.selection_point(name="picked", fields=["id", "File"], on="click", clear="dblclick")
    drawn = (
        alt.Chart(alt.Data(values=list(marks)))
        .mark_point(size=110, filled=True, opacity=0.85, cursor="pointer")
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
    steps = line.mark_line(interpolate="step-after", strokeDash=[5, 4], opacity=0.7, color="#8a94a6").encode(x=x, y=y)
    return alt.layer(steps, drawn).properties(height=HEIGHT)


def ticks(low: float, high: float) -> list[float]:
    """Round sizes on the axis, in KiB."""
    found = [step * 10.0**power for power in range(-1, 8) for step in STEPS]
    return [value for value in found if low <= value <= high]
