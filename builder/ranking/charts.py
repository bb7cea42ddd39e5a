"""Pictures of fronts: every file as a dot, the front as steps, a ring around the knee. For pages, PNG files and the app."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from builder.formats import counted, format_percent, printable
from builder.matrix.charts import share_ticks, ticks
from builder.pictures.charts import Picture
from builder.pictures.drawing import haloed, marks
from builder.ranking.columns import BY_KEY
from builder.ranking.fronts import Axis, Front, Point
from builder.report.charts import ACCENT, INK, MUTED, ON_FILL, PERCENT_LABELS

WIDTH, HEIGHT = 420, 300  # px of the plot
TITLES: dict[Axis, str] = {
    "flash": "Accuracy over flash",
    "arena": "Accuracy over arena",
    "multiply_adds": "Accuracy over mult-adds",
    "latency": "Accuracy over latency",
}
AXIS_TITLES: dict[Axis, str] = {
    "flash": "flash, KiB",
    "arena": "arena of TFLite Micro, KiB",
    "multiply_adds": "mult-adds of one photo, M",
    "latency": "one photo on the machine that measured it, ms",
}
UNITS: dict[Axis, float] = {"flash": 1024, "arena": 1024, "multiply_adds": 1e6, "latency": 1}  # of the axes
MARGIN = 0.07  # of the axes' length, on every side; above the dots twice, for the knee's name
NARROWEST = 1.1  # the largest cost over the smallest, at least
SHARES_LEAST = 0.02  # between the highest and the lowest share on the axis
BEATEN_MAX = 1_000  # dots that others beat; of more an even share is drawn, since a picture has no room for all
CHARACTER_WIDTH = 7.2  # px, of the bold labels
# Up to so many dots: their size in px², how opaque those are that others beat, and the size of those on the front.
SIZES = ((30, 46, 0.75, 90), (200, 28, 0.6, 70), (10**9, 14, 0.45, 52))


def front_picture(front: Front, *, width: int = WIDTH, height: int = HEIGHT, clickable: bool = False) -> Picture:
    """A front as a picture: `Picture.drawing` for Altair and Streamlit, `Picture.svg()` for a page, `Picture.alt` in words.

    Args:
        front: with at least one point.
        width: px of the plot.
        height: px of the plot.
        clickable: with a selection named `picked` of the dots, whose fields are `id` and `File`.
    """
    import altair as alt

    unit = UNITS[front.axis]
    low, high = costs_of(front.points, unit)
    bottom, top = shares_of(front.points)
    x = alt.X(
        "cost:Q",
        title=AXIS_TITLES[front.axis],
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=ticks(low, high), format=",~r", gridOpacity=0.7),
    )
    y = alt.Y(
        "share:Q",
        title="accuracy, test photos",
        scale=alt.Scale(domain=[bottom, top], nice=False, zero=False),
        axis=alt.Axis(values=share_ticks(bottom, top), labelExpr=PERCENT_LABELS),
    )
    size, opacity, front_size = next(rest for most, *rest in SIZES if len(front.points) <= most)
    beaten = thinned([point for point in front.points if not point.is_front])
    parts: list[Any] = steps(front, unit, x, y)
    picked = alt.selection_point(name="picked", fields=["id", "File"], on="click", clear="dblclick") if clickable else None
    for points, style in (
        (beaten, {"size": size, "fill": MUTED, "stroke": MUTED, "strokeWidth": 0, "opacity": opacity}),
        (front.front, {"size": front_size, "fill": ACCENT, "stroke": ON_FILL, "strokeWidth": 1, "opacity": 1}),
    ):
        if points:
            dots = marks(row(point, front.axis) for point in points).mark_point(
                shape="circle", **style, **({"cursor": "pointer"} if clickable else {})
            )
            tooltip = [alt.Tooltip(f"{name}:N") for name in ("Build", "File", "Technique", "Accuracy", "Cost")]
            parts.append(dots.encode(x=x, y=y, tooltip=tooltip))
    if picked is not None and parts:
        parts[-1] = parts[-1].add_params(picked)
    parts += ring(front, unit, x, y, lambda cost: width * math.log(cost / low) / math.log(high / low))
    drawing = alt.layer(*parts).properties(width=width, height=height)
    return Picture(TITLES[front.axis], drawing, words(front))


def steps(front: Front, unit: float, x: Any, y: Any) -> list[Any]:
    """The front as steps: for that cost there is no more accuracy."""
    if len(front.front) < 2:
        return []
    rows = [{"cost": point.cost / unit, "share": point.accuracy} for point in front.front]
    return [marks(rows).mark_line(interpolate="step-after", stroke=ACCENT, strokeWidth=1.5, aria=False).encode(x=x, y=y)]


def ring(front: Front, unit: float, x: Any, y: Any, across: Callable[[float], float]) -> list[Any]:
    """A ring around the knee, and its name: above and left, where no file lies, or below and right where there is no room."""
    if front.knee is None:
        return []
    name = design(front.knee)
    at = marks([row(front.knee, front.axis) | {"name": name}])
    circle = at.mark_point(shape="circle", size=240, fill="transparent", stroke=INK, strokeWidth=2, opacity=1, aria=False)
    fits = across(front.knee.cost / unit) > CHARACTER_WIDTH * len(name)
    place = {"align": "right", "dx": -6, "dy": -16} if fits else {"align": "left", "dx": 10, "dy": 16}
    return [circle.encode(x=x, y=y), *(text.encode(x=x, y=y, text="name:N") for text in haloed(at, **place))]


def row(point: Point, axis: Axis) -> dict[str, Any]:
    """A dot as Vega takes it; the words are shown where the pointer is."""
    entry = point.entry
    return {
        "cost": point.cost / UNITS[axis],
        "share": point.accuracy,
        "id": entry.id,
        "File": printable(entry.file, 60),
        "Build": printable(entry.title, 60),
        "Technique": printable(entry.technique, 40),
        "Accuracy": format_percent(point.accuracy),
        "Cost": BY_KEY[axis].form(point.cost),
    }


def design(point: Point) -> str:
    """What a file is, shortly."""
    return f"alpha {point.entry.alpha:g}, {point.entry.resolution} px"


def thinned(points: Sequence[Point]) -> Sequence[Point]:
    """An even share of the points where there are more than a picture can show."""
    step = -(-len(points) // BEATEN_MAX) or 1
    return points[::step]


def costs_of(points: Sequence[Point], unit: float) -> tuple[float, float]:
    """The ends of the logarithmic axis."""
    low, high = points[0].cost / unit, points[-1].cost / unit
    if high < low * NARROWEST:
        middle = math.sqrt(low * high)
        low, high = middle / math.sqrt(NARROWEST), middle * math.sqrt(NARROWEST)
    more = (high / low) ** MARGIN
    return low / more, high * more


def shares_of(points: Iterable[Point]) -> tuple[float, float]:
    """The ends of the axis of shares; a little above the whole, so that no dot is cut."""
    shares = [point.accuracy for point in points]
    low, high = min(shares), max(shares)
    more = max(high - low, SHARES_LEAST)
    return low - MARGIN * more, high + 2 * MARGIN * more


def words(front: Front) -> str:
    """The picture in words."""
    column, best = BY_KEY[front.axis], front.front
    said = [
        f"{TITLES[front.axis]} of {counted(len(front.points), 'file')}, costs on a logarithmic axis",
        f"{counted(len(best), 'file is', 'files are')} on the front: from {column.form(best[0].cost)} at "
        f"{format_percent(best[0].accuracy)} to {column.form(best[-1].cost)} at {format_percent(best[-1].accuracy)}",
    ]
    if front.knee is not None:
        said.append(
            f"the knee is {design(front.knee)}, {printable(front.knee.entry.technique, 40)}, with "
            f"{format_percent(front.knee.accuracy)} at {column.form(front.knee.cost)}"
        )
    return "; ".join(said) + "."
