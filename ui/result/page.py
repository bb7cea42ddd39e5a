"""The page's pieces in their order."""

from __future__ import annotations

import streamlit as st

from builder.errors import BuilderError
from builder.report import findings
from ui import finished, navigation, parts, session
from ui.compress import section, verdict
from ui.finished import Finished
from ui.result import aim, classes, downloads, figures, photos, training

TABS = ("Files", "Compress", "Photos", "Classes", "Training", "Notes")
OPEN = "result-tab"
PURPOSE = "A build that is done shows here how good its files are, what they get wrong, and lets you download them."


def show() -> None:
    """The whole page below its title."""
    build = finished.chosen(PURPOSE)
    if build is None:
        return
    try:
        show_build(build)
    except (OSError, BuilderError) as error:  # its folder may be deleted while it is shown
        parts.problem(error)


def show_build(build: Finished) -> None:
    """One finished build."""
    report = build.report
    st.subheader(parts.literal(build.title), anchor=False)
    st.markdown(f"**{parts.literal(findings.verdict(report, build.hero), 500)}**")
    for doubt in findings.doubts(report, build.hero):
        parts.caution(doubt)
    for failure in findings.grouped(report.failed_checks):
        parts.caution(f"A check failed. {failure}")
    aim.show(build)
    verdict.show(build)
    figures.meters(build)
    downloads.show(build)
    actions(build)
    files, compressed, pictures, by_class, epochs, notes = st.tabs(
        list(TABS), key=OPEN
    )  # a key: it stays open, whatever comes above
    with files:
        figures.files(build)
        figures.predicted(build)
    with compressed:
        section.show(build)
    with pictures:
        photos.show(build)
    with by_class:
        classes.show(report)
    with epochs:
        training.show(report)
    with notes:
        figures.notes(report)


def actions(build: Finished) -> None:
    """Where to go from here."""
    with st.container(horizontal=True):
        if st.button("Try it on a photo", icon=navigation.ICONS["try"], key="result-try"):
            navigation.go("try", build=build.run.id)
        if st.button("Use these dials again", icon=navigation.ICONS["design"], key="result-dials"):
            config = build.report.config
            session.change(build=build.run.id)
            navigation.go(
                "design",
                alpha=config["alpha"],
                resolution=config["resolution"],
                grayscale=config["channels"] == 1,
                classes=len(build.report.labels),
                data=config["data"],
            )
