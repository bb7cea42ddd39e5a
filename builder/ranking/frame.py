"""The leaderboard as a pandas frame."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from builder.ranking.board import board, marks_of
from builder.ranking.columns import NAMES, record_of

if TYPE_CHECKING:
    import pandas

WHOLES = ("flash_bytes", "gzip_bytes", "arena_bytes", "multiply_adds", "parameters")  # of which some may be missing
FIGURES = ("accuracy", "val_accuracy", "latency_ms", "alpha", "rho")


def leaderboard(
    exports: str | PathLike[str] = "exports",
    where: str | None = None,
    sort: str = "accuracy",
    every_file: bool = False,
) -> pandas.DataFrame:
    """All finished builds of a folder as a frame, one row each.

    Args:
        exports: the folder of builds.
        where: a condition that rows must keep to, such as `accuracy>=98% and flash<=300KiB`; all rows without it. See
            `builder.conditions`.
        sort: a column, such as `accuracy`, `flash`, `arena`, `multiply_adds`, `latency`; the better values come first.
        every_file: a row for every file: each variant, each technique of compression, each other resolution. Else one row a build,
            its file for the target, or that of the technique that the gate chose.

    Returns:
        Accuracies are shares 0 to 1, `_bytes` are bytes, `latency_ms` milliseconds on the machine that measured, `created` a time
        in UTC; what was not measured is missing. `on_front` names the costs over which no other file of the same photos beats this
        one, `knee_of` those where it is the knee. Compare accuracies only between rows of one `dataset` and `split`.

    Raises:
        InvalidInput: there is no such folder, or the condition or the column cannot be read.

    Example:
        >>> leaderboard("exports", where="flash<=300KiB")[["title", "accuracy", "flash_bytes"]].head()
    """
    import pandas

    made = board(Path(exports), where=where, sort=sort, every_file=every_file)
    on = made.marks
    rows = [record_of(entry) | marks_of(on.get((entry.folder, entry.file), {})) for entry in made.entries]
    frame = pandas.DataFrame(rows, columns=[*NAMES, "on_front", "knee_of"])  # the same columns where nothing is found
    frame["created"] = pandas.to_datetime(frame["created"], unit="s", utc=True)
    return frame.astype(dict.fromkeys(WHOLES, "Int64") | dict.fromkeys(FIGURES, "float64"))
