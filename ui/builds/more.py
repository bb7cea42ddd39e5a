"""More of a finished build: int8 calibrated on another number of photos, and the same weights at other resolutions."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from builder import launch, listing
from builder.architecture import RESOLUTION_MAX, RESOLUTION_MIN
from builder.config import VARIANTS, GateSettings
from builder.errors import BuilderError, ConfigError
from builder.formats import format_bytes, format_count, format_latency, format_percent, format_points
from builder.gate import Gate
from builder.lab import Request
from builder.listing import Row
from builder.matrix import Matrix, findings, shelf
from builder.report import BuildReport
from builder.resolutions import Resolutions, read_resolutions, resolutions_path
from builder.resolutions import Row as AtResolution
from builder.runs import Run
from ui import finished, kept, parts, working
from ui.compress import results, shelved
from ui.result import downloads
from ui.result.tables import table
from ui.working import Begin

OFFERED = (32, 48, 64, 80, 96, 112, 128, 160, 192, 224)
HEAD = ("Resolution", "rho", "Accuracy", "Points", "Size", "Arena", "Arena predicted", "Mult-adds", "Latency")


def show(row: Row) -> None:
    """Both, folded away."""
    try:
        report = finished.report_of(row.run.report_path, listing.stamp(row.run.report_path))
    except BuilderError as error:  # it may be deleted while it is shown
        parts.problem(error)
        return
    with st.expander("Re-quantize: int8 with other calibration photos", icon=":material/compress:"):
        requantize(row.run, report)
    with st.expander("Export at another resolution, without training", icon=":material/aspect_ratio:"):
        resize(row.run, report)


# int8 with another number of calibration photos.


def requantize(run: Run, report: BuildReport) -> None:
    """How many photos, the button, and int8 before and after."""
    place = f"requantize-{run.id}"
    most = max(1, report.dataset.used)
    st.number_input(
        "Training photos that the value ranges of int8 are measured on", min_value=1, max_value=max(most, 1_000_000), step=100,
        key=kept.key(place, "photos", shelf.MORE_CALIBRATION_PHOTOS),
        help=f"A build takes {shelf.CALIBRATION_PHOTOS}. Where there are fewer, all of them are taken.",
    )  # fmt: skip

    def make() -> Begin:
        count = int(kept.value(place, "photos", shelf.MORE_CALIBRATION_PHOTOS))
        asked = Request(("int8",), gate=limits_of(run, report), calibration_photos=count)
        return lambda emit: launch.compress(run, asked, emit=emit)

    working.show(run, "compress", "Re-quantize", make)
    try:
        matrix = shelved.matrix_of(run)
    except BuilderError as error:
        parts.problem(error)
        return
    quantized(run, report, matrix)


def limits_of(run: Run, report: BuildReport) -> Gate:
    """The limits that files of this build were held against before."""
    try:
        matrix = shelved.matrix_of(run)
        return matrix.gate if matrix is not None else GateSettings(**report.config.get("gate", {})).limits
    except (BuilderError, TypeError, ValueError):
        return Gate()


def quantized(run: Run, report: BuildReport, matrix: Matrix | None) -> None:
    """int8 as the build made it, and as it is on the shelf."""
    lines = []
    made = report.measured.variants.get("int8") or report.measured.variants.get("int8_micro")
    if made is not None:
        drop = None if made.accuracy is None else made.accuracy - report.measured.keras.accuracy
        figures = (format_percent(made.accuracy), format_points(drop), format_bytes(made.flash_bytes))
        lines.append(("of the build", f"{shelf.CALIBRATION_PHOTOS}", *figures, "–"))
    again = None if matrix is None else matrix.row("int8")
    if matrix is not None and again is not None:
        lines.append(
            (
                "made last", str(again.settings.get("calibration_photos", "–")), format_percent(again.accuracy),
                findings.points(again), format_bytes(results.size_of(again)), findings.gate_text(again),
            )
        )  # fmt: skip
    if lines:
        table("int8", ("File", "Calibration photos", "Accuracy", "Points", "Size", "Gate"), lines)
    if again is not None:
        results.buttons(run, again, key="requantized")


# Other resolutions.


def resize(run: Run, report: BuildReport) -> None:
    """Which resolutions and files, the button, what came of it."""
    place, own = f"resize-{run.id}", int(report.config.get("resolution", 0))
    st.caption(
        f"The same weights at other sizes of photo: RAM and compute go with its square, the file's size stays. Accuracy falls "
        f"off away from the {own} px of the training."
    )
    left, right = st.columns(2)
    with left:
        st.multiselect(
            "Resolutions, px", [str(each) for each in OFFERED if each != own], accept_new_options=True,
            placeholder=f"choose, or type any from {RESOLUTION_MIN} to {RESOLUTION_MAX}", key=kept.key(place, "resolutions", []),
        )  # fmt: skip
    with right:
        mine = [name for name in VARIANTS if name in report.measured.variants] or list(VARIANTS)
        st.multiselect("Files", list(VARIANTS), key=kept.key(place, "variants", mine))
    problem = ""
    try:
        asked(place, own)
    except BuilderError as error:
        problem = str(error)

    def make() -> Begin:
        resolutions, variants = asked(place, own), list(kept.value(place, "variants", mine))
        return lambda emit: launch.export(run, resolutions, variants or None, emit=emit)

    if problem:
        parts.problem(problem)
    chosen = bool(kept.value(place, "resolutions", [])) and not problem
    working.show(run, "export", "Export", make, disabled=not chosen)
    try:
        made = read_resolutions(run.folder)
    except BuilderError as error:
        parts.problem(error)
        return
    if made is not None and made.others:
        sizes(run, made)


def asked(place: str, own: int) -> list[int]:
    """The resolutions that were chosen or typed.

    Raises:
        ConfigError: one is no resolution.
    """
    found = []
    for text in kept.value(place, "resolutions", []):
        digits = str(text).strip().lower().removesuffix("px").strip()
        if not digits.isascii() or not digits.isdigit() or not RESOLUTION_MIN <= int(digits[:9]) <= RESOLUTION_MAX:
            raise ConfigError(
                f"{str(text)[:40]} is no resolution: give a number of pixels from {RESOLUTION_MIN} to {RESOLUTION_MAX}."
            )
        if int(digits) == own:
            raise ConfigError(f"{own} px is the build's own resolution: its files are on the Result page.")
        found.append(int(digits))
    return found


def sizes(run: Run, made: Resolutions) -> None:
    """The table of resolutions, and the files of one."""
    shown = made.shown or ""
    own = [number for number, row in enumerate(made.rows) if row.resolution == made.trained_at]
    caption = f"{shown}.tflite at each resolution"
    table(caption, HEAD, [cells(made, row, shown) for row in made.rows], strong=own[0] if own else None)
    st.caption(
        f"Measured on the same {made.test_photos:,} test photos. Points: accuracy won (+) or lost (−) against the resolution of "
        "the training. Arena: TFLite Micro, of int8_micro."
    )
    failed = [f"{file}: {check.name}. {check.reason}" for row in made.rows for file, check in row.failed_checks]
    for sentence in failed:
        parts.caution(f"A check failed. {sentence}")
    others: Sequence[AtResolution] = made.others
    by_size = {str(row.resolution): row for row in others}
    size = st.selectbox("Files at", list(by_size), format_func=lambda each: f"{each} px", key=f"resize-files-{run.id}")
    if size not in by_size:
        return
    with st.container(horizontal=True):
        for variant, file in by_size[size].files.items():
            path = resolutions_path(run.folder).parent / size / f"{variant}.tflite"
            if finished.is_verified(path, file.measured.sha256):
                downloads.button(
                    f"{path.name} ({format_bytes(file.measured.flash_bytes)})", f"{size}px-{path.name}",
                    downloads.verified(path, file.measured.sha256), downloads.MODEL, key=f"resized-{variant}",
                )  # fmt: skip
            else:
                parts.caution(f"{path.name} at {size} px is missing or no longer the file that was measured. Export it again.")


def cells(made: Resolutions, row: AtResolution, shown: str) -> tuple[str, ...]:
    """A resolution's line."""
    own = row.resolution == made.trained_at
    found = row.files.get(shown)
    measure = None if found is None else found.measured
    micro = row.files.get("int8_micro")
    predicted = micro.predicted.arena_bytes if micro is not None and micro.predicted is not None else None
    points = format_points(None if found is None or found.drop is None else -found.drop)
    return (
        f"{row.resolution} px" + (", trained" if own else ""),
        f"{row.rho:.3g}",
        format_percent(measure.accuracy if measure else None),
        "" if own else points,
        format_bytes(measure.flash_bytes if measure else None),
        format_bytes(row.arena_bytes),
        format_bytes(predicted),
        format_count(measure.multiply_adds if measure else None),
        format_latency(measure.latency_ms if measure else None),
    )
