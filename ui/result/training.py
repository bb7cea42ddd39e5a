"""How training went: accuracy and loss by epoch."""

from __future__ import annotations

import streamlit as st

from builder.formats import format_percent, format_rate
from builder.report import BuildReport, findings
from ui import curves, parts
from ui.wording import in_app


def show(report: BuildReport) -> None:
    """Both curves, and a line about where the weights came from."""
    trained = report.training
    history = [record for record in trained.history if record.epoch >= 1]
    st.write(parts.literal(in_app(findings.first_weights(report)), 1000))
    if not history or not findings.is_trained(report):
        st.info("Nothing was trained.", icon=":material/info:")
        return
    curves.show(history, best=trained.best_epoch)
    kept = f"The weights of epoch {trained.best_epoch} of {trained.epochs} were kept. " if trained.best_epoch else ""
    validation = format_percent(report.measured.keras.val_accuracy)
    speed = f" {format_rate(trained.images_per_second)} photos/s on {trained.device or 'cpu'}." if trained.images_per_second else ""
    st.caption(parts.literal(f"{kept}Validation accuracy: {validation}.{speed}", 300))
