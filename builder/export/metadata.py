"""What a .tflite says about itself: class names, pixel normalization, author, version. Written, read back and compared.

The form is TensorFlow Lite's own (`TFLITE_METADATA`, identifier M001), which MediaPipe and Android's tools read: a FlatBuffer
inside the model, and the class names as `labels.txt` in a zip behind it. tflite-support describes the model where it is
installed, `metadata_portable` writes the same bytes where it is not. Putting the description into the file is done here for
both (see `embed`): tflite-support's own way unpacks and repacks the model, and stamps the zip with the time of day.

All variants carry metadata, `int8_micro` too: TFLite Micro skips it, it costs about 1 KB of flash, and `builder inspect` and
`evaluate` need no other file. A firmware build that counts bytes can cut it off.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from builder.errors import ModelFileError
from builder.export.embed import embed
from builder.export.labels import to_text
from builder.preprocessing import MEAN, STD
from builder.tflite_file import Description, Normalization, describe, parse
from builder.tflite_file.archive import with_files

BUFFER_NAME = "TFLITE_METADATA"
LABELS_FILE = "labels.txt"
INPUT_NAME = "image"
INPUT_DESCRIPTION = "Photo to classify."
OUTPUT_NAME = "probability"
OUTPUT_DESCRIPTION = "Probability of each class, in the order of the labels."
LABELS_DESCRIPTION = "Labels for categories that the model can recognize."  # tflite-support writes no other
HASH_MARK = "+config."  # version 1.2.0 with config hash ab12 is written as 1.2.0+config.ab12, semantic versioning's build metadata


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What is written into a model; characters that UTF-8 cannot hold become question marks, except in labels.

    Args:
        labels: class names in the order of the model's outputs.
        name: the model's title.
        description: what it recognizes, for people.
        author: a person or an organisation; may be empty, as may the license.
        version: of the model.
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

    @property
    def as_read(self) -> Description:
        """What a reader of the file finds."""
        return Description(
            name=self.name,
            description=self.description,
            version=self.marked_version,
            author=self.author,
            license=self.license,
            labels=self.labels,
            normalization=Normalization((MEAN,), (STD,)),
        )


@dataclass(frozen=True, slots=True)
class Described:
    """All that a description of one model file is made of."""

    metadata: ModelMetadata
    input_dtype: str
    output_dtype: str
    is_grayscale: bool
    mean: float = MEAN
    std: float = STD


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
    parsed = parse(model, "The model")
    if len(parsed.inputs) != 1 or len(parsed.outputs) != 1:
        raise ModelFileError(
            f"A classifier has one input and one output; this model has {len(parsed.inputs)} and {len(parsed.outputs)}."
        )
    image, scores = parsed.inputs[0], parsed.outputs[0]
    if scores.shape[-1:] != (len(metadata.labels),):
        raise ModelFileError(f"The model has outputs of shape {scores.shape}, but there are {len(metadata.labels)} class names.")
    described = Described(metadata, image.dtype, scores.dtype, is_grayscale=image.shape[-1:] == (1,))
    written = with_labels(embed(model, BUFFER_NAME, packed(described)), metadata.labels)
    came = describe(parse(written, "The model with its metadata"))
    if came != metadata.as_read:
        raise ModelFileError(f"Metadata read back differs from what was written: {came!r} instead of {metadata.as_read!r}.")
    return written


def packed(described: Described) -> bytes:
    """The description as a FlatBuffer, by tflite-support where it imports."""
    try:
        from builder.export.metadata_support import pack
    except ImportError:
        from builder.export.metadata_portable import pack
    return pack(described)


def with_labels(model: bytes, labels: tuple[str, ...]) -> bytes:
    """The model with labels.txt behind it."""
    return with_files(model, {LABELS_FILE: to_text(labels).encode()})
