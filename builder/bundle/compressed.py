"""Files of further techniques beside a build's own, and the technique that was chosen among all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.bundle.model_file import PLAIN_NAME, ModelFile, looked_into, sha256_of
from builder.errors import InvalidInput
from builder.matrix import FOLDER, NAME, File, Matrix, Row, read_matrix
from builder.matrix.findings import shown
from builder.report import VariantMeasure


@dataclass(frozen=True, slots=True)
class Chosen:
    """The technique that was chosen, every file of it whole.

    Args:
        row: what was measured of it.
        first: the file that was judged.
        micro: the one for microcontrollers, where there is one.
    """

    row: Row
    first: ModelFile
    micro: ModelFile | None


def matrix_of(folder: Path) -> tuple[Matrix | None, list[str]]:
    """A build's matrix; a note where it cannot be read, since the build itself is as good as before."""
    try:
        return read_matrix(folder), []
    except InvalidInput as error:
        return None, [f"{FOLDER}/ is left out: {str(error).replace(f'{folder}/', '')}"]


def compressed(folder: Path, matrix: Matrix) -> tuple[list[ModelFile], list[str]]:
    """The files beside matrix.json that are the ones it describes, and what was left out."""
    measured = {file.file: file for row in matrix.rows for file in row.files}
    found, notes = [], []
    for name, digest in sorted(matrix.files.items()):
        path, full = folder / FOLDER / name, f"{FOLDER}/{name}"
        if not PLAIN_NAME.fullmatch(name) or not path.is_file():
            continue
        if sha256_of(path) != digest:
            notes.append(f"{full} is left out: it is not the file that {FOLDER}/{NAME} describes.")
        else:
            found.append(looked_into(ModelFile(full, path, digest, "", measure(measured.get(full), digest), None)))
    return found, notes


def measure(file: File | None, digest: str) -> VariantMeasure | None:
    """A row's file as a report would tell it; None where it was measured of other bytes."""
    if file is None or file.sha256 != digest:
        return None
    return VariantMeasure(
        file=file.file,
        sha256=file.sha256,
        flash_bytes=file.flash_bytes,
        accuracy=file.accuracy,
        arena_bytes=file.arena_bytes,
        arena_reason=file.arena_reason,
        latency_ms=file.latency_ms,
        checks=file.checks,
    )


def chosen_of(matrix: Matrix, models: Sequence[ModelFile]) -> tuple[Chosen | None, list[str]]:
    """The chosen technique; None where none was chosen, or with a note where its files are not what was measured."""
    if matrix.chosen is None:
        return None, []
    row = matrix.row(matrix.chosen)
    files = () if row is None else row.files
    found = {file.file: model for file in files if (model := held(file, models)) is not None}
    if row is None or row.first is None or len(found) < len(files):
        return None, [
            f"{shown(matrix.chosen)} was chosen, but not all of its files are there as they were measured: apps and firmware take "
            "the build's own."
        ]
    return Chosen(row, found[row.first.file], None if row.micro is None else found[row.micro.file]), []


def held(file: File, models: Sequence[ModelFile]) -> ModelFile | None:
    """A row's file among those that the bundle holds."""
    return next((model for model in models if (model.name, model.sha256) == (file.file, file.sha256)), None)
