"""A build's figures: the file to take, every file beside the others, predicted beside measured."""

from __future__ import annotations

import streamlit as st

from builder.formats import counted, format_bytes, format_duration, format_latency, format_percent, format_points
from builder.report import BuildReport, VariantMeasure, findings
from ui import parts
from ui.finished import Finished
from ui.result import aim
from ui.result.tables import table

# What each variant is for, in a few words.
USES = {
    "float32": "full precision",
    "float16": "half the size, for GPUs",
    "dynamic": "int8 weights, float input",
    "int8": "phones and Linux boards",
    "int8_micro": "microcontrollers",
}
STATES = {"passed": "passed", "failed": "failed", "skipped": "not made"}


def meters(build: Finished) -> None:
    """The file to take in four figures, size and RAM as parts of the target's."""
    report, name = build.report, build.hero
    shares = aim.shares(build)
    made = report.measured.variants.get(name) if name else None
    accuracy = findings.headline(report, name)
    interval = findings.interval95(accuracy, report.measured.keras.images)
    shown = [parts.meter("Accuracy on test photos", format_percent(accuracy), note=findings.sure(interval))]
    if made is not None and name is not None:
        shown.append(parts.meter("Size", format_bytes(made.flash_bytes), share=shares.get("flash"), note=made.file))
        threads = f"one photo, {made.latency_threads or 1} thread{'s' if (made.latency_threads or 1) > 1 else ''}"
        shown.append(parts.meter("Latency on this machine", format_latency(made.latency_ms), note=threads))
        shown.append(arena(report, name, shares.get("ram")))
    took = format_duration(report.build.took)
    shown.append(parts.meter("The build took", took, note=counted(len(report.training.history), "epoch")))
    parts.meters(*(each for each in shown if each))


def arena(report: BuildReport, hero: str, share: float | None) -> str:
    """TFLite Micro's arena, of the microcontrollers' file where that is not the target's; empty where no file has an arena."""
    variants = report.measured.variants
    for name in dict.fromkeys((*([hero] if share is not None else []), "int8_micro", *variants)):
        made = variants.get(name)
        if made is not None and made.arena_bytes:
            return parts.meter("RAM of TFLite Micro", format_bytes(made.arena_bytes), share=share, note=f"arena of {name}")
    return ""


def files(build: Finished) -> None:
    """Every file beside the trained network, then its checks."""
    report, hero = build.report, build.hero
    keras = report.measured.keras
    rows: list[tuple[str, ...]] = [("Trained network", format_percent(keras.accuracy), *["–"] * 6, "before export")]
    names = list(report.measured.variants)
    rows.extend(row(report, name) for name in names)
    head = ("File", "Accuracy", "Points", "Labels changed", "Size", "Latency", "Arena", "Checks", "For")
    images = counted(keras.images, "test photo")
    strong = names.index(hero) + 1 if hero in names else None
    table(f"Every file, measured from its bytes on {images}", head, rows, strong=strong)
    st.caption(
        "Points: accuracy gained (+) or lost (−) against the trained network. Labels changed: test photos that the file names "
        "otherwise than the network. Latency: one photo on this machine. Arena: TFLite Micro, reference kernels."
    )
    with st.expander("All checks, and why some were not made"):
        lines = [
            (name, findings.check_title(check), STATES[check.state], check.reason)
            for name, made in report.measured.variants.items()
            for check in made.checks
        ]
        table("Checks of each file", ("File", "Check", "State", "What was found"), lines)
        reasons = [(name, made.arena_reason) for name, made in report.measured.variants.items() if made.arena_reason]
        if reasons:
            table("Files without an arena", ("File", "Why"), reasons)


def row(report: BuildReport, name: str) -> tuple[str, ...]:
    """One file."""
    made = report.measured.variants[name]
    return (
        name,
        format_percent(made.accuracy),
        format_points(findings.drop(report, made)),
        "–" if made.label_flips is None else f"{made.label_flips:,}",
        format_bytes(made.flash_bytes),
        format_latency(made.latency_ms),
        format_bytes(made.arena_bytes),
        checks_in_short(made),
        USES.get(name, ""),
    )


def checks_in_short(made: VariantMeasure) -> str:
    """How many checks passed, failed, were not made."""
    passed = sum(check.state == "passed" for check in made.checks)
    words = [f"{passed} passed"]
    if made.failed:
        words.append(f"{len(made.failed)} failed")
    if made.skipped:
        words.append(f"{len(made.skipped)} not made")
    return ", ".join(words)


def predicted(build: Finished) -> None:
    """What was known before training, beside what came out."""
    compared = findings.comparisons(build.report, build.hero)
    rows = [*aim.accuracy(build), *((each.quantity, each.predicted, each.measured, each.error) for each in compared)]
    table("Predicted before training, measured afterwards", ("Quantity", "Predicted", "Measured", "Error"), rows)


def notes(report: BuildReport) -> None:
    """Warnings, notes, photos that were skipped, and what it was built with."""
    for warning in report.warnings:
        parts.caution(warning)
    lines = "\n".join(f"- {parts.literal(note, 500)}" for note in report.all_notes())
    st.markdown(lines or "There is nothing to note.")
    if report.dataset.bad:
        bad = [(photo.name, photo.reason) for photo in report.dataset.bad[:100]]
        table(f"{counted(len(report.dataset.bad), 'photo was', 'photos were')} skipped", ("Photo", "Why"), bad)
    with st.expander("Settings, machine, versions"):
        table("Settings", ("Setting", "Value"), findings.settings_rows(report.config))
        table("Built with", ("Package", "Version"), report.versions.items())
        machine = report.machine
        st.caption(parts.literal(f"{machine.cpu}, {machine.cores} cores, {machine.os}. {', '.join(machine.gpus)}", 300))
