"""A matrix as one HTML page that needs nothing else, no network and no script, in light and dark."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

from builder.formats import format_percent, printable
from builder.matrix import findings
from builder.matrix.charts import AXES, LEGEND, LINES, matrix_picture
from builder.matrix.model import FOLDER, Matrix
from builder.report import charts as colors
from builder.report.charts import Chart
from builder.report.findings import interval95
from builder.report.html import LISTED_MAX, environment, unbroken

PHOTOS_MAX = 24
PICTURE_BYTES_MAX = 1024**2
PNG = b"\x89PNG\r\n\x1a\n"


def render_matrix(matrix: Matrix, folder: Path | None) -> str:
    """The matrix as one HTML page; every name in it is escaped.

    Args:
        matrix: what to show.
        folder: the build's, in which pictures of the photos lie; None shows none.

    Returns:
        The page. Where the pictures cannot be drawn it says why.
    """
    drawn, problem = draw(matrix)
    best = findings.chosen(matrix)
    files = [row.first for row in matrix.rows if row.first is not None]
    made = environment()
    made.filters["whole"] = unbroken(lambda share: format_percent(share, 0))
    page: str = made.get_template("matrix.html.j2").render(
        matrix=matrix,
        finds=findings,
        headline=findings.headline(matrix),
        best=best,
        interval=None if best is None or best.accuracy is None else interval95(best.accuracy, matrix.network.test_photos),
        shares={row.technique: findings.gzip_share(matrix, row) for row in matrix.rows},
        largest={
            "flash": max((file.flash_bytes for file in files), default=0) or 1,
            "gzip": max((file.gzip_bytes for file in files), default=0) or 1,
        },
        failures=findings.failures(matrix),
        broken=findings.failed_checks(matrix),
        not_kept=findings.not_kept(matrix),
        refused=findings.refused(matrix),
        alone=[findings.alone_text(each) for each in findings.left_alone(matrix)],
        settings=findings.settings(matrix),
        why=findings.why(matrix),
        flips=[(flip, picture(folder, flip.photo)) for flip in matrix.flips[:PHOTOS_MAX]],
        measured=bool(files),
        charts=drawn,
        charts_problem=problem,
        legend=f"{LEGEND} {LINES}" if matrix.network.test_photos else LEGEND,
        listed_max=LISTED_MAX,
        colors=colors,
    )
    return page


def draw(matrix: Matrix) -> tuple[list[Chart], str]:
    """The pictures, or the reason why there are none."""
    try:
        made = [matrix_picture(matrix, axis) for axis in AXES]
        return [each.svg() for each in made if each is not None], ""
    except (ImportError, OSError, ValueError) as error:
        return [], printable(f"{type(error).__name__}: {error}", 300)


def picture(folder: Path | None, photo: int) -> str:
    """A photo as a data address; empty where there is no such PNG."""
    if folder is None:
        return ""
    try:
        # A link could lead out of the build's folder, and a pipe would never end.
        handle = os.open(folder / FOLDER / "photos" / f"{photo}.png", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > PICTURE_BYTES_MAX:
                return ""
            content = stream.read(PICTURE_BYTES_MAX + 1)
    except (OSError, ValueError):
        return ""
    if not content.startswith(PNG) or len(content) > PICTURE_BYTES_MAX:
        return ""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
