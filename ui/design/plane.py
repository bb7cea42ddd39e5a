"""The map of alpha and rho: where the budget ends, what accuracy there is, and where the design stands. A click chooses.

The map itself does not change while the dials move, so it is not drawn again; the mark of the design is an element of its own,
laid over it and moved by a style. That asks for a plot area whose place is known: the drawing's padding is fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from builder.architecture import BASE_RESOLUTION
from builder.formats import format_bytes, format_count, format_latency, format_percent
from builder.pictures.grid import Grid, Limit, axes, edges, limits_of
from builder.pictures.plane import cell_rows, draw_plane, plane_words
from builder.planner import Cell, Setting, cells
from ui import session
from ui.charts import specification
from ui.design import afresh
from ui.planned import Planned

HEIGHT = 400  # px, padding included
LEFT, RIGHT, TOP, BOTTOM = 78, 44, 22, 78  # px around the plot
MAPS_KEPT = 48
CLICKS = "design-clicks"
PICKED = "picked"


def show(made: Planned) -> None:
    """The map and what it says; the mark of the design follows `place`."""
    network = made.plan.network
    found = drawn(made.setting, made.variant, *axes(network.alpha, network.resolution))
    clicks = st.session_state.setdefault(CLICKS, 0)
    key = f"plane-{clicks}"
    with st.container(key="plane"):
        st.html('<div class="mb-mark"></div>')
        pick: dict[str, Any] = {"key": key, "on_select": take, "selection_mode": PICKED}
        st.vega_lite_chart(spec=found["spec"], theme=None, width="stretch", height=HEIGHT, alt=found["words"], **pick)
    st.caption(caption(found["limits"]))


def depends_on(made: Planned) -> tuple[object, ...]:
    """What the map is made of."""
    network = made.plan.network
    return made.setting, made.variant, axes(network.alpha, network.resolution), st.session_state.get(CLICKS, 0)


def take() -> None:
    """Chooses the design that was clicked; the map gets another key, so that the same point can be clicked again."""
    clicks = st.session_state.get(CLICKS, 0)
    chosen = st.session_state.get(f"plane-{clicks}") or {}
    point = (chosen.get("selection", {}).get(PICKED) or [{}])[0]
    if "alpha" in point and "pixels" in point:
        session.change(alpha=float(point["alpha"]), resolution=int(point["pixels"]))
        st.session_state[CLICKS] = clicks + 1
        afresh.ask()


@st.cache_data(max_entries=MAPS_KEPT, show_spinner=False)
def drawn(setting: Setting, variant: str, alphas: tuple[float, ...], resolutions: tuple[int, ...]) -> dict[str, Any]:
    """The map as Vega-Lite, and what it says in words."""
    grid, limits = Grid.of(cells(setting, alphas, resolutions, [variant])), limits_of(setting)
    spec = specification(
        draw_plane(grid, limits, []),
        height=HEIGHT,
        autosize={"type": "none", "contains": "padding"},
        padding={"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
    )
    spec.pop("width", None)
    ground = spec["layer"][0]
    ground["data"] = {"values": [row | told(cell) for row, cell in zip(cell_rows(grid, limits), in_order(grid), strict=True)]}
    ground["params"] = [{"name": PICKED, "select": {"type": "point", "fields": ["alpha", "pixels"], "toggle": False}}]
    ground["mark"] |= {"cursor": "pointer"}
    ground["encoding"]["tooltip"] = [{"field": field, "type": "nominal", "title": title} for field, title in TOLD.items()]
    return {
        "spec": spec,
        "words": plane_words(grid, limits, []),
        "limits": limits,
    }


TOLD = {"design": "design", "file": "file", "ram": "RAM", "compute": "mult-adds", "time": "one photo", "top1": "accuracy to expect"}


def in_order(grid: Grid) -> list[Cell]:
    """Cells as `cell_rows` has them."""
    return [grid.cells[alpha, resolution] for alpha in grid.alphas for resolution in grid.resolutions]


def told(cell: Cell) -> dict[str, Any]:
    """What a pointer reads on a cell."""
    return {
        "alpha": cell.alpha,
        "pixels": cell.resolution,
        "design": f"alpha {cell.alpha:g}, {cell.resolution} px (rho {cell.resolution / BASE_RESOLUTION:.2f})",
        "file": format_bytes(cell.flash_bytes),
        "ram": format_bytes(cell.ram_typical),
        "compute": format_count(cell.multiply_adds),
        "time": format_latency(cell.latency_ms),
        "top1": format_percent(cell.accuracy),
    }


def place(made: Planned) -> None:
    """Puts the mark where the design is: by a style, so that nothing of the map is sent or drawn again."""
    network = made.plan.network
    alphas, resolutions = axes(network.alpha, network.resolution)
    across, up = along(edges(alphas), network.alpha), along(edges(resolutions), network.resolution)
    left = f"calc({LEFT}px + (100% - {LEFT + RIGHT}px) * {across:.4f})"
    down = f"{TOP + (HEIGHT - TOP - BOTTOM) * (1 - up):.1f}px"
    st.html(f"<style>.mb-mark {{ left: {left}; top: {down}; }}</style>")


def along(cells_of: Sequence[tuple[float, float]], place: float) -> float:
    """Where on an axis, from 0 to 1."""
    low, high = cells_of[0][0], cells_of[-1][1]
    return min(max((place - low) / (high - low), 0.0), 1.0)


def caption(limits: tuple[Limit, ...]) -> str:
    """How to read it."""
    held = (
        f"Blue fits ({', '.join(limit.name for limit in limits)}), grey does not; orange lines are the limits. " if limits else ""
    )
    return f"{held}Stronger colour is more accuracy. The ring is your design: click anywhere to move it."
