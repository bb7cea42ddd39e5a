"""Pieces that several pictures are made of. Colours and style are those of the report's charts: one style sheet for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.report.charts import INK, ON_FILL

LABEL_SIZE = 11  # px


def data(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows as Altair takes them."""
    import altair as alt

    return alt.Data(values=[dict(row) for row in rows])


def marks(rows: Iterable[Mapping[str, Any]]) -> Any:
    """A chart of rows, still without marks."""
    import altair as alt

    return alt.Chart(data(rows))


def haloed(chart: Any, **place: Any) -> tuple[Any, Any]:
    """Bold text that can be read on any ground: a wide outline, and the text on top of it."""
    text = {"fontSize": LABEL_SIZE + 1, "fontWeight": 600, **place}
    halo = chart.mark_text(stroke=ON_FILL, fill=ON_FILL, strokeWidth=4, strokeJoin="round", **text)
    return halo, chart.mark_text(fill=INK, **text)
