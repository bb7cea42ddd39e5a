"""The files of a finished build that a bundle takes along, each held to what was verified."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builder.bundle.deployed import Deployed, deployed
from builder.errors import InvalidInput, ModelFileError
from builder.outcomes import Outcomes, read_outcomes
from builder.report import BuildReport, VariantMeasure, read_report
from builder.runs import Run

ALWAYS = ("labels.txt", "report.html", "report.json", "config.yaml")
COMPRESSED, MATRIX = "compressed", "matrix.json"  # files of further techniques, and what is known of them
MATRIX_BYTES_MAX = 16 * 1024**2
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.tflite")
READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One .tflite of a build.

    Args:
        name: below the build's folder, such as `int8.tflite` or `compressed/pruned.tflite`.
        path: where it lies.
        sha256: of the bytes that were verified.
        variant: what it is called in the report; empty for one of a further technique.
        made: what was measured of it, where it is in the report.
        use: how it is run; None where it cannot be used from code, and `why_not` says why.
    """

    name: str
    path: Path
    sha256: str
    variant: str
    made: VariantMeasure | None
    use: Deployed | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class BuildFiles:
    """A finished build, read and checked."""

    folder: Path
    report: BuildReport
    outcomes: Outcomes | None
    models: tuple[ModelFile, ...]
    extras: tuple[Path, ...]
    notes: tuple[str, ...]

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
        InvalidInput: it is not done, its report or outcomes are damaged, a file is missing, or a .tflite is another one now.
    """
    report = read_report(run.report_path)
    paths = members(run, report)
    models = [own(run.folder, variant, made) for variant, made in report.measured.variants.items()]
    more, extras, notes = compressed(run.folder)
    return BuildFiles(
        folder=run.folder,
        report=report,
        outcomes=read_outcomes(run.folder),
        models=(*models, *more),
        extras=(*paths[len(models) :], *extras),
        notes=notes,
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


def looked_into(file: ModelFile) -> ModelFile:
    """The same with how it is run, or why code cannot use it."""
    try:
        return replace(file, use=deployed(file.path))
    except ModelFileError as error:
        return replace(file, why_not=str(error).replace(str(file.path), file.name))


def compressed(folder: Path) -> tuple[list[ModelFile], list[Path], tuple[str, ...]]:
    """Files of further techniques, as `compressed/matrix.json` lists them: the file, the list itself, and what was left out."""
    matrix = folder / COMPRESSED / MATRIX
    found, notes = [], []
    for name, digest in listed(matrix):
        path = folder / COMPRESSED / name
        if not PLAIN_NAME.fullmatch(name) or not path.is_file():
            continue
        if sha256_of(path) != digest:
            notes.append(f"{COMPRESSED}/{name} is left out: it is not the file that {COMPRESSED}/{MATRIX} describes.")
        else:
            found.append(looked_into(ModelFile(f"{COMPRESSED}/{name}", path, digest, "", None, None)))
    return found, [matrix] * bool(found), tuple(notes)


def listed(matrix: Path) -> list[tuple[str, str]]:
    """Names and hashes under `files`: a mapping by name, or a list with `file` and `sha256`; all else is passed over."""
    try:
        if matrix.stat().st_size > MATRIX_BYTES_MAX:
            return []
        values = json.loads(matrix.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    files = values.get("files") if isinstance(values, dict) else None
    if isinstance(files, dict):
        pairs = [(name, of.get("sha256") if isinstance(of, dict) else of) for name, of in files.items()]
    else:
        rows: list[Any] = [row for row in files if isinstance(row, dict)] if isinstance(files, list) else []
        pairs = [(row.get("file") or row.get("name"), row.get("sha256")) for row in rows]
    return sorted({(Path(name).name, digest) for name, digest in pairs if isinstance(name, str) and isinstance(digest, str)})


def sha256_of(path: Path) -> str:
    """The hash of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
