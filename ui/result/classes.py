"""Class by class: the worst first, and what is taken for what."""

from __future__ import annotations

import streamlit as st

from builder.formats import format_percent
from builder.report import BuildReport, charts, findings
from ui.charts import specification
from ui.result.tables import table

ROWS_MAX = 200
WORST = 5


def show(report: BuildReport) -> None:
    """The confusion matrix, the worst classes, all classes."""
    confusion = report.measured.keras.confusion
    left, right = st.columns(2)
    with left:
        if 2 <= len(confusion) <= charts.MATRIX_CLASSES_MAX:
            st.markdown("**Confusion matrix of the trained network**")
            drawing = charts.matrix(confusion, report.labels)
            side = min(charts.MATRIX_SIDE, 90 * len(confusion))
            spec = specification(drawing, view={"fill": "transparent"}, height=side)
            st.vega_lite_chart(spec=spec, theme=None, width="stretch", key="result-confusion", alt=words(report))
        elif confusion:
            st.info(f"A matrix of {len(confusion):,} classes would say nothing; the pairs beside it do.")
    with right:
        pairs = [
            (pair.true, pair.predicted, f"{pair.photos:,}", format_percent(pair.share)) for pair in findings.confused_pairs(report)
        ]
        if pairs:
            table("Confused most often", ("Is", "Taken for", "Photos", "Of the class"), pairs)
        else:
            st.success("No test photo was taken for another class.", icon=":material/check_circle:")
    rows = findings.class_rows(report)
    head = ("Class", "Accuracy", "Taken for", "Train", "Validation", "Test")
    lines = [
        (row.name, format_percent(row.accuracy), row.mistaken_for, f"{row.train:,}", f"{row.validation:,}", f"{row.test:,}")
        for row in rows[:ROWS_MAX]
    ]
    table("Worst classes", head, lines[:WORST])
    if len(lines) > WORST:
        with st.expander(f"All {len(rows):,} classes"):
            table("All classes, the worst first", head, lines)


def words(report: BuildReport) -> str:
    """The matrix for those who do not see it."""
    confusion = report.measured.keras.confusion
    wrong = sum(sum(row) for row in confusion) - sum(row[number] for number, row in enumerate(confusion))
    return (
        f"Confusion matrix of {len(confusion)} classes: {wrong:,} test photos are off the diagonal. The pairs are listed beside it."
    )
