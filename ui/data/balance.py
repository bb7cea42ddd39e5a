"""How many photos each class has, as bars that tell the splits apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import streamlit as st

from builder.data.split import SPLITS
from builder.formats import printable
from builder.report.charts import ACCENT, MUTED, SECOND
from ui.charts import specification

SHOWN = 40  # classes; of more, the largest and the smallest
ROW_PIXELS, FRAME_PIXELS = 26, 90
COLOURS = (ACCENT, SECOND, MUTED)  # those of the builder's drawings, which the style sheet turns for the dark


def show(classes: Sequence[str], per_class: Mapping[str, Mapping[str, int]]) -> None:
    """The chart."""
    names = chosen(classes, per_class)
    rows = [
        {"class": printable(name, 40), "split": split, "photos": per_class[name][split], "order": number}
        for name in names
        for number, split in enumerate(SPLITS)
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height={"band": 0.8})
        .encode(
            x=alt.X("photos:Q", title="Photos", axis=alt.Axis(tickMinStep=1, tickCount=6, format=",d")),
            y=alt.Y("class:N", title=None, sort=None, axis=alt.Axis(labelLimit=140, labelOverlap=False)),
            color=alt.Color(
                "split:N",
                title=None,
                sort=list(SPLITS),
                scale=alt.Scale(domain=list(SPLITS), range=list(COLOURS)),
                legend=alt.Legend(orient="top", symbolType="square", symbolSize=140, symbolStrokeWidth=0),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("class:N", title="Class"),
                alt.Tooltip("split:N", title="Split"),
                alt.Tooltip("photos:Q", title="Photos", format=","),
            ],
        )
        .properties(height=ROW_PIXELS * len(names) + FRAME_PIXELS)
    )
    words = f"Bars: how many photos of {len(names):,} classes train, choose and test. The same numbers stand under By class."
    st.vega_lite_chart(spec=specification(chart), theme=None, width="stretch", alt=words)
    if len(names) < len(classes):
        st.caption(f"The {SHOWN // 2} largest and the {SHOWN // 2} smallest of {len(classes):,} classes.")


def chosen(classes: Sequence[str], per_class: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The classes that are drawn, in their own order."""
    if len(classes) <= SHOWN:
        return list(classes)
    ordered = sorted(classes, key=lambda name: sum(per_class[name].values()))
    wanted = {*ordered[: SHOWN // 2], *ordered[-SHOWN // 2 :]}
    return [name for name in classes if name in wanted]
