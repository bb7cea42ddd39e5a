"""What a matrix has to say besides its figures: what failed, what was not kept, which layers were left alone, the settings."""

from __future__ import annotations

import streamlit as st

from builder.matrix import Matrix, findings
from builder.report.findings import grouped
from ui import parts
from ui.result.tables import table


def show(matrix: Matrix) -> None:
    """Failures in sight, the rest folded away."""
    for sentence in findings.failures(matrix):
        parts.caution(f"No file: {sentence}")
    failed = [(file.file, check) for _, file in findings.failed_checks(matrix) for check in file.failed]
    for sentence in grouped(failed):
        parts.caution(f"A check failed. {sentence}")
    with st.expander("What was not kept, layers left alone, settings"):
        bullets("Wanted, and not in the file's bytes", findings.not_kept(matrix), "All that was wanted of each layer is there.")
        alone = [findings.alone_text(each) for each in findings.left_alone(matrix)]
        bullets("Layers that a technique leaves alone", alone, "None.")
        rows = findings.settings(matrix)
        if rows:
            table("Settings", ("Techniques", "Settings"), rows)
        if matrix.machine:
            st.caption(parts.literal(f"Measured on {matrix.machine}.", 300))


def bullets(title: str, sentences: list[str], otherwise: str) -> None:
    """A list, or what stands in its place."""
    st.markdown(f"**{title}**")
    st.markdown("\n".join(f"- {parts.literal(sentence, 1000)}" for sentence in sentences) or otherwise)
