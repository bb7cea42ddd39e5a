"""The charts of a plan and of a fit, each with its title and what it says in words; pages and PNG files are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from builder.budget import Budget
from builder.formats import format_count, format_percent
from builder.pictures import frontier as front
from builder.pictures import layers
from builder.pictures.designs import any_file, best_plan, compared, contour_variant, fit_cells, plan_grid, shown_variant
from builder.pictures.grid import Grid, Limit, border
from builder.pictures.plane import Mark, draw_plane, plane_words
from builder.planner import Fit, Plan
from builder.planner.plane import Cell
from builder.report.charts import Chart, svg_of

LEVEL_LABELS = 16  # px above the plane


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that can still become SVG or part of a PNG."""

    title: str
    drawing: Any
    alt: str
    above: int = 0  # px that labels take above the plot

    def svg(self) -> Chart:
        """As a page takes it."""
        return Chart(self.title, svg_of(self.drawing), self.alt)


@dataclass(frozen=True, slots=True)
class PlanPictures:
    """All of a plan: the file that is shown, the limits, those that have no border on the plane, and the charts."""

    variant: str
    limits: tuple[Limit, ...]
    undrawn: tuple[str, ...]
    charts: dict[str, Picture]


def plan_pictures(plan: Plan, budget: Budget | None) -> PlanPictures:
    """The charts of a plan: `plane`, `size`, `compute`, `ram`, `multiply_adds`, `parameters`."""
    network = plan.network
    variant = shown_variant(plan, budget)
    grid, limits = plan_grid(plan, variant, budget)
    chosen = Mark(network.alpha, network.resolution, f"alpha {network.alpha:g}, {network.resolution} px", variant)
    charts = {
        "plane": Picture(
            f"Where {variant} fits" if limits else f"Accuracy to expect of {variant}",
            draw_plane(grid, limits, [chosen]),
            plane_words(grid, limits, [chosen]),
            above=LEVEL_LABELS,
        )
    }
    charts |= layer_pictures(plan, variant)
    axes: tuple[front.Axis, ...] = ("multiply_adds", "parameters")
    charts |= {axis: among_published(plan, axis) for axis in axes}
    undrawn = tuple(limit.name for limit in limits if not border(grid, limit.holds))
    return PlanPictures(variant, limits, undrawn, charts)


def layer_pictures(plan: Plan, variant: str) -> dict[str, Picture]:
    """What each layer costs: `size`, `compute`, `ram`."""
    bars = (
        ("size", f"Weights, {variant}", layers.size_rows(plan, variant)),
        ("compute", "Mult-adds", layers.compute_rows(plan)),
        ("ram", f"Activations alive, {variant}", layers.ram_rows(plan, variant)),
    )
    return {name: Picture(title, layers.draw_bars(rows), layers.bars_words(title.lower(), rows)) for name, title, rows in bars}


def among_published(plan: Plan, axis: front.Axis) -> Picture:
    """A design on the frontier, counted as published networks are: float32, with ImageNet's classes."""
    others, own = compared(plan.network)
    return beside_others(others, axis, [front.Spot(front.cost_of(own, axis), own.accuracy, "this design")])


def beside_others(cells: Sequence[Cell], axis: front.Axis, spots: Sequence[front.Spot]) -> Picture:
    """The frontier with published networks as landmarks."""
    what = front.TITLES[axis]
    main = next(spot for spot in spots if spot.main)
    words = (
        f"Top-1 accuracy on ImageNet over {what}, logarithmic: the line of the best MobileNet v1 designs, "
        f"{len(front.landmark_rows(axis))} published networks, and {main.label or 'the best candidate'} at "
        f"{format_count(main.cost)} and {format_percent(main.accuracy)}."
    )
    return Picture(f"Accuracy over {what}", front.draw_frontier(front.frontier(cells, axis), axis, spots), words)


def fit_pictures(fit: Fit) -> dict[str, Picture]:
    """The charts of a fit: `plane`, and where something fits `multiply_adds`, `size`, `compute`, `ram` of the best design.

    And `flash_bytes`, unless builds were measured: the line of all designs is the published accuracy.
    """
    cells = fit_cells(fit)
    grid, whole = any_file(fit, cells)
    marks = [
        Mark(
            each.alpha, each.resolution, "" if place else f"1: alpha {each.alpha:g}, {each.resolution} px", each.variant, place == 0
        )
        for place, each in enumerate(fit.candidates)
    ]
    named = contour_variant(fit)
    drawing = draw_plane(grid, [whole], marks, contours=Grid.of([cell for cell in cells if cell.variant == named]))
    charts = {"plane": Picture("All designs", drawing, plane_words(grid, [whole], marks), LEVEL_LABELS)}
    best = best_plan(fit)
    if best is None:
        return charts
    measured = any(each.expected.measured for each in fit.candidates)
    if not measured:
        flash = fit.budget.model_flash_bytes
        spots = spots_of(fit, "flash_bytes")
        line = front.frontier(cells, "flash_bytes")
        drawing = front.draw_frontier(line, "flash_bytes", spots, with_landmarks=False, most=flash)
        words = f"Accuracy to expect over file size, logarithmic: the best designs as a line, and {len(spots)} candidates."
        charts["flash_bytes"] = Picture("Accuracy over file size", drawing, words)
        charts["multiply_adds"] = beside_others(cells, "multiply_adds", spots_of(fit, "multiply_adds"))
    else:
        charts["multiply_adds"] = among_published(best, "multiply_adds")
    return charts | layer_pictures(best, fit.candidates[0].variant)


def spots_of(fit: Fit, axis: front.Axis) -> list[front.Spot]:
    """The candidates on an axis, the best one named."""
    cost = (lambda each: each.flash_bytes) if axis == "flash_bytes" else (lambda each: each.multiply_adds)
    return [
        front.Spot(cost(each), each.expected.accuracy, "1" if place == 0 else "", place == 0)
        for place, each in enumerate(fit.candidates)
    ]
