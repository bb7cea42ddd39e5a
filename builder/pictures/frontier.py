"""Accuracy over what it costs, on a logarithmic scale: this network's designs, and published networks as landmarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from builder.accuracy import Landmark, landmarks
from builder.pictures.drawing import LABEL_SIZE, haloed, marks
from builder.planner.plane import Cell
from builder.report.charts import ACCENT, MUTED, ON_FILL, SECOND

Axis = Literal["multiply_adds", "parameters", "flash_bytes"]
SIZE = (350, 275)  # px
TITLES = {"multiply_adds": "mult-adds", "parameters": "parameters", "flash_bytes": "file size"}
MANY = 1e5  # from this ratio on only every power of ten is written
PERCENT = "format(100 * datum.value, '.0f') + ' %'"  # a Vega expression
LOWEST_SHOWN = 0.2  # designs that are nearly always wrong would stretch the picture

# A landmark's name is written beside its point: by (align, dx, dy) in px.
RIGHT, LEFT, ABOVE = ("left", 7, 0), ("right", -7, 0), ("right", 6, -11)
PLACES: dict[Axis, dict[str, tuple[str, int, int]]] = {
    "multiply_adds": {
        "AlexNet": LEFT,
        "VGG 16": ("right", 9, -11),
        "Conv MobileNet": ("right", 0, -11),
        "0.25 MobileNet-224": RIGHT,
    },
    "parameters": {
        "AlexNet": LEFT,
        "VGG 16": ABOVE,
        "Conv MobileNet": ABOVE,
        "SqueezeNet": ("left", 7, 3),
        "0.25 MobileNet-224": RIGHT,
        "0.5 MobileNet-160": RIGHT,
    },
}
ON_THE_LINE = ("right", -8, -4)
# Of the paper's own networks only these are named; they lie along the line.
NAMED = {"1.0 MobileNet-224": "1.0, 224 px", "0.5 MobileNet-160": "0.5, 160 px", "0.25 MobileNet-224": "0.25, 224 px"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A design to point at on the frontier."""

    cost: float
    accuracy: float
    label: str = ""
    main: bool = True


def cost_of(cell: Cell, axis: Axis) -> int:
    """What a design costs on an axis."""
    return {"multiply_adds": cell.multiply_adds, "parameters": cell.parameters, "flash_bytes": cell.flash_bytes}[axis]


def frontier(cells: Iterable[Cell], axis: Axis) -> list[Cell]:
    """The designs that no cheaper one reaches, the cheapest first."""
    best: list[Cell] = []
    for cell in sorted(cells, key=lambda cell: (cost_of(cell, axis), -cell.accuracy)):
        if not best or cell.accuracy > best[-1].accuracy:
            best.append(cell)
    return best


def landmark_cost(landmark: Landmark, axis: Axis) -> float:
    """What a landmark costs; the files that people made of them differ too much to compare their sizes."""
    millions = {"multiply_adds": landmark.million_multiply_adds, "parameters": landmark.million_parameters}
    return millions[axis] * 1e6


def is_mobilenet(landmark: Landmark) -> bool:
    """One of the paper's own depthwise separable networks."""
    return "MobileNet-" in landmark.name


def landmark_rows(axis: Axis) -> list[dict[str, Any]]:
    """Landmarks to draw: where, what they are called and on which side, and where the figures come from."""
    rows = []
    for landmark in landmarks():
        own = is_mobilenet(landmark)
        align, dx, dy = PLACES[axis].get(landmark.name, ON_THE_LINE if own else RIGHT)
        rows.append(
            {
                "cost": landmark_cost(landmark, axis),
                "accuracy": landmark.top1 / 100,
                "name": landmark.name,
                "shown": NAMED.get(landmark.name, "") if own else landmark.name,
                "own": own,
                "align": align,
                "dx": dx,
                "dy": dy,
                "source": landmark.source,
            }
        )
    return rows


def draw_frontier(
    line: Sequence[Cell], axis: Axis, spots: Sequence[Spot], *, with_landmarks: bool = True, most: float | None = None
) -> Any:
    """The frontier as a line, landmarks, a budget's limit, and the designs that are pointed at."""
    import altair as alt

    shown = [cell for cell in line if cell.accuracy >= LOWEST_SHOWN] or list(line)
    own = [{"cost": cost_of(cell, axis), "accuracy": cell.accuracy} for cell in shown]
    known = landmark_rows(axis) if with_landmarks else []
    everything = [(row["cost"], row["accuracy"]) for row in (*own, *known)] + [(spot.cost, spot.accuracy) for spot in spots]
    costs, accuracies = [each[0] for each in everything], [each[1] for each in everything]
    x = alt.X(
        "cost:Q",
        title=TITLES[axis],
        scale=alt.Scale(type="log", domain=[min(costs) / 1.15, max(costs) * 1.15], nice=False),
        axis=alt.Axis(values=decades(min(costs) / 1.15, max(costs) * 1.15, axis), labelExpr=label(axis), gridOpacity=0.7),
    )
    y = alt.Y(
        "accuracy:Q",
        title="ImageNet top-1" if with_landmarks else "accuracy",
        scale=alt.Scale(domain=[max(0.0, min(accuracies) - 0.02), min(1.0, max(accuracies) + 0.05)], nice=False, zero=False),
        axis=alt.Axis(labelExpr=PERCENT, tickCount=6),
    )
    parts = [marks(own).mark_line(stroke=ACCENT, strokeWidth=2.5, aria=False).encode(x=x, y=y, order="cost:Q")]
    if most is not None and min(costs) < most < max(costs):
        parts.append(marks([{"cost": most}]).mark_rule(stroke=SECOND, strokeWidth=2.5, aria=False).encode(x="cost:Q"))
    parts += landmark_parts(known)
    parts += spot_parts(spots, min(costs) * max(costs))
    return alt.layer(*parts).properties(width=SIZE[0], height=SIZE[1])


def landmark_parts(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Points of published networks; the paper's own MobileNets are hollow."""
    parts: list[Any] = []
    for own, fill in ((False, MUTED), (True, "transparent")):
        some = [row for row in rows if row["own"] is own]
        if some:
            at = marks(some).encode(x="cost:Q", y="accuracy:Q")
            color = ACCENT if own else MUTED
            parts.append(at.mark_point(size=42, fill=fill, stroke=color, strokeWidth=1.5, opacity=1))
    for row in rows:
        if row["shown"]:
            text = marks([row]).mark_text(
                align=row["align"], dx=row["dx"], dy=row["dy"], fontSize=LABEL_SIZE, color=ACCENT if row["own"] else MUTED
            )
            parts.append(text.encode(x="cost:Q", y="accuracy:Q", text="shown:N"))
    return parts


def spot_parts(spots: Sequence[Spot], middle_squared: float) -> list[Any]:
    """Designs that are pointed at, the main ones on top; names are on the side where there is more room."""
    parts: list[Any] = []
    for main, size, edge in ((False, 26, 0.8), (True, 110, 1.5)):
        some = [{"cost": spot.cost, "accuracy": spot.accuracy} for spot in spots if spot.main is main]
        if some:
            at = marks(some).mark_point(size=size, filled=True, fill=SECOND, stroke=ON_FILL, strokeWidth=edge, opacity=1)
            parts.append(at.encode(x="cost:Q", y="accuracy:Q"))
    for spot in spots:
        if spot.label:
            row = {"cost": spot.cost, "accuracy": spot.accuracy, "label": spot.label}
            left = spot.cost * spot.cost > middle_squared  # beyond the middle of a logarithmic axis
            side = {"align": "right", "dx": -10, "dy": -8} if left else {"align": "left", "dx": 9, "dy": 8}
            parts += [text.encode(x="cost:Q", y="accuracy:Q", text="label:N") for text in haloed(marks([row]), **side)]
    return parts


def decades(low: float, high: float, axis: Axis) -> list[float]:
    """Round figures between two costs: 1, 3, 10, or powers of four for bytes."""
    if axis == "flash_bytes":
        steps = [1024 * 4.0**n for n in range(16)]
    else:
        steps = [factor * 10.0**power for power in range(2, 12) for factor in ((1, 3) if high < MANY * low else (1,))]
    return [step for step in steps if low <= step <= high]


def label(axis: Axis) -> str:
    """The Vega expression that writes an axis label."""
    if axis == "flash_bytes":
        return "datum.value >= 1048576 ? datum.value / 1048576 + ' MiB' : datum.value / 1024 + ' KiB'"
    return (
        "datum.value >= 1e9 ? datum.value / 1e9 + ' G' : datum.value >= 1e6 ? datum.value / 1e6 + ' M' "
        ": datum.value >= 1e3 ? datum.value / 1e3 + ' k' : datum.value"
    )
