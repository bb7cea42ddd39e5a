"""A plan or a fit as one HTML page that needs nothing else: no network, no script, in light and dark."""

from __future__ import annotations

from typing import Any

from builder.accuracy import landmarks
from builder.budget import Budget
from builder.formats import format_percent
from builder.pictures.charts import fit_pictures, plan_pictures
from builder.pictures.designs import best_plan, contour_variant, nothing_words, prior_words
from builder.pictures.formula import figures, largest, times_fewer, whole_ratio
from builder.pictures.grid import Limit, limits_of
from builder.pictures.layers import weight_bytes
from builder.planner import Fit, Plan, VariantPlan
from builder.planner.setting import Setting
from builder.planner.verdict import NAMES
from builder.report import charts as colors
from builder.report.html import LISTED_MAX, environment, unbroken

CANDIDATES_SHOWN = 12  # the rest is folded away
KINDS = {"conv": "first convolution", "depthwise": "depthwise, 3 × 3", "pointwise": "pointwise, 1 × 1", "classifier": "classifier"}
SHAPES = {
    "int8_micro": "circles",
    "int8": "squares",
    "dynamic": "diamonds",
    "float16": "triangles",
    "float32": "triangles upside down",
}


def plan_page(plan: Plan, *, budget: Budget | None = None) -> str:
    """A plan as an HTML page: verdict, plane with the budget's border, layers, other networks, the formula, all files.

    Args:
        plan: what to show.
        budget: whose border to draw; by default the one that the plan was held against.

    Returns:
        The page.
    """
    held = budget or plan.budget
    drawn = plan_pictures(plan, held)
    shown = plan.variants[drawn.variant]
    return render(
        "plan.html.j2",
        plan=plan,
        variant=drawn.variant,
        shown=shown,
        verdict=verdict(plan, shown),
        prior=prior_words(shown.expected),
        limits=drawn.limits,
        undrawn=", ".join(drawn.undrawn),
        charts={name: picture.svg() for name, picture in drawn.charts.items()},
        weights=sum(weight_bytes(layer, drawn.variant) for layer in plan.cost.layers),
        shares=[(KINDS[share.kind], share) for share in plan.shares if share.kind in KINDS],
        landmarks=landmarks(),
        largest_bytes=max(made.flash_bytes for made in plan.variants.values()),
        **formula_values(plan),
    )


def formula_values(plan: Plan) -> dict[str, Any]:
    """The formula's live numbers: of the block that computes most, and of the whole network."""
    block = largest(plan.network)
    k, m, n, f = block.kernel, block.inputs, block.outputs, block.side
    return {
        "block": block,
        "factors": {"standard": figures(k, k, m, n, f, f), "depthwise": figures(k, k, m, f, f), "pointwise": figures(m, n, f, f)},
        "fewer_here": times_fewer(block.ratio),
        "fewer": times_fewer(whole_ratio(plan)),
    }


def fit_page(fit: Fit) -> str:
    """A fit as an HTML page: the best design, the plane with all candidates, what more accuracy costs, a table, its layers."""
    drawn = {name: picture.svg() for name, picture in fit_pictures(fit).items()}
    rule = drawn["flash_bytes"].svg if "flash_bytes" in drawn else ""
    best = fit.candidates[0] if fit.candidates else None
    planned = best_plan(fit)
    bounds = limits_of(Setting(fit.classes, fit.channels, budget=fit.budget))
    return render(
        "fit.html.j2",
        fit=fit,
        best=best,
        planned=planned,
        contours=contour_variant(fit),
        prior=prior_words(best.expected) if best else "",
        nothing=nothing_words(fit),
        limits=budget_words(bounds),
        flash=fit.budget.model_flash_bytes if "mark-rule role-mark" in rule else None,
        charts=drawn,
        shapes=shapes_words({each.variant for each in fit.candidates}),
        sources=", ".join(sorted({landmark.source for landmark in landmarks()})),
        timed=any(each.latency_ms for each in fit.candidates),
        names=NAMES,
        candidates_shown=CANDIDATES_SHOWN,
        listed_max=LISTED_MAX,
        **(formula_values(planned) if planned else {}),
    )


def render(template: str, **values: Any) -> str:
    """Fills in a template; everything in it is escaped."""
    made = environment()
    made.filters["whole"] = unbroken(lambda share: format_percent(share, 0))
    page: str = made.get_template(template).render(values, colors=colors)
    return page


def shapes_words(variants: set[str]) -> str:
    """Which marks are which files, where there is more than one."""
    named = [f"{SHAPES[variant]} are {variant}" for variant in SHAPES if variant in variants]
    return f"{', '.join(named).capitalize()}." if len(named) > 1 else ""


def budget_words(limits: tuple[Limit, ...]) -> str:
    """Such as `flash 1.0 MiB, RAM 256.0 KiB`."""
    return ", ".join(limit.name for limit in limits)


def verdict(plan: Plan, shown: VariantPlan) -> str:
    """The plan in a sentence."""
    where = f"fits {plan.device.name}" if plan.device else "fits the budget"
    if shown.fits:
        tightest = min(shown.checks, key=lambda check: check.headroom)
        where = where.replace("fits", "may fit", 1) if shown.is_tight else where
        return f"{shown.variant} {where}: {format_percent(tightest.headroom, 0)} of the {NAMES[tightest.resource]} is left."
    if shown.fits is False:
        others = [made.variant for made in plan.variants.values() if made.fits]
        return f"{shown.variant} does not {where.replace('fits', 'fit')}" + (f", {', '.join(others)} would." if others else ".")
    if plan.budget is None or not plan.budget.limited:
        return "No budget was given: name a device or a limit to see what fits."
    return f"Whether {shown.variant} {where} is not known: nobody published what its speed depends on."
