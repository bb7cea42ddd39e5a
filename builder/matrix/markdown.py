"""A matrix as Markdown: the lines to paste into a README or a pull request."""

from __future__ import annotations

from builder.formats import format_bytes, format_count, format_duration, format_latency, format_percent
from builder.matrix import findings
from builder.matrix.model import Matrix, Row
from builder.report.markdown import bullets, escaped, table

HEAD = (
    "technique", "accuracy", "worst class", "points", "flash", "gzip", "of int8's gzip", "arena", "mult-adds left", "latency",
    "time", "left alone", "gate",
)  # fmt: skip


def matrix_markdown(matrix: Matrix) -> str:
    """A summary in Markdown: verdict, a row for each technique, what was not kept, left alone, failed, and the settings.

    Args:
        matrix: what `builder compress` made.
    """
    blocks = [f"## {escaped(matrix.title) or '(no name)'}: compressed files", f"**{escaped(findings.headline(matrix))}**"]
    blocks.append(escaped(network_words(matrix)))
    if matrix.rows:
        blocks.append(table(HEAD, [cells(matrix, row) for row in matrix.rows]))
        blocks.append(
            "Points: of accuracy on the test photos, won (+) or lost (−) against the network. Flash: the file. Gzip: as a "
            "download. Mult-adds left: those whose weight is not zero. Left alone: layers."
        )
    blocks.append(" ".join(map(escaped, findings.why(matrix))))
    blocks += bullets("Failed", findings.failures(matrix))
    blocks += bullets("Not kept", findings.not_kept(matrix))
    blocks += bullets("Left alone", [findings.alone_text(each) for each in findings.left_alone(matrix)])
    blocks += bullets("Settings", [f"{techniques}: {text}" for techniques, text in findings.settings(matrix)])
    return "\n\n".join(blocks) + "\n"


def network_words(matrix: Matrix) -> str:
    """What the rows are held against, and where they were measured."""
    network = matrix.network
    photos = f"the network names {format_percent(network.accuracy)} of {network.test_photos:,} test photos right"
    said = photos if network.test_photos else "there were no test photos"
    where = f", on {matrix.machine}" if matrix.machine else ""
    return f"{said[0].upper()}{said[1:]}. All techniques took {format_duration(matrix.seconds)}{where}."


def cells(matrix: Matrix, row: Row) -> tuple[str, ...]:
    """A technique's line."""
    file = row.first
    mark = " (chosen)" if row.technique == matrix.chosen else ""
    return (
        findings.shown(row.technique) + mark,
        format_percent(row.accuracy),
        findings.worst_class(row),
        findings.points(row),
        format_bytes(None if file is None else file.flash_bytes),
        format_bytes(None if file is None else file.gzip_bytes),
        format_percent(findings.gzip_share(matrix, row), 0),
        format_bytes(row.arena_bytes),
        format_count(row.multiply_adds_left),
        format_latency(None if file is None else file.latency_ms),
        format_duration(row.seconds),
        str(len(row.left_alone)),
        findings.gate_text(row),
    )
