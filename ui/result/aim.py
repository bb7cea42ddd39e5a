"""A build's files held against what it is for: whether the device's file fits there, as measured, and what was expected of it."""

from __future__ import annotations

import streamlit as st

from builder.errors import BuilderError
from builder.formats import format_latency, format_percent
from builder.planner.ram import on_microcontroller
from builder.planner.verdict import NAMES, Check, amount
from builder.report import VariantMeasure, findings
from builder.target import Target
from ui import parts
from ui.finished import Finished

PRIOR = "ImageNet prior"


def show(build: Finished) -> None:
    """One line: the device, and what of it the file takes; nothing where nobody said what the build is for."""
    target, name = build.target, build.hero
    if target is None or name is None:
        return
    if target.variant and target.variant != name:
        parts.caution(f"The file for {called(target)}, {target.variant}.tflite, was not made: export it as well. Shown is {name}.")
        return
    made = build.report.measured.variants[name]
    try:
        checks, rest = target.held(name, made), unheld(target, name, made)
    except BuilderError as error:
        parts.caution(f"It was built for {called(target)}. {error}")
        return
    line = (
        f"Built for {called(target)}: {', '.join([*map(part, checks), *rest])}" if checks or rest else f"Built for {called(target)}"
    )
    if any(not check.fits for check in checks):
        over = [check for check in checks if not check.fits]
        much = " and ".join(f"{amount(each.resource, each.used - each.limit)} of {NAMES[each.resource]}" for each in over)
        st.error(parts.literal(f"{line}. Too large by {much}.", 500), icon=":material/close:")
    elif checks:
        kernels = "" if not made.arena_bytes else " RAM is that of reference kernels; the device's own may take more."
        st.success(parts.literal(f"{line}. It fits.{kernels}", 500), icon=":material/check_circle:")
    else:
        st.info(parts.literal(f"{line}.", 500), icon=":material/info:")


def called(target: Target) -> str:
    """The device, or what stands in its place."""
    return target.device or "a budget of its own"


def part(check: Check) -> str:
    """Such as `131.5 KiB of 512.0 KiB RAM`; what is reserved is taken off."""
    return f"{amount(check.resource, check.used)} of {amount(check.resource, check.limit)} {NAMES[check.resource]}"


def unheld(target: Target, name: str, made: VariantMeasure) -> list[str]:
    """Limits that no figure can be held against."""
    budget, found = target.budget(), []
    if budget.model_ram_bytes is not None and on_microcontroller(budget.device, name) and not made.arena_bytes:
        found.append("RAM not measured")
    if target.latency_ms is not None:
        found.append(f"the limit of {format_latency(target.latency_ms)} to be measured there")
    return found


def shares(build: Finished) -> dict[str, float]:
    """The part of the target's flash and RAM that the file takes, where both are known."""
    if build.target is None or build.hero is None or build.target.variant not in ("", build.hero):
        return {}
    try:
        checks = build.target.held(build.hero, build.report.measured.variants[build.hero])
    except BuilderError:
        return {}
    return {check.resource: check.used / check.limit for check in checks}


def accuracy(build: Finished) -> list[tuple[str, str, str, str]]:
    """The accuracy that was expected beside the one that was measured, as a row; of other photos, so there is no error to tell."""
    expected = expected_accuracy(build)
    if expected is None or build.hero is None:
        return []
    measured = format_percent(findings.headline(build.report, build.hero))
    return [(f"{build.hero}: accuracy", f"{format_percent(expected)} ({PRIOR})", f"{measured} (test photos)", "not comparable")]


def expected_accuracy(build: Finished) -> float | None:
    """On ImageNet, a share: as the plan of the build has it, or as the target."""
    planned = build.report.predicted.get("variants")
    values = planned.get(build.hero) if isinstance(planned, dict) else None
    values = values if isinstance(values, dict) else {}
    value = values.get("expected_accuracy")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if values.get("measured") else float(value)
    return build.target.expected_accuracy if build.target else None
