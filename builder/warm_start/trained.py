"""Trained weights taken out of a file: plain arrays under the names of the table's layers, whatever the file was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.architecture import BLOCKS, Layer, Network, layers, scale_channels
from builder.errors import ModelFileError

CONVOLUTIONS = 1 + len(BLOCKS)  # conv1 and the pointwise ones
DEPTHWISE = len(BLOCKS)
STATISTICS = ("gamma", "beta", "mean", "variance")
HEAD = "conv_preds"

Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Trained:
    """A MobileNet v1's weights.

    Args:
        arrays: float32 under "<layer>/kernel" in Keras's layout, with either "<layer>/bias" (batch normalization folded) or
            "<layer>/gamma", "/beta", "/mean", "/variance"; "conv_preds/kernel" (C, classes) and "/bias" where there is a head.
        labels: class names of the head, empty when not known.
        notes: what a user should know about the file.
    """

    arrays: Arrays = field(repr=False)
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether batch normalization is folded into kernels and biases."""
        return "conv1/bias" in self.arrays

    @property
    def classes(self) -> int:
        """Outputs of the head; 0 without one."""
        kernel = self.arrays.get(f"{HEAD}/kernel")
        return 0 if kernel is None else int(kernel.shape[-1])

    def save(self, path: Path) -> None:
        """Writes an .npz that holds arrays only."""
        facts = np.frombuffer(json.dumps({"labels": self.labels, "notes": self.notes}).encode(), np.uint8)
        contents: dict[str, Any] = {"facts": facts, **self.arrays}
        with path.open("wb") as file:
            np.savez(file, **contents)

    @classmethod
    def load(cls, path: Path) -> Trained:
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            facts = json.loads(file["facts"].tobytes())
            arrays = {name: np.asarray(file[name], np.float32) for name in file.files if name != "facts"}
        return cls(arrays, tuple(facts["labels"]), tuple(facts["notes"]))


def names() -> tuple[list[str], list[str]]:
    """The table's names: conv1 and the pointwise layers, and the depthwise ones."""
    numbers = range(1, len(BLOCKS) + 1)
    return ["conv1", *(f"conv_pw_{number}" for number in numbers)], [f"conv_dw_{number}" for number in numbers]


def in_order() -> list[str]:
    """The table's layers with batch normalization, input to output."""
    convolutions, depthwise = names()
    return [convolutions[0], *(name for pair in zip(depthwise, convolutions[1:], strict=True) for name in pair)]


def check_counts(convolutions: int, depthwise: int, name: str) -> None:
    """Raises `ModelFileError` unless a file has as many layers as a MobileNet v1."""
    if (convolutions, depthwise) != (CONVOLUTIONS, DEPTHWISE):
        raise ModelFileError(
            f"{name} is no MobileNet v1: besides its classifier it holds {convolutions} convolutions and {depthwise} depthwise "
            f"ones, where MobileNet v1 has {CONVOLUTIONS} and {DEPTHWISE}. Give a MobileNet v1, or --init scratch."
        )


def check(trained: Trained, network: Network, name: str) -> None:
    """Raises `ModelFileError`, saying what the file holds, unless its weights fit the network.

    Input channels and classes may differ: colour is turned to gray, and the head is replaced.
    """
    table = [layer for layer in layers(network) if layer.batch_norm]
    if all(shapes_match(trained.arrays, layer) for layer in table):
        check_values(trained.arrays, name)
        return
    alpha = alpha_of(trained.arrays)
    if alpha is None:
        raise ModelFileError(
            f"{name} is no MobileNet v1: {first_difference(trained.arrays, table)} Give a MobileNet v1, or --init scratch."
        )
    raise ModelFileError(
        f"{name} holds a MobileNet v1 of alpha {alpha:g}; this build needs alpha {network.alpha:g}. "
        f"Build with alpha {alpha:g}, or give another file."
    )


def shapes_match(arrays: Mapping[str, NDArray[np.float32]], layer: Layer) -> bool:
    """Whether a layer's kernel and vectors have the shapes that the table asks for."""
    kernel = arrays.get(f"{layer.name}/kernel")
    if kernel is None or kernel.shape not in kernel_shapes(layer):
        return False
    channels = (layer.output_shape[2],)
    vectors = [f"{layer.name}/bias"] if "conv1/bias" in arrays else [f"{layer.name}/{part}" for part in STATISTICS]
    return all(name in arrays and arrays[name].shape == channels for name in vectors)


def kernel_shapes(layer: Layer) -> Sequence[tuple[int, ...]]:
    """The shapes that a layer's kernel may have; the first layer's depends on whether the file is for colour or gray."""
    area, inputs, outputs = (layer.kernel, layer.kernel), layer.input_shape[2], layer.output_shape[2]
    if layer.kind == "depthwise":
        return [(*area, inputs, 1)]
    if layer.name == "conv1":
        return [(*area, 1, outputs), (*area, 3, outputs)]
    return [(*area, inputs, outputs)]


def alpha_of(arrays: Mapping[str, NDArray[np.float32]]) -> float | None:
    """The width multiplier whose table the arrays fit, None when they fit none."""
    widest = arrays.get("conv_pw_13/kernel")
    if widest is None or widest.ndim != 4:
        return None
    alpha = float(round(widest.shape[3] / BLOCKS[-1][0], 4))
    for candidate in (round(alpha, 2), alpha):
        if not 0 < candidate <= 2 or scale_channels(BLOCKS[-1][0], candidate) != widest.shape[3]:
            continue
        table = layers(Network(alpha=candidate, resolution=224))
        if all(shapes_match(arrays, layer) for layer in table if layer.batch_norm):
            return candidate
    return None


def first_difference(arrays: Mapping[str, NDArray[np.float32]], table: Sequence[Layer]) -> str:
    """A sentence on the first layer that does not fit."""
    layer = next(layer for layer in table if not shapes_match(arrays, layer))
    kernel = arrays.get(f"{layer.name}/kernel")
    came = "no kernel" if kernel is None else "a kernel of " + " x ".join(map(str, kernel.shape))
    return f"it has {came} where {layer.name} has {' x '.join(map(str, kernel_shapes(layer)[-1]))}."


def check_values(arrays: Mapping[str, NDArray[np.float32]], name: str) -> None:
    """Raises `ModelFileError` on values that no training can start from."""
    for key, value in arrays.items():
        if not np.isfinite(value).all():
            raise ModelFileError(f"{name} holds values that are no numbers (in {key}). Give a file that was trained to its end.")
        if key.endswith("/variance") and (value < 0).any():
            raise ModelFileError(f"{name} holds a negative variance (in {key}): it is damaged. Give another file.")
