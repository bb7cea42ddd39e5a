"""report.html: one file that needs nothing else, no network and no script, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import formats
from builder.report import charts, findings
from builder.report.model import BuildReport

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates"
NAME_LENGTH_MAX = 80
CLASSES_SHOWN = 20  # the rest is folded away
BAD_SHOWN = 20
LISTED_MAX = 2000  # rows of any list: a browser lays out no more with ease; report.json has all


def render_html(report: BuildReport) -> str:
    """The report as one HTML page.

    Every name in it (classes, files, settings) is escaped. Charts are left out, and the page says why, where they cannot be
    drawn: a build is not lost for a picture.
    """
    drawn, problem = draw(report)
    page: str = environment().get_template("report.html.j2").render(page_values(report, drawn, problem))
    return page


def draw(report: BuildReport) -> tuple[dict[str, charts.Chart], str]:
    """The charts, or the reason why there are none."""
    try:
        return charts.charts_of(report), ""
    except (ImportError, OSError, ValueError) as error:
        return {}, formats.printable(f"{type(error).__name__}: {error}", 300)


def environment() -> Environment:
    """Jinja with everything escaped and an error for every unknown name."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "bytes": unbroken(formats.format_bytes),
        "count": unbroken(formats.format_count),
        "duration": unbroken(formats.format_duration),
        "percent": unbroken(formats.format_percent),
        "points": formats.format_points,
        "latency": unbroken(formats.format_latency),
        "rate": formats.format_rate,
        "loss": formats.format_loss,
        "title": findings.check_title,
        "name": shown_name,
        "line": formats.printable,
        "moment": moment,
    }
    return made


def unbroken(form: Callable[[float | None], str]) -> Callable[[float | None], str]:
    """A format whose figure and unit stay on one line."""
    return lambda value: form(value).replace(" ", "\u00a0")


def page_values(report: BuildReport, drawn: dict[str, charts.Chart], problem: str) -> dict[str, Any]:
    """What the template needs: the report itself and what `findings` makes of it."""
    hero = report.hero
    best = report.measured.variants.get(hero) if hero else None
    accuracy = findings.headline(report)
    rows = findings.class_rows(report)
    return {
        "report": report,
        "hero": hero,
        "best": best,
        "accuracy": accuracy,
        "interval": findings.interval95(accuracy, report.measured.keras.images),
        "first_weights": findings.first_weights(report),
        "verdict": findings.verdict(report),
        "gate": findings.gate_sentence(report),
        "doubts": findings.doubts(report),
        "failures": findings.grouped(report.failed_checks),
        "largest_bytes": max((made.flash_bytes for made in report.measured.variants.values()), default=1),
        "drops": {name: findings.drop(report, made) for name, made in report.measured.variants.items()},
        "comparisons": findings.comparisons(report),
        "class_rows": rows[:LISTED_MAX],
        "classes_shown": CLASSES_SHOWN,
        "pairs": findings.confused_pairs(report),
        "bad_shown": BAD_SHOWN,
        "listed_max": LISTED_MAX,
        "settings": findings.settings_rows(report.config),
        "matrix_classes_max": charts.MATRIX_CLASSES_MAX,
        "charts": drawn,
        "charts_problem": problem,
        "colors": charts,
    }


def shown_name(text: str, limit: int = NAME_LENGTH_MAX) -> str:
    """A class or file name on one line, shortened."""
    return formats.printable(text, limit) or "(no name)"


def moment(seconds: float) -> str:
    """A point in time, such as `2025-10-09 08:53 UTC`."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return formats.UNKNOWN
