"""The files of a finished build that a bundle takes along, each held to what was verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder import runs
from builder.bundle.compressed import Chosen, chosen_of, compressed, matrix_of
from builder.bundle.model_file import PLAIN_NAME, looked_into, sha256_of
from builder.bundle.model_file import ModelFile as ModelFile
from builder.errors import InvalidInput, ModelFileError
from builder.matrix import Matrix, matrix_path
from builder.outcomes import Outcomes, read_outcomes
from builder.report import BuildReport, VariantMeasure, read_report
from builder.runs import Run

ALWAYS = ("labels.txt", "report.html", "report.json", "config.yaml")


@dataclass(frozen=True, slots=True)
class BuildFiles:
    """A finished build, read and checked.

    Args:
        folder: the build's.
        report: what it measured.
        outcomes: what was said about each test photo, where that was kept.
        models: every .tflite, the build's own first.
        extras: other files that come along as they are.
        notes: what was left out, and why.
        matrix: of all techniques that were tried; None where there were none.
        chosen: the technique that apps and firmware take; None where that is the build's own.
    """

    folder: Path
    report: BuildReport
    outcomes: Outcomes | None
    models: tuple[ModelFile, ...]
    extras: tuple[Path, ...]
    notes: tuple[str, ...]
    matrix: Matrix | None = None
    chosen: Chosen | None = None

    def model(self, variant: str) -> ModelFile | None:
        """The file of a variant."""
        return next((model for model in self.models if model.variant == variant), None)


def members(run: Run, report: BuildReport | None = None) -> list[Path]:
    """The files of a build that its bundle holds as they are, models first.

    Args:
        run: the build.
        report: its report, where it was read already.

    Raises:
        InvalidInput: the build is not done, its report is damaged, or one of the files is missing.
    """
    report = report or read_report(run.report_path)
    paths = [run.folder / name for name in (*(made.file for made in report.measured.variants.values()), *ALWAYS)]
    for path in paths:
        if path.parent != run.folder or not path.is_file():
            raise InvalidInput(f"{path} is missing, so the build cannot be packed. Build it again with --force.")
    return paths


def build_files(run: Run) -> BuildFiles:
    """Reads a finished build.

    Raises:
        InvalidInput: it is not done, of another version, its report or outcomes are damaged, or a file is missing.
        ModelFileError: a .tflite is another one now.
    """
    report = read_report(run.report_path)
    check_format(run)
    paths = members(run, report)
    models = [own(run.folder, variant, made) for variant, made in report.measured.variants.items()]
    extras = paths[len(models) :]
    chosen = None
    matrix, notes = matrix_of(run.folder)
    if matrix is not None:
        more, left_out = compressed(run.folder, matrix)
        models, extras = models + more, extras + [matrix_path(run.folder)] * bool(more)
        chosen, not_taken = chosen_of(matrix, models)
        notes = [*left_out, *not_taken]
    outcomes = read_outcomes(run.folder)
    return BuildFiles(run.folder, report, outcomes, tuple(models), tuple(extras), tuple(notes), matrix, chosen)


def check_format(run: Run) -> None:
    """Raises `InvalidInput` for a folder of another layout: what stands in its files may mean something else."""
    if run.description().get("format") != runs.FORMAT:
        raise InvalidInput(
            f"{run.folder} was made by another version of the builder, so it cannot be packed. Build it again: builder build "
            f"--config {run.folder}/config.yaml"
        )


def own(folder: Path, variant: str, made: VariantMeasure) -> ModelFile:
    """A file of the report, held to its hash."""
    path = folder / made.file
    if not PLAIN_NAME.fullmatch(made.file):
        raise InvalidInput(
            f"{folder / 'report.json'} names a file {made.file!a}, which is no plain name. Build it again with --force."
        )
    if sha256_of(path) != made.sha256:
        raise ModelFileError(
            f"{path} is no longer the file that was verified (sha256 {made.sha256[:12]}…). Restore it from a copy, or build it "
            "again with --force."
        )
    return looked_into(ModelFile(made.file, path, made.sha256, variant, made, None))
