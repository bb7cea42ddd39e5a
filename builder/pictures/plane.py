"""The picture of the plane: alpha to the right, resolution upwards.

Blue where a design fits and grey where it does not, darker where more accuracy is expected; the budget's border; designs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from builder.architecture import BASE_RESOLUTION
from builder.formats import format_percent
from builder.pictures.drawing import LABEL_SIZE, haloed, marks
from builder.pictures.grid import Bound, Grid, border, level_name, levels
from builder.report.charts import ACCENT, INK, MUTED, ON_FILL, SECOND

CELL_MAX = 11  # px
SIZE = (330, 280)  # px, about: cells are whole pixels wide and high, so that no seams show
LABEL_ROOM = 0.11  # of the width, for one label
FAINTEST, STRONGEST = 0.08, 0.95  # opacity at the least and the most accuracy
OUTSIDE = 0.5  # of that, where a design does not fit
DASHES = {"flash": [1, 0], "ram": [7, 4], "multiply_adds": [2, 3], "latency": [10, 3, 2, 3]}
SHAPES = {"int8_micro": "circle", "int8": "square", "dynamic": "diamond", "float16": "triangle-up", "float32": "triangle-down"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A design to point at: `main` ones are larger, `label` may be empty, `shape` is a variant of `SHAPES`."""

    alpha: float
    resolution: int
    label: str = ""
    variant: str = "int8_micro"
    main: bool = True


def cell_rows(grid: Grid, limits: Sequence[Bound]) -> list[dict[str, Any]]:
    """Every cell as a rectangle: its edges, its accuracy, whether it is within all limits, and how dark it is."""
    accuracies = [cell.accuracy for cell in grid.cells.values()]
    least, span = min(accuracies), max(accuracies) - min(accuracies) or 1.0
    rows = []
    for alpha, (left, right) in zip(grid.alphas, grid.alpha_edges, strict=True):
        for resolution, (low, high) in zip(grid.resolutions, grid.resolution_edges, strict=True):
            cell = grid.cells[alpha, resolution]
            fits = all(limit.holds(cell) for limit in limits)
            shade = FAINTEST + (STRONGEST - FAINTEST) * (cell.accuracy - least) / span
            rows.append(
                {
                    "left": left,
                    "right": right,
                    "low": low,
                    "high": high,
                    "accuracy": cell.accuracy,
                    "fits": fits,
                    "shade": round(shade if fits else OUTSIDE * shade, 3),
                }
            )
    return rows


def border_rows(grid: Grid, limits: Sequence[Bound]) -> list[dict[str, Any]]:
    """The corners of each limit's border, in order along each of its lines."""
    return [
        {"limit": limit.name, "line": f"{limit.name} {number}", "order": order, "alpha": alpha, "resolution": resolution}
        for limit in limits
        for number, line in enumerate(border(grid, limit.holds))
        for order, (alpha, resolution) in enumerate(line)
    ]


def draw_plane(grid: Grid, limits: Sequence[Bound], designs: Sequence[Mark], *, contours: Grid | None = None) -> Any:
    """The plane with the border of each limit and the designs that are pointed at; lines of equal accuracy from `contours`."""
    import altair as alt

    x_domain = [grid.alpha_edges[0][0], grid.alpha_edges[-1][1]]
    y_domain = [grid.resolution_edges[0][0], grid.resolution_edges[-1][1]]
    x_axis = alt.Axis(values=ticks(x_domain, 0.25), format=".2f", grid=False)
    sides = [size for size in (32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448) if size <= y_domain[1]]
    if y_domain[1] > 500:
        sides = [224 * step for step in range(1, int(y_domain[1] // 224) + 1)]
    rho = f"[datum.value + ' px', format(datum.value / {BASE_RESOLUTION}, '.2f')]"  # two lines
    x = alt.X("left:Q", title="alpha (width)", scale=alt.Scale(domain=x_domain, nice=False, zero=False), axis=x_axis)
    y = alt.Y(
        "low:Q",
        title="resolution, rho",
        scale=alt.Scale(domain=y_domain, nice=False, zero=False),
        axis=alt.Axis(values=sides, labelExpr=rho, grid=False, titlePadding=14),
    )
    cells = (
        marks(cell_rows(grid, limits))
        .mark_rect(aria=False)
        .encode(
            x=x,
            x2="right:Q",
            y=y,
            y2="high:Q",
            color=alt.condition("datum.fits", alt.value(ACCENT), alt.value(MUTED)),
            opacity=alt.Opacity("shade:Q", scale=None),
        )
    )
    width = len(grid.alphas) * min(CELL_MAX, max(1, SIZE[0] // len(grid.alphas)))
    height = len(grid.resolutions) * min(CELL_MAX, max(1, SIZE[1] // len(grid.resolutions)))
    parts = [cells, *level_parts(contours or grid), *border_parts(grid, limits), *mark_parts(grid, designs)]
    return alt.layer(*parts).properties(width=width, height=height)


def ticks(domain: Sequence[float], step: float) -> list[float]:
    """Multiples of a step inside a domain."""
    return [round(step * n, 6) for n in range(int(domain[1] / step) + 2) if domain[0] <= step * n <= domain[1]]


def level_parts(grid: Grid) -> list[Any]:
    """Lines of equal accuracy, named where they leave the plane."""
    lines = levels(grid)
    corners = [
        {"level": level, "left": alpha, "low": size, "order": order}
        for level, line in lines.items()
        for order, (alpha, size) in enumerate(line)
    ]
    right, top = grid.alpha_edges[-1][1], grid.resolution_edges[-1][1]
    ends = [
        {"left": right, "low": line[-1][1], "name": level_name(level)}
        for level, line in lines.items()
        if line[-1][0] >= grid.alphas[-1]
    ]
    starts = [
        {"left": line[0][0], "low": top, "name": level_name(level)}
        for level, line in lines.items()
        if line[-1][0] < grid.alphas[-1]
    ]
    if not corners:
        return []
    starts = apart(starts, LABEL_ROOM * (right - grid.alpha_edges[0][0]))
    text = {"color": MUTED, "fontSize": LABEL_SIZE}
    parts = [
        marks(corners)
        .mark_line(stroke=INK, strokeWidth=1, opacity=0.55, aria=False)
        .encode(x="left:Q", y="low:Q", detail="level:N", order="order:Q")
    ]
    if ends:
        parts.append(marks(ends).mark_text(align="left", dx=5, **text).encode(x="left:Q", y="low:Q", text="name:N"))
    if starts:
        parts.append(marks(starts).mark_text(baseline="bottom", dy=-4, **text).encode(x="left:Q", y="low:Q", text="name:N"))
    return parts


def apart(rows: list[dict[str, Any]], least: float) -> list[dict[str, Any]]:
    """Rows from the right to the left, without those that would be written over their neighbour."""
    kept: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda each: -each["left"]):
        if not kept or kept[-1]["left"] - row["left"] >= least:
            kept.append(row)
    return kept


def border_parts(grid: Grid, limits: Sequence[Bound]) -> list[Any]:
    """The border of each limit, told apart by dashes."""
    import altair as alt

    rows = border_rows(grid, limits)
    drawn = [limit for limit in limits if any(row["limit"] == limit.name for row in rows)]
    if not drawn:
        return []
    dash = alt.StrokeDash(
        "limit:N",
        scale=alt.Scale(domain=[limit.name for limit in drawn], range=[DASHES[limit.resource] for limit in drawn]),
        legend=alt.Legend(orient="bottom", title=None, symbolStrokeColor=SECOND, labelLimit=400, columns=2),
    )
    return [
        marks(rows)
        .mark_line(stroke=SECOND, strokeWidth=2.5, strokeJoin="round", aria=False)
        .encode(x="alpha:Q", y="resolution:Q", strokeDash=dash, detail="line:N", order="order:Q")
    ]


def mark_parts(grid: Grid, designs: Sequence[Mark]) -> list[Any]:
    """Designs that are pointed at, and what they are called: the main ones on top."""
    parts: list[Any] = []
    side: dict[str, Any]
    middle = (grid.alpha_edges[0][0] + grid.alpha_edges[-1][1]) / 2
    for main, size, edge in ((False, 26, 1.0), (True, 110, 1.5)):
        for variant, shape in SHAPES.items():
            some = [{"left": one.alpha, "low": one.resolution} for one in designs if (one.main, one.variant) == (main, variant)]
            if some:
                at = marks(some).mark_point(
                    shape=shape, size=size, filled=True, fill=INK, stroke=ON_FILL, strokeWidth=edge, opacity=1
                )
                parts.append(at.encode(x="left:Q", y="low:Q"))
    for design in designs:
        if design.label:
            row = {"left": design.alpha, "low": design.resolution, "label": design.label}
            side = {"align": "left", "dx": 10} if design.alpha < middle else {"align": "right", "dx": -10}
            side |= {"dy": 12} if design.resolution == grid.resolutions[-1] else {}
            parts += [text.encode(x="left:Q", y="low:Q", text="label:N") for text in haloed(marks([row]), **side)]
    return parts


def plane_words(grid: Grid, limits: Sequence[Bound], designs: Sequence[Mark]) -> str:
    """The picture in a sentence or two."""
    rows = cell_rows(grid, limits)
    best = max((row["accuracy"] for row in rows if row["fits"]), default=None)
    count = sum(row["fits"] for row in rows)
    named = "; ".join(design.label for design in designs if design.label)
    held = (
        f"{count:,} of {len(rows):,} designs fit {', '.join(limit.name for limit in limits)}, the best of them at "
        f"{format_percent(best)}."
        if limits
        else f"{len(rows):,} designs without a budget."
    )
    return (
        f"Plane of alpha {grid.alphas[0]:g} to {grid.alphas[-1]:g} and {grid.resolutions[0]} to {grid.resolutions[-1]} px. {held}"
        + (f" Marked: {named}." if named else "")
    )
