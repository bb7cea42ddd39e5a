"""Two builds side by side: settings, what was predicted and measured, every file, and how they trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from builder import watching
from builder.errors import BuilderError
from builder.formats import UNKNOWN, format_bytes, format_duration, format_percent, format_points, printable
from builder.listing import FileFigures, Row
from builder.report import BuildReport, EpochRecord, read_report
from builder.report.charts import PERCENT_LABELS
from builder.report.findings import comparisons, settings_rows
from ui import parts
from ui.builds import wording
from ui.charts import specification

LETTERS = ("A", "B")
NO_FILE = FileFigures(0, None, None)
CHART_HEIGHT = 320  # px
CELL_LENGTH_MAX = 120
COLOURS = ("#4c78d6", "#d1700a")  # seen on light and on dark ground


@dataclass(frozen=True, slots=True)
class Side:
    """One of two builds, as far as its files tell."""

    row: Row
    report: BuildReport | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[EpochRecord] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity of both; `change` is B less A, where that says something."""

    name: str
    a: str
    b: str
    change: str = ""


def side(row: Row) -> Side:
    """Reads a build; what cannot be read is left out."""
    if row.state == "done":
        try:
            report = read_report(row.run.report_path)
        except BuilderError:  # deleted meanwhile
            return Side(row)
        return Side(row, report, dict(settings_rows(report.config)), report.training.history)
    seen = watching.look(row.run)
    settings = dict(settings_rows(seen.config.model_dump(mode="json"))) if seen.config else {}
    return Side(row, None, settings, seen.epochs)


def show(first: Row, second: Row) -> None:
    """Both builds."""
    both = (side(first), side(second))
    with st.container(border=True):
        st.subheader("Side by side", anchor=False)
        for letter, each in zip(LETTERS, both, strict=True):
            st.caption(
                f"**{letter}** · {parts.literal(wording.option(each.row), 140)} · {parts.literal(wording.photos(each.row.data))}"
            )
        st.html(table("Results", results(*both)))
        measured = predictions(*both)
        if measured:
            st.html(table("Measured, and how far the prediction was off", measured))
        curves(both)
        lines = settings(*both)
        apart = [line for line in lines if line.a != line.b]
        if apart:
            st.html(table("Settings that differ", apart))
        elif lines:
            st.caption("All settings are the same.")
        with st.expander(f"All {len(lines)} settings"):
            st.html(table("Settings", lines))


def results(a: Side, b: Side) -> list[Line]:
    """Accuracy, size, time, and each file that either of them has."""
    lines = [
        Line("Status", wording.STATES[a.row.state], wording.STATES[b.row.state]),
        shares("Accuracy of the trained network", a.row.accuracy, b.row.accuracy),
        shares("Best on validation photos", a.row.val_accuracy, b.row.val_accuracy),
        Line("Took", format_duration(a.row.took), format_duration(b.row.took)),
        Line("Device", printable(a.row.target, 40) or UNKNOWN, printable(b.row.target, 40) or UNKNOWN),
        Line("Trained on", printable(a.row.device, 40) or UNKNOWN, printable(b.row.device, 40) or UNKNOWN),
    ]
    of_a, of_b = a.row.files or {}, b.row.files or {}
    for name in dict.fromkeys([*of_a, *of_b]):
        left, right = of_a.get(name, NO_FILE), of_b.get(name, NO_FILE)
        lines.append(shares(f"{name}: accuracy", left.accuracy, right.accuracy))
        lines.append(sizes(f"{name}: size", left.flash_bytes, right.flash_bytes))
        if left.arena_bytes or right.arena_bytes:
            lines.append(sizes(f"{name}: RAM (arena)", left.arena_bytes, right.arena_bytes))
    return lines


def shares(name: str, a: float | None, b: float | None) -> Line:
    """Two accuracies, and their difference in percentage points."""
    change = f"{format_points(b - a)} points" if a is not None and b is not None else ""
    return Line(name, format_percent(a), format_percent(b), change)


def sizes(name: str, a: float | None, b: float | None) -> Line:
    """Two sizes, and how many times A's B's is."""
    return Line(name, format_bytes(a or None), format_bytes(b or None), f"× {b / a:.2f}" if a and b else "")


def predictions(a: Side, b: Side) -> list[Line]:
    """What was measured, each with the error of its prediction."""
    found = [{row.quantity: row for row in comparisons(each.report)} if each.report else {} for each in (a, b)]

    def cell(rows: Mapping[str, Any], name: str) -> str:
        row = rows.get(name)
        return UNKNOWN if row is None else f"{row.measured}{f' ({row.error})' if row.error else ''}"

    return [Line(name, cell(found[0], name), cell(found[1], name)) for name in dict.fromkeys([*found[0], *found[1]])]


def settings(a: Side, b: Side) -> list[Line]:
    """Every setting that either of them has."""
    return [
        Line(name, a.settings.get(name, UNKNOWN), b.settings.get(name, UNKNOWN))
        for name in dict.fromkeys([*a.settings, *b.settings])
    ]


def table(caption: str, lines: Sequence[Line]) -> str:
    """Lines as HTML, everything in them escaped. A line on which the builds differ has a sign and is bold."""
    changes = any(line.change for line in lines)
    last = '<th scope="col">B against A</th>' if changes else ""
    head = f'<thead><tr><td></td><th scope="col">A</th><th scope="col">B</th>{last}</tr></thead>'
    body = "".join(table_line(line, changes) for line in lines)
    title = f"<caption>{parts.escaped(caption)}</caption>"
    return f'<div class="mb-scroll"><table class="mb-compare">{title}{head}<tbody>{body}</tbody></table></div>'


def table_line(line: Line, changes: bool) -> str:
    """One line as HTML."""
    apart = line.a != line.b and UNKNOWN not in (line.a, line.b)
    mark = '<span class="mb-apart" title="They differ">≠</span>' if apart else ""
    cells = "".join(f"<td>{parts.escaped(text, CELL_LENGTH_MAX)}</td>" for text in (line.a, line.b))
    change = f"<td>{parts.escaped(line.change) if line.change else ''}</td>" if changes else ""
    return f'<tr class="{"mb-differs" if apart else ""}"><th scope="row">{mark}{parts.escaped(line.name)}</th>{cells}{change}</tr>'


def curves(both: Sequence[Side]) -> None:
    """Accuracy on the validation photos by epoch, both in one chart."""
    points = [
        {
            "Epoch": record.epoch,
            "Accuracy": record.val_accuracy,
            "Shown": format_percent(record.val_accuracy),
            "Build": f"{letter} · {printable(each.row.title, 30)}",
        }
        for letter, each in zip(LETTERS, both, strict=True)
        for record in each.history
        if record.val_accuracy is not None
    ]
    if not points:
        st.caption("Neither of them has a whole epoch to draw.")
        return
    import altair as alt

    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(point=True)
        .encode(
            x=alt.X("Epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(nice=False, padding=12)),
            y=alt.Y(
                "Accuracy:Q",
                title="Accuracy, validation photos",
                axis=alt.Axis(labelExpr=PERCENT_LABELS),
                scale=alt.Scale(zero=False),
            ),
            color=alt.Color(
                "Build:N", scale=alt.Scale(range=COLOURS), legend=alt.Legend(title=None, orient="top", columns=1, labelLimit=320)
            ),
            strokeDash=alt.StrokeDash("Build:N", legend=None),
            tooltip=[alt.Tooltip("Build:N"), alt.Tooltip("Epoch:Q"), alt.Tooltip("Shown:N", title="Accuracy")],
        )
        .properties(height=CHART_HEIGHT)
    )
    words = "Line chart of the accuracy on validation photos by epoch, a line each build."
    st.vega_lite_chart(spec=specification(chart), theme=None, width="stretch", key="builds-curves", alt=words)
