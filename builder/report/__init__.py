"""What a build found out, and its faces: report.json, report.html, Markdown."""

from __future__ import annotations

from builder.report.html import render_html as render_html
from builder.report.json_file import from_json as from_json
from builder.report.json_file import read_report as read_report
from builder.report.json_file import report_text as report_text
from builder.report.markdown import to_markdown as to_markdown
from builder.report.model import BuildInfo as BuildInfo
from builder.report.model import BuildReport as BuildReport
from builder.report.model import Check as Check
from builder.report.model import DatasetSummary as DatasetSummary
from builder.report.model import EpochRecord as EpochRecord
from builder.report.model import GateFinding as GateFinding
from builder.report.model import KerasScores as KerasScores
from builder.report.model import Machine as Machine
from builder.report.model import Measured as Measured
from builder.report.model import SkippedPhoto as SkippedPhoto
from builder.report.model import TrainingSummary as TrainingSummary
from builder.report.model import VariantMeasure as VariantMeasure
from builder.report.model import WarmStartSummary as WarmStartSummary
from builder.report.surroundings import package_versions as package_versions
from builder.report.surroundings import this_machine as this_machine
