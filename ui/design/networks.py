"""The design beside published networks: GoogleNet, VGG 16, SqueezeNet, AlexNet, the paper's own MobileNets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from builder.accuracy import landmarks
from builder.formats import format_count, format_percent
from builder.pictures.charts import among_published
from builder.pictures.frontier import Axis
from builder.planner import Plan
from ui import parts
from ui.charts import specification
from ui.planned import Planned

CHARTS_KEPT = 32
AXES: tuple[Axis, ...] = ("multiply_adds", "parameters")
SOURCE_LENGTH_MAX = 200


def show(made: Planned) -> None:
    """Two charts and the figures behind them."""
    for column, axis in zip(st.columns(2), AXES, strict=True):
        title, spec, words = drawn(made.plan, axis)
        column.markdown(f"**{parts.literal(title)}**")
        column.vega_lite_chart(spec=spec, theme=None, width="stretch", key=f"among-{axis}", alt=words)
    st.caption(
        "The line: the best MobileNet v1 for that cost, float32. Hollow points: the paper's own MobileNets. All "
        "with ImageNet's 1,000 classes, this design too."
    )
    rows = "".join(
        f"<tr><th>{parts.escaped(one.name)}</th><td>{format_percent(one.top1 / 100)}</td>"
        f"<td>{format_count(one.million_multiply_adds * 1e6)}</td><td>{format_count(one.million_parameters * 1e6)}</td>"
        f"<td>{parts.escaped(one.source, SOURCE_LENGTH_MAX)}</td></tr>"
        for one in landmarks()
    )
    heads = "".join(f"<th>{each}</th>" for each in ("Network", "Top-1", "Mult-adds", "Parameters", "Source"))
    st.html(f'<div class="mb-scroll"><table class="mb-files"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')


@st.cache_data(max_entries=CHARTS_KEPT, show_spinner=False, hash_funcs={Plan: lambda plan: plan.network})
def drawn(plan: Plan, axis: Axis) -> tuple[str, dict[str, Any], str]:
    """Title, chart, words."""
    picture = among_published(plan, axis)
    spec = specification(picture.drawing)
    spec.pop("width", None)
    return picture.title, spec, picture.alt
