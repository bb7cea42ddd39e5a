"""Charts as SVG text, drawn by Altair and vl-convert: no browser, no network.

Every colour is one of the few below, written out in the SVG. The report's style sheet replaces them by name where the
reader's screen is dark, so one drawing serves both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.formats import format_loss, format_percent, printable
from builder.report.model import BuildReport, EpochRecord

if TYPE_CHECKING:
    import altair

    Drawing = altair.LayerChart | altair.FacetChart

INK, MUTED, GRID, PANEL = "#1b2230", "#5b6475", "#d9dee7", "#f3f5f9"
ACCENT, SECOND, ON_FILL = "#2457d6", "#c2500a", "#fffffe"

PERCENT_LABELS = "format(datum.value * 100, '.2~f') + ' %'"  # of an axis, as `builder.formats` writes shares

CURVE_SIZE = (400, 210)  # px; two stand side by side on a desk, one above the other on a phone
POINTS_MAX = 300  # per curve; more are thinned out evenly
MATRIX_SIDE = 400  # px
MATRIX_CLASSES_MAX = 120  # a cell below 3 px says nothing
NAMED_CLASSES_MAX = 25  # axes carry class names up to here
COUNTED_CLASSES_MAX = 14  # cells carry numbers up to here
NAME_LENGTH_MAX = 16
STRONG_SHARE = 0.3  # from this share on a cell is so dark that its number is written in ON_FILL


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and what it says in words."""

    title: str
    svg: str
    alt: str


def charts_of(report: BuildReport) -> dict[str, Chart]:
    """The charts that this report has data for: `accuracy` and `loss` by epoch, `confusion`."""
    drawn = {}
    history = [record for record in report.training.history if record.epoch >= 1]
    best = report.training.best_epoch
    for name, alt_of in (("accuracy", format_percent), ("loss", format_loss)):
        series = {"training": points(history, name), "validation": points(history, f"val_{name}")}
        if any(series.values()):
            words = [f"{which} from {alt_of(line[0][1])} to {alt_of(line[-1][1])}" for which, line in series.items() if line]
            kept = f" The weights of epoch {best} were kept." if best else ""
            drawn[name] = Chart(
                title=f"{name.capitalize()} by epoch",
                svg=svg_of(curve(series, best, percent=name == "accuracy")),
                alt=f"Line chart of {name} over {len(history)} epochs: {', '.join(words)}.{kept}",
            )
    confusion = report.measured.keras.confusion
    if 2 <= len(confusion) <= MATRIX_CLASSES_MAX:
        wrong = sum(sum(row) for row in confusion) - sum(row[index] for index, row in enumerate(confusion))
        drawn["confusion"] = Chart(
            title="Confusion matrix",
            svg=svg_of(matrix(confusion, report.labels)),
            alt=f"Confusion matrix of {len(confusion)} classes: {wrong:,} test photos are off the diagonal. "
            "The pairs that are confused most often are listed beside it.",
        )
    return drawn


def points(history: Sequence[EpochRecord], name: str) -> list[tuple[int, float]]:
    """Epoch and value where there is one, thinned out evenly; the last point stays."""
    known = [(record.epoch, value) for record in history if (value := getattr(record, name)) is not None]
    step = -(-len(known) // POINTS_MAX) or 1
    return known[::-step][::-1]


def curve(
    series: dict[str, list[tuple[int, float]]], best: int | None, *, percent: bool, planned: int = 0, whole: bool = False
) -> Drawing:
    """Training and validation lines, told apart by colour and by dashes, and a rule at the epoch that was kept.

    Args:
        series: epochs and values by line.
        best: the epoch that was kept; None has no rule.
        percent: values are shares.
        planned: the axis is at least so many epochs long, so that lines that grow do not jump.
        whole: the axis of shares goes from none to all, for the same reason.
    """
    import altair as alt

    written = format_percent if percent else format_loss
    rows = [
        {"epoch": epoch, "value": value, "shown": written(value), "of": which}
        for which, line in series.items()
        for epoch, value in line
    ]
    last = max(planned, *(epoch for line in series.values() for epoch, _ in line))
    x = alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(domain=[min(1, last - 1), last]))
    labels: dict[str, Any] = {"labelExpr": PERCENT_LABELS} if percent else {"format": ".2~f"}
    scale = alt.Scale(domain=[0, 1]) if percent and whole else alt.Scale(zero=not percent)
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5, **labels), scale=scale)
    names = list(series)
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=22) if last <= 30 else False)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "of:N", title=None, scale=alt.Scale(domain=names, range=[ACCENT, SECOND]), legend=alt.Legend(orient="top")
            ),
            strokeDash=alt.StrokeDash("of:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [5, 3]])),
            tooltip=[
                alt.Tooltip("of:N", title="Photos"),
                alt.Tooltip("epoch:Q", title="Epoch"),
                alt.Tooltip("shown:N", title="Value"),
            ],
        )
    )
    layers: list[Any] = [lines]
    if best is not None and last > 1:
        kept = alt.Chart(alt.Data(values=[{"epoch": best}])).encode(x=x)
        layers.append(kept.mark_rule(strokeDash=[2, 3], color=MUTED))
        layers.append(kept.mark_text(text="kept", y="height", dy=-6, dx=-5, align="right", color=MUTED, fontSize=11))
    width, height = CURVE_SIZE
    return alt.layer(*layers).properties(width=width, height=height)


def matrix(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Drawing:
    """Rows are true classes, columns predicted ones. Only cells with photos are drawn, darker by their share of the row."""
    import altair as alt

    count = len(confusion)
    rows = list(cells(confusion))
    axis: dict[str, Any] = {"grid": False, "ticks": False, "domain": False, "labels": count <= NAMED_CLASSES_MAX}
    if axis["labels"]:
        # A list literal inside a Vega expression; JSON's escapes are those of the expression language.
        names = json.dumps([printable(label, NAME_LENGTH_MAX) or "(no name)" for label in labels])
        axis |= {"labelExpr": f"{names}[datum.value]", "labelLimit": 140, "labelPadding": 6, "titlePadding": 12}
    scale = alt.Scale(domain=list(range(count)), padding=0.06 if count <= NAMED_CLASSES_MAX else 0)
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("predicted:O", title="predicted", scale=scale, axis=alt.Axis(labelAngle=-45, **axis)),
        y=alt.Y("true:O", title="true", scale=scale, axis=alt.Axis(**axis)),
    )
    layers: list[Any] = [
        base.mark_rect().encode(
            color=alt.condition("datum.true == datum.predicted", alt.value(ACCENT), alt.value(SECOND)),
            opacity=alt.Opacity(
                "share:Q", scale=alt.Scale(type="sqrt", domain=[0, 1], range=[0.15 if axis["labels"] else 0.5, 1]), legend=None
            ),
        )
    ]
    if count <= COUNTED_CLASSES_MAX:
        dark = alt.condition(f"datum.share >= {STRONG_SHARE}", alt.value(ON_FILL), alt.value(INK))
        layers.append(base.mark_text(fontSize=11).encode(text="photos:Q", color=dark))
    side = min(MATRIX_SIDE, 90 * count)
    return alt.layer(*layers).properties(width=side, height=side, view=alt.ViewBackground(fill=PANEL))


def cells(confusion: Sequence[Sequence[int]]) -> Iterable[dict[str, Any]]:
    """The cells of a confusion matrix that have photos, with their share of the row."""
    for true, row in enumerate(confusion):
        whole = sum(row)
        for predicted, photos in enumerate(row):
            if photos:
                yield {"true": true, "predicted": predicted, "photos": photos, "share": photos / whole}


def svg_of(chart: Drawing) -> str:
    """Draws a chart, in the colours above and the size it asks for."""
    import vl_convert

    quiet = {"labelColor": MUTED, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11}
    styled = chart.configure(
        background="transparent",
        font="sans-serif",
        padding=4,
        view={"stroke": None},
        axis={**quiet, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID},
        legend={
            "labelColor": INK,
            "labelFontSize": 12,
            "symbolStrokeWidth": 2,
            "symbolType": "stroke",
            "symbolSize": 260,
            "columnPadding": 16,
        },
    )
    svg: str = vl_convert.vegalite_to_svg(styled.to_dict(validate=False))  # checking it against the schema took 0.1 s a chart
    return svg
