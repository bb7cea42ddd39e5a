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
            return not self.lacking(folder)
        except BuilderError:
            return False

    def lacking(self, folder: Path) -> Exports | None:
        """What a finished build has not been made of yet; None where nothing is missing.

        Raises:
            BuilderError: a record in its folder is damaged.
        """
        techniques, resolutions = self.untried(folder), self.unmade(folder)
        bundle = self.asked.bundle and not (folder / f"{folder.name}.zip").exists()
        if not (techniques or resolutions or bundle):
            return None
        return Exports.model_construct(techniques=techniques, resolutions=resolutions, bundle=bundle)

    def untried(self, folder: Path) -> tuple[str, ...]:
        """Techniques without a row; one whose row says why it cannot be done has one: `builder compress --force` tries it again.

        A build that trained nothing lacks none: workers make none of it.
        """
        matrix = read_matrix(folder) if self.asked.techniques else None
        tried = {row.technique for row in matrix.rows} if matrix is not None else set()
        left = tuple(name for name in self.asked.techniques if name not in tried)
        return left if left and read_report(Run(folder).report_path).training.history else ()

    def unmade(self, folder: Path) -> tuple[int, ...]:
        """Resolutions without a row."""
        made = read_resolutions(folder) if self.asked.resolutions else None
        there = {row.resolution for row in made.rows} if made is not None else set()
        return tuple(pixels for pixels in self.asked.resolutions if pixels not in there)
