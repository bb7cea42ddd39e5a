"""A plan or a fit as one PNG file: the charts of the page, side by side, between titles and lines of text."""

from __future__ import annotations

from builder.budget import Budget
from builder.formats import format_bytes, format_count, format_latency, format_percent, printable
from builder.pictures.charts import fit_pictures, plan_pictures
from builder.pictures.designs import best_plan, nothing_words, prior_words
from builder.pictures.formula import figures, largest, times_fewer
from builder.pictures.grid import limits_of
from builder.pictures.sheet import Sheet
from builder.planner import Candidate, Fit, Plan
from builder.planner.setting import Setting
from builder.report.html import NAME_LENGTH_MAX

CANDIDATES_SHOWN = 12
# Where each column of the list of candidates begins, in px.
COLUMNS = {"design": 0, "to expect": 300, "file size": 400, "RAM": 500, "mult-adds": 600, "one photo": 700, "": 800}


def plan_png(plan: Plan, *, budget: Budget | None = None) -> bytes:
    """A plan as a PNG file: plane, other networks, layers, the formula.

    Args:
        plan: what to draw.
        budget: whose border to draw; by default the one that the plan was held against.

    Returns:
        The file's bytes.
    """
    drawn = plan_pictures(plan, budget or plan.budget)
    charts = drawn.charts
    sheet = Sheet()
    sheet.title(f"MobileNet v1, alpha {plan.network.alpha:g} at {plan.network.resolution} px", plan_lines(plan, drawn.variant))
    sheet.row([charts["plane"], charts["multiply_adds"]])
    sheet.row([charts["size"], charts["compute"], charts["ram"]])
    sheet.text("Why it is so small: one block of this network", formula_lines(plan))
    return sheet.png()


def fit_png(fit: Fit) -> bytes:
    """A fit as a PNG file: the plane with all candidates, what more accuracy costs, a list; layers and formula of the best."""
    charts = fit_pictures(fit)
    sheet = Sheet()
    device = printable(fit.budget.device.name, NAME_LENGTH_MAX) if fit.budget.device else "the budget"
    sheet.title(f"What fits {device}", fit_lines(fit))
    sheet.row([charts[name] for name in ("plane", "flash_bytes") if name in charts])
    if fit.candidates:
        rows = [candidate_row(place, each) for place, each in enumerate(fit.candidates[:CANDIDATES_SHOWN], start=1)]
        sheet.table("Candidates, best first", COLUMNS, rows)
        if len(fit.candidates) > len(rows):
            sheet.text("", [f"and {len(fit.candidates) - len(rows):,} more"])
    best = best_plan(fit)
    if best is not None:
        sheet.row([charts["multiply_adds"]])
        sheet.row([charts["size"], charts["compute"], charts["ram"]])
        sheet.text("Why it is so small: one block of the best design", formula_lines(best))
    else:
        sheet.text("Nothing fits", [nothing_words(fit)])
    return sheet.png()


def plan_lines(plan: Plan, variant: str) -> list[str]:
    """What the file that is shown costs, in two lines."""
    made, network = plan.variants[variant], plan.network
    where = printable(plan.device.name, NAME_LENGTH_MAX) if plan.device else "the budget"
    held = {True: f"{variant} fits {where}", False: f"{variant} does not fit {where}", None: variant}[made.fits]
    costs = [
        f"{format_bytes(made.flash_bytes)} file",
        f"{format_bytes(made.ram.typical)} RAM",
        f"{format_count(plan.cost.multiply_adds)} mult-adds",
    ]
    if made.latency is not None:
        costs.append(f"{format_latency(made.latency.typical)} a photo")
    costs.append(f"{format_percent(made.expected.accuracy)} to expect ({prior_words(made.expected)})")
    return [f"{held} · {task(network.classes, network.channels)}", " · ".join(costs)]


def fit_lines(fit: Fit) -> list[str]:
    """The budget and the task."""
    limits = limits_of(Setting(fit.classes, fit.channels, budget=fit.budget))
    count = f"{len(fit.candidates):,} candidate{'s' if len(fit.candidates) != 1 else ''}"
    return [", ".join(limit.name for limit in limits), f"{task(fit.classes, fit.channels)} · {count}"]


def task(classes: int, channels: int) -> str:
    """Such as `10 classes, colour`."""
    return f"{classes:,} classes, {'grayscale' if channels == 1 else 'colour'}"


def formula_lines(plan: Plan) -> list[str]:
    """The formula with the numbers of the block that computes most."""
    block = largest(plan.network)
    k, m, n, f = block.kernel, block.inputs, block.outputs, block.side
    return [
        f"Block {block.number}: a {k} × {k} kernel (Dk), {m:,} channels in (M), {n:,} out (N), a map of {f} × {f} (Df)",
        f"standard convolution: Dk·Dk·M·N·Df·Df = {figures(k, k, m, n, f, f)} = {block.standard:,} mult-adds",
        "depthwise, then pointwise: Dk·Dk·M·Df·Df + M·N·Df·Df = "
        f"{block.depthwise:,} + {block.pointwise:,} = {block.separable:,} mult-adds",
        f"the second over the first: 1/N + 1/Dk² = 1/{n:,} + 1/{k * k} = {block.ratio:.3f}, {times_fewer(block.ratio)} times fewer",
    ]


def candidate_row(place: int, each: Candidate) -> list[str]:
    """One candidate, column by column."""
    return [
        f"{place}. alpha {each.alpha:g}, {each.resolution} px, {each.variant}",
        format_percent(each.expected.accuracy),
        format_bytes(each.flash_bytes),
        format_bytes(each.ram.typical),
        format_count(each.multiply_adds),
        format_latency(each.latency_ms[1] if each.latency_ms else None),
        "" if each.warm_start else "from scratch",
    ]
