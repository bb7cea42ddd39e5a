"""The drawings of `builder.pictures` as Vega-Lite for Streamlit: data written out, colours that the style sheet turns dark."""

from __future__ import annotations

from typing import Any

from builder.report.charts import GRID, INK, MUTED
from ui import lasting

AXIS = {
    "labelColor": MUTED, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 12,
    "gridColor": GRID, "domainColor": GRID, "tickColor": GRID,
}  # fmt: skip
LEGEND = {
    "labelColor": INK,
    "labelFontSize": 12,
    "symbolStrokeWidth": 2,
    "symbolType": "stroke",
    "symbolSize": 260,
    "columnPadding": 16,
}


def specification(drawing: Any, **changes: Any) -> dict[str, Any]:
    """A drawing as plain values.

    Args:
        drawing: an Altair chart.
        changes: of the top of the specification.
    """
    made: dict[str, Any] = drawing.to_dict(validate=False)
    lasting.keep("altair")
    tables = made.pop("datasets", {})
    for view in (made, *made.get("layer", ())):
        name = view.get("data", {}).get("name")
        if name in tables:  # a table of its own would travel as Arrow, by way of pandas
            view["data"] = {"values": tables[name]}
    made["config"] = {"background": "transparent", "font": "sans-serif", "view": {"stroke": None}, "axis": AXIS, "legend": LEGEND}
    return made | changes
