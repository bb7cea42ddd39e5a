"""The smallest file that passes the gate; where none does, how far the best one is from it."""

from __future__ import annotations

from collections.abc import Sequence

from builder.formats import printable
from builder.gate import Gate, Verdict
from builder.matrix.model import File, Row

AS_LARGE = 1.02  # files within 2 % of each other's size differ in the tables that the converter writes, not in what they hold


def choose(rows: Sequence[Row], gate: Gate) -> tuple[str | None, str]:
    """The technique to take.

    Of the first files of the rows that passed, and of which no file failed a check, the smallest on the device; of those within 2 %
    of it the smallest as a download.

    Args:
        rows: as they were judged.
        gate: the limits that they were judged by.

    Returns:
        Its name and an empty text; where none passed None, and what the best one lacks, as a sentence. The best one has the fewest
        kinds of reasons against it (accuracy, size, checks), then lacks the least accuracy, then is the smallest.
    """
    made = [(row, row.first, row.verdict) for row in rows if row.first is not None]
    judged = [(row, file, verdict) for row, file, verdict in made if file is not None and verdict is not None]
    passed = [(row, file) for row, file, verdict in judged if verdict.passed and not checks_failed(row)]
    if passed:
        return smallest(passed).technique, ""
    if not judged:
        return None, "No file could be judged." if made else "No technique made a file."
    row, _, verdict = min(judged, key=lambda each: distance(each[0], each[1], each[2], gate))
    return None, f'No file passes. "{row.technique}" comes closest: {"; ".join(against(row, verdict))}.'


def smallest(passed: Sequence[tuple[Row, File]]) -> Row:
    """The row with the smallest file: by flash, and where that is as good as the same by gzip."""
    least = min(file.flash_bytes for _, file in passed)
    near = [(row, file) for row, file in passed if file.flash_bytes <= AS_LARGE * least]
    return min(near, key=lambda each: (each[1].gzip_bytes, each[1].flash_bytes))[0]


def distance(row: Row, file: File, verdict: Verdict, gate: Gate) -> tuple[float, ...]:
    """How far a row is from passing: kinds of reasons, points of accuracy that it lacks, sizes."""
    kinds = verdict.accuracy_failed + verdict.size_failed + bool(checks_failed(row))
    lacking = max(100 * verdict.drop - gate.max_drop, 100 * verdict.counted_class_drop - gate.max_class_drop, 0.0)
    return kinds, lacking if verdict.accuracy_failed else 0.0, file.flash_bytes, file.gzip_bytes


def checks_failed(row: Row) -> tuple[str, ...]:
    """Checks that failed on any of a row's files, as sentences."""
    return tuple(
        f"{file.file} failed a check, {check.name}" + (f" ({check.reason.rstrip('.')})" if check.reason else "")
        for file in row.files
        for check in file.failed
    )


def against(row: Row, verdict: Verdict | None) -> tuple[str, ...]:
    """Everything that speaks against a row, as sentences on one line each without their full stop."""
    reasons = verdict.reasons if verdict is not None and not verdict.passed else ()
    return tuple(printable(reason, 300).rstrip(".") for reason in (*reasons, *checks_failed(row)))
