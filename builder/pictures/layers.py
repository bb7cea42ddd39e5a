"""Where a network's size, compute and RAM are: bars by layer, the largest one marked."""

from __future__ import annotations

from typing import Any

from builder.arena import arena
from builder.cost import LayerCost
from builder.flash.estimate import BIAS_BYTES, DYNAMIC_VALUES_MIN
from builder.formats import format_bytes, format_count
from builder.pictures.drawing import LABEL_SIZE, marks
from builder.planner import Plan
from builder.report.charts import ACCENT, MUTED, SECOND

ROW = 14  # px, height of a layer's row
BARS = 150  # px, the longest bar
VALUE_BYTES = {"int8": 1, "int8_micro": 1}  # of an activation; the other files compute in float32
WEIGHT_BYTES = {"float32": 4, "float16": 2}
SHORT = {"global_average_pooling": "pooling"}


def weight_bytes(layer: LayerCost, variant: str) -> int:
    """Constants of a layer in a file: its kernel, and biases of four bytes except in float16.

    As the converter writes them: kernels of fewer than 1,024 values stay float32 with dynamic ranges.
    """
    if variant in WEIGHT_BYTES:
        return WEIGHT_BYTES[variant] * layer.parameters
    biases = layer.output_shape[2] if layer.parameters else 0
    kernel = layer.parameters - biases
    wide = variant == "dynamic" and kernel < DYNAMIC_VALUES_MIN
    return kernel * (4 if wide else 1) + BIAS_BYTES * biases


def size_rows(plan: Plan, variant: str) -> list[dict[str, Any]]:
    """Bytes of weights by layer."""
    return rows_of([(layer.name, weight_bytes(layer, variant)) for layer in plan.cost.layers], size=True)


def compute_rows(plan: Plan) -> list[dict[str, Any]]:
    """Mult-adds by layer."""
    return rows_of([(layer.name, layer.multiply_adds) for layer in plan.cost.layers], size=False)


def ram_rows(plan: Plan, variant: str) -> list[dict[str, Any]]:
    """Bytes of activations that are alive while each layer runs."""
    alive = {layer.name: layer.activation_bytes for layer in plan.cost.layers} | dict(plan.ram_by_layer)
    peak = plan.peak_layer or arena(plan.network).peak_layer
    each = VALUE_BYTES.get(variant, 4)
    return rows_of([(layer.name, each * alive[layer.name]) for layer in plan.cost.layers], size=True, peak=peak)


def rows_of(values: list[tuple[str, int]], *, size: bool, peak: str | None = None) -> list[dict[str, Any]]:
    """Rows to draw: layer, value, its text, and whether it is the peak: the largest ones, unless it is named."""
    most = max(value for _, value in values)
    form = format_bytes if size else format_count
    return [
        {
            "layer": SHORT.get(name, name),
            "value": value,
            "text": form(value) if value else "",
            "peak": name == peak if peak else value == most,
        }
        for name, value in values
    ]


def draw_bars(rows: list[dict[str, Any]]) -> Any:
    """One bar a layer, input at the top, with its figure."""
    import altair as alt

    order = [row["layer"] for row in rows]
    most = max(row["value"] for row in rows)
    color = alt.condition("datum.peak", alt.value(SECOND), alt.value(ACCENT))
    base = marks(rows).encode(
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, most])),
        y=alt.Y(
            "layer:N",
            sort=order,
            title=None,
            scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
            axis=alt.Axis(ticks=False, domain=False, labelPadding=6, labelFontSize=LABEL_SIZE),
        ),
    )
    words = alt.condition("datum.peak", alt.value(SECOND), alt.value(MUTED))
    figures = base.mark_text(align="left", dx=4, fontSize=LABEL_SIZE).encode(text="text:N", color=words)
    return alt.layer(base.mark_bar(aria=False).encode(color=color), figures).properties(width=BARS, height=ROW * len(rows))


def bars_words(what: str, rows: list[dict[str, Any]]) -> str:
    """The picture in a sentence."""
    peaks = [row for row in rows if row["peak"]]
    return f"Bars of {what} for {len(rows)} layers; the most is {peaks[0]['text']} in {', '.join(row['layer'] for row in peaks)}."
