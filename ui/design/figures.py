"""What a design costs, as HTML: verdict and meters in one element, so that a move of a dial repaints them together; the files."""

from __future__ import annotations

import streamlit as st

from builder.formats import UNKNOWN, format_bytes, format_count, format_latency, format_percent
from builder.latency import why_unknown
from builder.pictures.designs import prior_words
from builder.pictures.formula import times_fewer, whole_ratio
from builder.pictures.pages import verdict
from builder.planner import Check, VariantPlan
from builder.planner.verdict import amount
from ui import parts
from ui.planned import Planned
from ui.wording import in_app

TEXT_LENGTH_MAX = 600


def show(made: Planned) -> None:
    """Verdict, meters and reasons, as one element: the reasons last, so that however many they are the figures stand still."""
    st.html(
        f'<div class="mb-figures">{verdict_html(made)}<div class="mb-meters">{"".join(meters(made))}</div>'
        f"{reasons_html(made)}{line_html(made)}</div>"
    )


def verdict_html(made: Planned) -> str:
    """Whether it fits."""
    fits = made.shown.fits
    return (
        f'<div class="mb-verdict mb-{STATES[fits]}" role="status"><div class="mb-said">{SIGNS[fits]} '
        f"{parts.escaped(title(made), TEXT_LENGTH_MAX)}</div></div>"
    )


def reasons_html(made: Planned) -> str:
    """Why not, and what would do; nothing where there is nothing to say."""
    lines = "".join(f"<li>{parts.escaped(in_app(each), TEXT_LENGTH_MAX)}</li>" for each in reasons(made))
    return f'<div class="mb-verdict mb-{STATES[made.shown.fits]}" aria-live="polite"><ul>{lines}</ul></div>' if lines else ""


def line_html(made: Planned) -> str:
    """Size, RAM and verdict in a line, which a phone shows at the foot of the screen as long as the dials fill it."""
    shown = made.shown
    fits = None if made.problem else shown.fits
    words = "may fit" if shown.is_tight else FITS[fits]
    return (
        f'<div class="mb-now mb-{STATES[fits]}" aria-hidden="true">{format_bytes(shown.flash_bytes)} · '
        f"{format_bytes(shown.ram.typical)} RAM · {SIGNS[fits]} {words}</div>"
    )


STATES = {True: "good", False: "bad", None: "plain"}
SIGNS = {True: "✓", False: "✕", None: "–"}
FITS = {True: "fits", False: "does not fit", None: "no limits"}


def title(made: Planned) -> str:
    """The verdict in a sentence."""
    device = made.plan.device
    if made.problem:
        return "These limits cannot be used: the figures stand without a verdict"
    if device is not None and not device.runs(made.variant):
        return f"{device.name} does not run {made.variant}"
    said = verdict(made.plan, made.shown).rstrip(".")
    return said.replace(
        "No budget was given: name a device or a limit to see what fits", "No limits yet: choose a device, or set flash and RAM"
    )


def reasons(made: Planned) -> list[str]:
    """What does not fit, what to look out for, and what would fit."""
    shown = made.shown
    if made.problem:
        return [made.problem]
    said = [check.text for check in shown.checks if not check.fits]
    said += shown.reasons[len(shown.checks) :]
    said += [f"→ {remedy.text}" for remedy in shown.remedies]
    if made.plan.nothing_fits is not None and not shown.remedies:
        said.append(made.plan.nothing_fits.text)
    return said


def meters(made: Planned) -> list[str]:
    """Six figures with the bars of their limits."""
    plan, shown = made.plan, made.shown
    held = {check.resource: check for check in shown.checks}
    band = f"{format_bytes(shown.ram.low)} to {format_bytes(shown.ram.high)}"
    fewer = f"{times_fewer(whole_ratio(plan))} times fewer than with standard convolutions"
    start = "ImageNet weights to start from" if plan.warm_start else "no ImageNet weights for this alpha"
    return [
        meter(f"{made.variant} file", format_bytes(shown.flash_bytes), held.get("flash"), ""),
        meter("Peak RAM", format_bytes(shown.ram.typical), held.get("ram"), band),
        meter(
            "One photo", format_latency(shown.latency.typical if shown.latency else None), held.get("latency"), latency_note(made)
        ),
        parts.meter("Accuracy to expect", format_percent(shown.expected.accuracy), note=expected_note(shown)),
        parts.meter("Mult-adds", format_count(plan.cost.multiply_adds), note=fewer),
        parts.meter("Parameters", format_count(plan.cost.parameters), note=start),
    ]


def meter(label: str, value: str, check: Check | None, note: str) -> str:
    """A figure, held against its limit where there is one."""
    if check is None:
        return parts.meter(label, value, note=note)
    used = check.used / check.limit
    said = f"of {amount(check.resource, check.limit)}, {format_percent(max(check.headroom, 0), 0)} left"
    if not check.fits:
        said = f"{amount(check.resource, check.used - check.limit)} more than {amount(check.resource, check.limit)}"
    state = "" if check.fits else "bad"
    return parts.meter(label, value, share=used, note=f"{said}; {note}" if note else said, state=state)


def latency_note(made: Planned) -> str:
    """The band, or why there is none."""
    device, time = made.plan.device, made.shown.latency
    if time is not None:
        return f"{format_latency(time.low)} to {format_latency(time.high)}"
    if device is None:
        return "choose a device to see it"
    if not device.runs(made.variant):
        return "it does not run there"
    return why_unknown(device, made.variant) or "nobody published it"


def expected_note(shown: VariantPlan) -> str:
    """What the accuracy rests on, and what this design's own build reached."""
    said = prior_words(shown.expected)
    if shown.expected.own is not None:
        said += f"; your build: {format_percent(shown.expected.own.accuracy)} on {shown.expected.own.photos:,} test photos"
    return said


def files(made: Planned) -> None:
    """Every precision in a row: size, RAM, time, accuracy, whether it fits."""
    largest = max(each.flash_bytes for each in made.plan.variants.values())
    rows = "".join(row(made, each, each.flash_bytes / largest) for each in made.plan.variants.values())
    heads = "".join(f"<th>{each}</th>" for each in ("Precision", "File size", "Peak RAM", "One photo", "Accuracy", "Verdict"))
    st.html(f'<table class="mb-files"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')


def row(made: Planned, each: VariantPlan, part: float) -> str:
    """One precision."""
    device = made.plan.device
    runs = device is None or device.runs(each.variant)
    word, state = {True: ("fits", "good"), False: ("too large", "bad"), None: (UNKNOWN, "plain")}[each.fits]
    word, state = (word, state) if runs else ("does not run", "plain")
    word = "may fit" if each.is_tight else word
    bar = f'<div class="mb-track"><div class="mb-fill mb-good" style="width:{100 * part:.1f}%"></div></div>'
    cells = (
        f"{format_bytes(each.flash_bytes)}{bar}",
        format_bytes(each.ram.typical) if runs else UNKNOWN,
        format_latency(each.latency.typical if each.latency else None),
        format_percent(each.expected.accuracy),
        f'<span class="mb-tag mb-{state}">{word}</span>',
    )
    looked_at = ' class="mb-shown" aria-current="true"' if each.variant == made.variant else ""
    return f"<tr{looked_at}><th>{each.variant}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
