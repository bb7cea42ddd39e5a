"""What a .tflite says about itself: class names, pixel normalization, author, version. Written, read back and compared.

The form is TensorFlow Lite's own (`TFLITE_METADATA`, identifier M001), which MediaPipe and Android's tools read: a FlatBuffer
inside the model, and the class names as `labels.txt` in a zip behind it. tflite-support describes the model where it is
installed, `metadata_portable` writes the same bytes where it is not. Putting the description into the file is done here for
both (see `embed`): tflite-support's own way unpacks and repacks the model, and stamps the zip with the time of day.

All variants carry metadata, `int8_micro` too: TFLite Micro skips it, it costs about 1 KB of flash, and `builder inspect` and
`evaluate` need no other file. A firmware build that counts bytes can cut it off.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields

from builder.errors import ModelFileError
from builder.export import flatbuffer as fb
from builder.export.embed import embed
from builder.export.labels import from_text, to_text
from builder.preprocessing import MEAN, STD

BUFFER_NAME = "TFLITE_METADATA"
LABELS_FILE = "labels.txt"
INPUT_NAME = "image"
INPUT_DESCRIPTION = "Photo to classify."
OUTPUT_NAME = "probability"
OUTPUT_DESCRIPTION = "Probability of each class, in the order of the labels."
LABELS_DESCRIPTION = "Labels for categories that the model can recognize."  # tflite-support writes no other
HASH_MARK = "+config."  # version 1.2.0 with config hash ab12 is written as 1.2.0+config.ab12, semantic versioning's build metadata

# Slots of `table ModelMetadata`, `SubGraphMetadata` and `TensorMetadata` in tflite-support's metadata_schema.fbs.
NAME, DESCRIPTION, VERSION, SUBGRAPHS, AUTHOR, LICENSE = range(6)
INPUTS, OUTPUTS = 2, 3
PROCESS_UNITS = 4
OPTIONS = 1


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What is written into a model; characters that UTF-8 cannot hold become question marks, except in labels.

    Args:
        labels: class names in the order of the model's outputs.
        name: the model's title.
        description: what it recognizes, for people.
        author: a person or an organisation; may be empty, as may the license.
        version: of the model, without a "+".
        config_hash: hash of the settings that the model was built with.
    """

    labels: tuple[str, ...]
    name: str = "MobileNet"
    description: str = ""
    author: str = ""
    license: str = ""
    version: str = ""
    config_hash: str = ""

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name != "labels":
                object.__setattr__(self, each.name, getattr(self, each.name).encode("utf-8", "replace").decode())

    @property
    def marked_version(self) -> str:
        """Version and config hash in one string, as the file holds it."""
        return self.version + HASH_MARK + self.config_hash if self.config_hash else self.version


@dataclass(frozen=True, slots=True)
class Described:
    """All that a description of one model file is made of."""

    metadata: ModelMetadata
    input: fb.TensorFacts
    output: fb.TensorFacts
    mean: float = MEAN
    std: float = STD

    @property
    def is_grayscale(self) -> bool:
        """Whether the model takes one channel."""
        return self.input.shape[-1] == 1


def write(model: bytes, metadata: ModelMetadata) -> bytes:
    """Writes metadata into a model.

    The same arguments give the same bytes. Normalization is (pixel - 127.5) / 127.5 for float inputs and for quantized ones:
    readers apply it before the input's own quantization, which undoes it, so that raw pixels go in.

    Args:
        model: a converted .tflite with one input (1, height, width, channels) and one output (1, classes).
        metadata: what to write.

    Returns:
        The .tflite with metadata, read back and found equal.

    Raises:
        ModelFileError: the model is no classifier of so many classes, holds metadata already, or gives back something else
            than was written.
    """
    inputs, outputs = fb.input_and_output(model)
    if outputs.shape[-1:] != (len(metadata.labels),):
        raise ModelFileError(f"The model has outputs of shape {outputs.shape}, but there are {len(metadata.labels)} class names.")
    described = Described(metadata, inputs, outputs)
    written = with_labels(embed(model, BUFFER_NAME, packed(described)), metadata.labels)
    came = read(written)
    if came != (metadata, (MEAN, STD)):
        raise ModelFileError(f"Metadata read back differs from what was written: {came!r} instead of {metadata!r}.")
    return written


def packed(described: Described) -> bytes:
    """The description as a FlatBuffer, by tflite-support where it imports."""
    try:
        from builder.export.metadata_support import pack
    except ImportError:
        from builder.export.metadata_portable import pack
    return pack(described)


def with_labels(model: bytes, labels: tuple[str, ...]) -> bytes:
    """The model with labels.txt behind it as a stored zip of fixed date, which is how metadata readers expect files."""
    stream = io.BytesIO(model)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(LABELS_FILE, date_time=(1980, 1, 1, 0, 0, 0)), to_text(labels).encode())
    return stream.getvalue()


def read(model: bytes) -> tuple[ModelMetadata, tuple[float, float]]:
    """Reads back what `write` wrote.

    Returns:
        The metadata, and mean and standard deviation of the normalization.

    Raises:
        ModelFileError: the model holds no such metadata.
    """
    buffer = fb.extract(model, BUFFER_NAME)
    if buffer is None:
        raise ModelFileError("The model holds no metadata.")
    table = fb.root(buffer)
    version, _, config_hash = fb.text(table, VERSION).partition(HASH_MARK)
    image = fb.children(fb.children(table, SUBGRAPHS)[0], INPUTS)[0]
    normalization = fb.child(fb.children(image, PROCESS_UNITS)[0], OPTIONS)
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        labels = from_text(archive.read(LABELS_FILE).decode())
    metadata = ModelMetadata(
        labels=labels,
        name=fb.text(table, NAME),
        description=fb.text(table, DESCRIPTION),
        author=fb.text(table, AUTHOR),
        license=fb.text(table, LICENSE),
        version=version,
        config_hash=config_hash,
    )
    return metadata, (fb.floats(normalization, 0)[0], fb.floats(normalization, 1)[0])
