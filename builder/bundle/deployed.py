"""What code that runs a file must know of it: shapes, types, how pixels go in and scores come out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder import tflite_file
from builder.errors import BuilderError, ModelFileError
from builder.tflite_file import Model
from builder.verify.facts import facts
from builder.verify.pixels import input_values
from builder.verify.scoring import normalization_of


@dataclass(frozen=True, slots=True)
class Deployed:
    """An image classifier, seen from the code around it.

    Args:
        file: its name.
        height, width, channels: of its input.
        classes: of its output.
        dtype: of input and output: float32, uint8 or int8.
        mean, std: a float32 input is (pixel - mean) / std; an 8-bit one is the pixel itself, less 128 for int8.
        scale, zero_point: an 8-bit score is (stored - zero_point) * scale.
        model: the parsed file.
    """

    file: str
    height: int
    width: int
    channels: int
    classes: int
    dtype: str
    mean: float
    std: float
    scale: float
    zero_point: int
    model: Model

    @property
    def stem(self) -> str:
        """The name without .tflite."""
        return self.file.removesuffix(".tflite")

    @property
    def less_zero_point(self) -> str:
        """What code takes from a stored score, such as ` + 128`; empty where that is nothing."""
        return f" {'+' if self.zero_point < 0 else '-'} {abs(self.zero_point)}" if self.zero_point else ""

    @property
    def is_float(self) -> bool:
        """Whether it takes and gives real numbers."""
        return self.dtype == "float32"


def deployed(path: Path) -> Deployed:
    """Reads a file.

    Raises:
        ModelFileError: it is no image classifier, or one that the snippets cannot feed; the message says why.
    """
    model = tflite_file.read(path)
    known = facts(model)
    if known["not_a_classifier"]:
        raise ModelFileError(f"{path.name} is no image classifier: {known['not_a_classifier']}.")
    image, scores = known["inputs"][0], known["outputs"][0]
    if image["dtype"] != scores["dtype"]:
        raise ModelFileError(f"{path.name} takes {image['dtype']} and gives {scores['dtype']}.")
    try:
        mean, std = normalization_of(path.name, known, None, None) or ([0.0], [1.0])
    except ModelFileError:
        raise
    except BuilderError as error:
        raise ModelFileError(str(error)) from None
    if len(set(mean)) > 1 or len(set(std)) > 1:
        raise ModelFileError(f"{path.name} normalizes each channel in a way of its own.")
    found = Deployed(
        file=path.name,
        height=image["shape"][1],
        width=image["shape"][2],
        channels=image["shape"][3],
        classes=scores["shape"][-1],
        dtype=image["dtype"],
        mean=float(mean[0]),
        std=float(std[0]),
        scale=float(scores["scale"] or 1.0),
        zero_point=int(scores["zero_point"] or 0),
        model=model,
    )
    if not found.is_float and not takes_pixels(found, image["scale"], image["zero_point"], (mean, std)):
        raise ModelFileError(f"{path.name} does not take pixels as they are.")
    return found


def takes_pixels(found: Deployed, scale: float, zero_point: int, normalization: tuple[list[float], list[float]]) -> bool:
    """Whether an 8-bit input is the pixel itself, less 128 where it is signed."""
    table = input_values(np.dtype(found.dtype), scale, zero_point, normalization, found.channels)
    shift = 128 if found.dtype == "int8" else 0
    return bool((table.astype(np.int64) == np.arange(256)[:, np.newaxis] - shift).all())
