"""What is there already of a batch's builds, before anything is begun: finished ones are not done again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from builder.batch.outcome import Outcome
from builder.batch.sections import Exports
from builder.errors import BuilderError
from builder.matrix import read_matrix
from builder.report import read_report
from builder.resolutions import read_resolutions
from builder.runs import Run


class Standing:
    """The exports folder as it is now, looked at once.

    Args:
        exports: where builds are kept.
        asked: what is made of every build.
        earlier: builds that an earlier run of the same batch finished, with their figures, which need not be read again.
    """

    def __init__(self, exports: Path, asked: Exports, earlier: Iterable[tuple[str, Outcome]] = ()) -> None:
        self.exports, self.asked = exports, asked
        self.known = {build: outcome for build, outcome in earlier if build in self.names}

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of every build's folder by its id; there may be many thousand, and paths weigh more."""
        if not self.exports.is_dir():
            return {}
        return {name.rpartition("-")[2]: name for name in os.listdir(self.exports) if not name.startswith(".")}  # noqa: PTH208

    def folder(self, build: str) -> Path | None:
        """A build's folder, finished or not."""
        name = self.names.get(build)
        return None if name is None else self.exports / name

    def outcome(self, build: str, target: str = "", *, is_enforced: bool = False) -> Outcome | None:
        """The figures of a build of which everything is there that the batch asks for; None where something is missing.

        Args:
            build: its id.
            target: see `Outcome.of`.
            is_enforced: its gate asks for a file that passes: whether there is one, a worker finds out, unless one did before.
        """
        folder = self.folder(build)
        if is_enforced and build not in self.known:
            return None
        if folder is None or not Run(folder).report_path.exists() or not self.has_exports(folder):
            return None
        if self.known.get(build) is None:
            try:
                self.known[build] = Outcome.of(read_report(Run(folder).report_path), target)
            except BuilderError:  # a worker will say what is wrong with it
                return None
        return self.known[build]

    def has_exports(self, folder: Path) -> bool:
        """Whether compressed files, other resolutions and the zip are there."""
        try:
            return self.has_techniques(folder) and self.has_resolutions(folder) and self.has_bundle(folder)
        except BuilderError:
            return False

    def has_techniques(self, folder: Path) -> bool:
        """Every technique has its row, be it one that says why it cannot be done: `builder compress --force` tries those again.

        A build that trained nothing lacks none: workers make none of it.
        """
        matrix = read_matrix(folder) if self.asked.techniques else None
        tried = {row.technique for row in matrix.rows} if matrix is not None else set()
        return set(self.asked.techniques) <= tried or not read_report(Run(folder).report_path).training.history

    def has_resolutions(self, folder: Path) -> bool:
        """Every resolution has its row."""
        if not self.asked.resolutions:
            return True
        made = read_resolutions(folder)
        return made is not None and set(self.asked.resolutions) <= {row.resolution for row in made.rows}

    def has_bundle(self, folder: Path) -> bool:
        """The zip is there."""
        return not self.asked.bundle or (folder / f"{folder.name}.zip").exists()
