"""A plan or a fit as one PNG file: the same charts as on the page, side by side, under a title."""

from __future__ import annotations

from typing import Any

from builder.budget import Budget
from builder.formats import format_bytes, format_count, format_latency, format_percent
from builder.pictures.charts import Picture, fit_pictures, plan_pictures
from builder.pictures.drawing import marks, png_of
from builder.pictures.formula import figures, largest, times_fewer
from builder.planner import Candidate, Fit, Plan
from builder.report.charts import INK, MUTED

LINE = 19  # px between lines of text
TEXT_SIZE = 13
CANDIDATES_SHOWN = 8
HEADING: dict[str, Any] = {"fontSize": 14, "anchor": "start", "color": INK, "frame": "bounds"}


def plan_png(plan: Plan, *, budget: Budget | None = None) -> bytes:
    """A plan as a PNG file: plane, frontier, layers, formula.

    Args:
        plan: what to draw.
        budget: whose border to draw; by default the one that the plan was held against.

    Returns:
        The file's bytes.
    """
    import altair as alt

    held = budget or plan.budget
    drawn = plan_pictures(plan, held)
    charts = drawn.charts
    rows = [
        row([charts["plane"], charts["multiply_adds"]]),
        row([charts["size"], charts["compute"], charts["ram"]]),
        words("Why it is small: one block of this network", formula_lines(plan)),
    ]
    return png_of(
        alt.concat(*rows, columns=1, align="none", spacing=34, title=title(plan_title(plan), plan_subtitle(plan, drawn.variant)))
    )


def fit_png(fit: Fit) -> bytes:
    """A fit as a PNG file: the plane with all candidates, the frontier, and the best candidates as a list."""
    import altair as alt

    charts = fit_pictures(fit)
    rows = [row([charts[name] for name in ("plane", "flash_bytes") if name in charts])]
    rows.append(words("Candidates, best first" if fit.candidates else "Nothing fits", candidate_lines(fit)))
    return png_of(alt.concat(*rows, columns=1, align="none", spacing=34, title=title("What fits", [fit_subtitle(fit)])))


def row(pictures: list[Picture]) -> Any:
    """Charts side by side, each under its title."""
    import altair as alt

    most = max(picture.above for picture in pictures)
    titled = [
        picture.drawing.properties(title=alt.Title(picture.title, offset=14 + most - picture.above, **HEADING))
        for picture in pictures
    ]
    return alt.hconcat(*titled, spacing=36).resolve_legend(strokeDash="independent").resolve_scale(strokeDash="independent")


def words(heading: str, lines: list[str]) -> Any:
    """Lines of text as a chart without axes."""
    import altair as alt

    rows = [{"line": place, "text": line} for place, line in enumerate(lines)]
    text = marks(rows).mark_text(align="left", fontSize=TEXT_SIZE, color=INK, limit=1100)
    x, y = alt.value(0), alt.Y("line:O", axis=None, scale=alt.Scale(padding=0))
    made = text.encode(x=x, y=y, text="text:N").properties(width=900, height=LINE * len(lines))
    made = made.properties(title=alt.Title(heading, offset=10, **HEADING))
    return alt.hconcat(made)  # a row of its own: it begins where the other rows do


def title(text: str, subtitle: list[str]) -> Any:
    """The title of the whole sheet."""
    import altair as alt

    return alt.Title(
        text, subtitle=subtitle, fontSize=22, subtitleFontSize=13, anchor="start", offset=22, color=INK, subtitleColor=MUTED
    )


def plan_title(plan: Plan) -> str:
    """Such as `MobileNet v1, alpha 0.25 at 96 px`."""
    return f"MobileNet v1, alpha {plan.network.alpha:g} at {plan.network.resolution} px"


def plan_subtitle(plan: Plan, variant: str) -> list[str]:
    """What the file that is shown costs, in two lines."""
    made, network = plan.variants[variant], plan.network
    held = {True: "fits", False: "does not fit", None: ""}[made.fits]
    device = f" {plan.device.name}" if plan.device else ""
    first = f"{variant} {held}{device if held else ''}".strip()
    second = [
        f"{format_bytes(made.flash_bytes)} file",
        f"{format_bytes(made.ram.typical)} RAM",
        f"{format_count(plan.cost.multiply_adds)} mult-adds",
    ]
    if made.latency is not None:
        second.append(format_latency(made.latency.typical))
    second.append(f"{format_percent(made.expected.accuracy)} to expect ({made.expected.prior})")
    colour = "grayscale" if network.channels == 1 else "colour"
    return [f"{first} · {network.classes:,} classes, {colour}", " · ".join(second)]


def fit_subtitle(fit: Fit) -> str:
    """The budget and the task."""
    device = f"{fit.budget.device.name} · " if fit.budget.device else ""
    return f"{device}{fit.classes:,} classes, {'grayscale' if fit.channels == 1 else 'colour'} · {len(fit.candidates)} candidates"


def formula_lines(plan: Plan) -> list[str]:
    """The formula with the numbers of the block that computes most."""
    block = largest(plan.network)
    k, m, n, f = block.kernel, block.inputs, block.outputs, block.side
    return [
        f"Block {block.number}: a {k} × {k} kernel (Dk), {m:,} channels in (M), {n:,} out (N), a map of {f} × {f} (Df)",
        f"standard convolution   Dk·Dk·M·N·Df·Df = {figures(k, k, m, n, f, f)} = {block.standard:,} mult-adds",
        "depthwise + pointwise   Dk·Dk·M·Df·Df + M·N·Df·Df = "
        f"{block.depthwise:,} + {block.pointwise:,} = {block.separable:,} mult-adds",
        f"ratio   1/N + 1/Dk² = 1/{n:,} + 1/{k * k} = {block.ratio:.3f}: {times_fewer(block.ratio)} times fewer",
    ]


def candidate_lines(fit: Fit) -> list[str]:
    """The best candidates, or why there are none."""
    if fit.nothing_fits is not None:
        return [fit.nothing_fits.text]
    lines = [f"{place}.  {candidate_line(each)}" for place, each in enumerate(fit.candidates[:CANDIDATES_SHOWN], start=1)]
    rest = len(fit.candidates) - len(lines)
    return [*lines, f"and {rest} more"] if rest else lines


def candidate_line(each: Candidate) -> str:
    """One candidate."""
    parts = [
        f"alpha {each.alpha:g}, {each.resolution} px, {each.variant}: {format_percent(each.expected.accuracy)} to expect",
        f"{format_bytes(each.flash_bytes)} file",
        f"{format_bytes(each.ram.typical)} RAM",
        f"{format_count(each.multiply_adds)} mult-adds",
    ]
    return " · ".join(parts if each.warm_start else [*parts, "from scratch"])
