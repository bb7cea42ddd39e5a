"""One .tflite of a build as a bundle sees it: where it lies, what was measured of it, how code runs it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from builder.bundle.deployed import Deployed, deployed
from builder.errors import ModelFileError
from builder.report import VariantMeasure

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
        made: what was measured of it, where it is in the report or in the matrix.
        use: how it is run; None where it cannot be used from code, and `why_not` says why.
    """

    name: str
    path: Path
    sha256: str
    variant: str
    made: VariantMeasure | None
    use: Deployed | None
    why_not: str = ""

    def takes(self, *dtypes: str) -> bool:
        """Whether code can run it and feeds it one of these types."""
        return self.use is not None and self.use.dtype in dtypes


def looked_into(file: ModelFile) -> ModelFile:
    """The same with how it is run, or why code cannot use it."""
    try:
        return replace(file, use=deployed(file.path))
    except ModelFileError as error:
        return replace(file, why_not=str(error).replace(str(file.path), file.name))


def sha256_of(path: Path) -> str:
    """The hash of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
