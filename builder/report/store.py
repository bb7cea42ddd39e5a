"""Puts a report into its build's folder."""

from __future__ import annotations

from pathlib import Path

from builder.report.html import to_html
from builder.report.json_file import report_text
from builder.report.model import BuildReport
from builder.runs import REPORT, write_atomically


def write_report(report: BuildReport, folder: Path) -> None:
    """Writes report.html, then report.json, whose presence means that the build is done.

    Raises:
        StorageError: the folder cannot be written or the disk is full; then there is no report.json.
    """
    page, text = to_html(report), report_text(report)
    write_atomically(folder / "report.html", page)
    write_atomically(folder / REPORT, text)
