"""What a .tflite file says about itself: title, labels, normalization. Read from any file, whoever wrote it.

`TFLITE_METADATA` is a FlatBuffer of its own inside a metadata buffer; the files that it names (labels) are a zip behind the
model. Field numbers: tflite-support's metadata_schema.fbs.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from builder.errors import ModelFileError
from builder.export.labels import from_text
from builder.tflite_file.flatbuffer import Bytes, Damaged, Table
from builder.tflite_file.graph import Model

BUFFER = "TFLITE_METADATA"
IDENTIFIER = b"M001"
LABEL_FILES = (2, 3)  # AssociatedFileType: TENSOR_AXIS_LABELS, TENSOR_VALUE_LABELS
NORMALIZATION = 1  # ProcessUnitOptions
FILES_MAX = 64
FILE_BYTES_MAX = 16 * 1024**2  # 100,000 labels of 160 bytes; a zip bomb ends here


@dataclass(frozen=True, slots=True)
class Normalization:
    """A float input is (pixel - mean) / std; one pair for all channels, or one for each."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Lists of numbers."""
        return {"mean": list(self.mean), "std": list(self.std)}


@dataclass(frozen=True, slots=True)
class Description:
    """A file's own words; empty where it says nothing. `labels` are in the order of the first output that has some."""

    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    license: str = ""
    labels: tuple[str, ...] | None = None
    normalization: Normalization | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything but the labels, which may be many."""
        return {
            "name": self.name,
            "description": self.description,
            "version": self.version,
            "author": self.author,
            "license": self.license,
            "normalization": self.normalization.to_json() if self.normalization else None,
        }


def describe(model: Model) -> Description | None:
    """Reads a model's metadata; None when it has none.

    Raises:
        ModelFileError: it has some, but damaged.
    """
    content = model.metadata.get(BUFFER)
    if content is None:
        return None
    if content[4:8] != IDENTIFIER:
        raise ModelFileError("The file's metadata are damaged. Export the model again, or remove them.")
    try:
        root = Bytes(content).root()
        graphs = root.tables(3)
        inputs = graphs[0].tables(2) if graphs else []
        outputs = graphs[0].tables(3) if graphs else []
        return Description(
            name=root.text(0),
            description=root.text(1),
            version=root.text(2),
            author=root.text(4),
            license=root.text(5),
            labels=labels(model.content, [file for output in outputs for file in output.tables(6)]),
            normalization=next((found for table in inputs if (found := normalization(table))), None),
        )
    except Damaged as error:
        raise ModelFileError(f"The file's metadata are damaged: {error} Export the model again, or remove them.") from None


def normalization(tensor: Table) -> Normalization | None:
    """The normalization among an input's process units."""
    for unit in tensor.tables(4):
        values = unit.table(1) if unit.number(0, "B") == NORMALIZATION else None
        if values is not None:
            mean, std = values.numbers(0, "f"), values.numbers(1, "f")
            if mean and std and all(std):
                return Normalization(tuple(map(float, mean)), tuple(map(float, std)))
    return None


def labels(content: bytes, files: list[Table]) -> tuple[str, ...] | None:
    """The labels in the first file that is a list of them; one without a locale wins over translations."""
    named = [(bool(file.text(3)), file.text(0)) for file in files if file.number(2, "b") in LABEL_FILES]
    for _, name in sorted(named, key=lambda item: item[0]):
        return from_text(associated_file(content, name).decode("utf-8", "replace"))
    return None


def associated_file(content: bytes, name: str) -> bytes:
    """A file from the zip behind the model.

    Raises:
        ModelFileError: no zip, no such file, a damaged or an enormous one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > FILES_MAX:
                raise ModelFileError(
                    f"The archive in the model file has {len(archive.infolist()):,} files; {FILES_MAX} at most are read."
                )
            with archive.open(name) as file:
                data = file.read(FILE_BYTES_MAX + 1)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError, OSError) as error:
        raise ModelFileError(
            f"The metadata name a file {name[:100]!r}, which cannot be read from the model file: {error}."
        ) from None
    if len(data) > FILE_BYTES_MAX:
        raise ModelFileError(f"The file {name[:100]!r} in the model file has more than {FILE_BYTES_MAX:,} bytes.")
    return data
