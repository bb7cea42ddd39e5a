"""Which techniques are run on a finished build, how much they compress, and what the gate allows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from builder import launch
from builder.compress.settings import Compression
from builder.config import GateSettings
from builder.errors import BuilderError
from builder.formats import counted
from builder.gate import Gate
from builder.lab import Request
from builder.matrix import Matrix, shelf
from ui import kept, parts, working
from ui.finished import Finished
from ui.wording import in_app
from ui.working import Begin

PLANS = {
    "quick": "Quick: nothing is trained",
    "gate": "Until one passes the gate",
    "everything": "Everything",
    "some": "Choose",
}
TRAINED = [name for name in shelf.NAMES if name not in shelf.POST_TRAINING]
EXPLAINED = {
    "quick": f"{len(shelf.POST_TRAINING)} techniques that only round numbers: a minute or so where the network is small.",
    "gate": f"Up to {len(shelf.LADDER)} techniques, the cheapest first; it ends with the first whose file passes the limits.",
    "everything": f"{len(shelf.NAMES)} techniques, {len(TRAINED)} of them with a fine-tune: as long as several trainings.",
}
AMOUNTS: dict[str, Any] = {"sparsity": 0.5, "clusters": 16, "epochs": None, "calibration_photos": None, "force": False}


def show(build: Finished, matrix: Matrix | None) -> None:
    """The choice, the settings, the buttons."""
    run, place = build.run, place_of(build)
    limits = limits_of(build, matrix)
    st.markdown("#### Make more files of this build")
    plan = st.segmented_control(
        "Techniques", list(PLANS), format_func=PLANS.__getitem__, required=True, key=kept.key(place, "plan", "quick")
    )
    if plan == "some":
        chosen = st.multiselect(
            "Which ones",
            list(shelf.NAMES),
            format_func=lambda name: shelf.title_of(name) if name in shelf.NAMES else name,
            key=kept.key(place, "techniques", ["qat"]),
        )
        st.caption(parts.literal(needed_words(chosen), 500))
    else:
        st.caption(EXPLAINED[plan or "quick"])
    with st.expander("Limits of the gate, and how much is compressed", icon=":material/tune:"):
        gate_fields(place, limits)
        amount_fields(place)
    problem = ""
    try:
        request(place, limits)
    except BuilderError as error:
        problem = in_app(str(error))

    def make() -> Begin:
        asked = request(place, limits)
        return lambda emit: launch.compress(run, asked, emit=emit)

    if problem:
        parts.problem(problem)
    working.show(run, "compress", "Run them", make, disabled=bool(problem))


def place_of(build: Finished) -> str:
    """Where the values of this build's widgets are kept."""
    return f"compress-{build.run.id}"


def limits_of(build: Finished, matrix: Matrix | None) -> Gate:
    """The limits to begin with: of the matrix that there is, else of the build."""
    if matrix is not None:
        return matrix.gate
    if build.report.gate is not None:
        return build.report.gate.limits
    try:
        return GateSettings(**build.report.config.get("gate", {})).limits
    except (BuilderError, TypeError, ValueError):  # a report of an older builder, or a damaged one
        return Gate()


def gate_fields(place: str, limits: Gate) -> None:
    """What a file may lose and weigh."""
    left, right = st.columns(2)
    with left:
        st.number_input(
            "Points of accuracy that a file may lose", min_value=0.0, max_value=100.0, step=0.5, format="%g",
            key=kept.key(place, "max_drop", float(limits.max_drop)),
        )  # fmt: skip
        st.number_input(
            "Points that one class may lose", min_value=0.0, max_value=100.0, step=0.5, format="%g",
            key=kept.key(place, "max_class_drop", float(limits.max_class_drop)), help="They count from three lost photos on.",
        )  # fmt: skip
    with right:
        st.text_input(
            "Largest file in flash",
            key=kept.key(place, "max_flash", size_text(limits.max_flash_bytes)),
            placeholder="no limit, else such as 300KiB",
        )
        st.text_input(
            "Largest download",
            key=kept.key(place, "max_gzip", size_text(limits.max_gzip_bytes)),
            placeholder="no limit, else such as 150KiB",
            help="The file compressed by gzip.",
        )
    st.caption("Files that are there already are judged anew by these limits, and not made again.")


def amount_fields(place: str) -> None:
    """How much pruning, clustering and calibration take."""
    left, right = st.columns(2)
    with left:
        st.slider(
            "Sparsity: share of zeros that pruning makes", min_value=0.0, max_value=0.95, step=0.05,
            key=kept.key(place, "sparsity", AMOUNTS["sparsity"]),
        )  # fmt: skip
        st.number_input(
            "Clusters: distinct values that clustering leaves", min_value=2, max_value=256, step=1,
            key=kept.key(place, "clusters", AMOUNTS["clusters"]),
        )  # fmt: skip
    with right:
        st.number_input(
            "Epochs of each fine-tune", min_value=1, max_value=10_000, step=1, placeholder="by the technique and the photos",
            key=kept.key(place, "epochs", AMOUNTS["epochs"]),
        )  # fmt: skip
        st.number_input(
            "Calibration photos of int8", min_value=1, max_value=1_000_000, step=100, placeholder=f"{shelf.CALIBRATION_PHOTOS}",
            key=kept.key(place, "calibration_photos", AMOUNTS["calibration_photos"]),
        )  # fmt: skip
    st.checkbox("Do again what is done already", key=kept.key(place, "force", AMOUNTS["force"]))


def request(place: str, limits: Gate) -> Request:
    """What the page asks for now.

    Raises:
        BuilderError: a limit or an amount that is refused; nothing was chosen.
    """
    plan = kept.value(place, "plan", "quick")
    amounts = {name: kept.value(place, name, AMOUNTS[name]) for name in ("sparsity", "clusters", "epochs")}
    techniques = {
        "quick": tuple(shelf.POST_TRAINING),
        "gate": shelf.LADDER,
        "everything": shelf.NAMES,
        "some": tuple(kept.value(place, "techniques", ["qat"])),
    }[plan]
    if not techniques:
        raise BuilderError("Choose at least one technique.")
    return Request(
        techniques=techniques,
        compression=Compression(**amounts),
        gate=Gate.of(
            kept.value(place, "max_drop", limits.max_drop),
            kept.value(place, "max_class_drop", limits.max_class_drop),
            str(kept.value(place, "max_flash", size_text(limits.max_flash_bytes))).strip() or None,
            str(kept.value(place, "max_gzip", size_text(limits.max_gzip_bytes))).strip() or None,
        ),
        calibration_photos=kept.value(place, "calibration_photos", None),
        ladder=plan == "gate",
        force=bool(kept.value(place, "force", False)),
    )


def needed_words(chosen: list[str]) -> str:
    """Which techniques are made besides, since others start from them."""
    if not chosen:
        return "Choose at least one."
    more = [name for name in shelf.in_order(chosen) if name not in chosen]
    trained = counted(sum(name in TRAINED for name in (*chosen, *more)), "fine-tune")
    also = f" Made as well, since others start from them: {', '.join(map(shelf.title_of, more))}." if more else ""
    return f"{trained[0].upper()}{trained[1:]}.{also}"


def size_text(size: int | None) -> str:
    """A size as its field takes it."""
    if size is None:
        return ""
    return f"{size // 1024}KiB" if size % 1024 == 0 else str(size)
