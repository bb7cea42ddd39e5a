"""How pixels go into a model, and how scores come out.

- A float32 input takes (pixel - mean) / std; the file's metadata or the user must say mean and std.
- An 8-bit input takes the pixel itself: p where it is uint8, p - 128 where it is int8. That is what apps and firmware feed, and
  what MediaPipe and Android's libraries do. It equals normalizing and quantizing, up to the half step that an integer zero
  point leaves; where it does not (mean and std do not match the input's scale), the long way is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIXELS = 256
NEAR = 1.01  # steps; zero points are whole numbers and published scales are rounded (1/128 for 1/127.5)


def input_values(
    dtype: np.dtype,
    scale: float,
    zero_point: int,
    normalization: tuple[Sequence[float], Sequence[float]] | None,
    channels: int,
) -> NDArray[Any]:
    """What each pixel value becomes in each channel.

    Args:
        dtype: the input's: float32, uint8 or int8.
        scale: of the input's quantization; ignored for float32, as is the zero point.
        normalization: (mean, std), each with one value or one a channel; None where nobody says.
        channels: 1 or 3.

    Returns:
        (256, channels) of `dtype`: row p is what pixel p is fed as.
    """
    pixels = np.arange(PIXELS, dtype=np.float32)[:, np.newaxis]
    if dtype == np.float32:
        if normalization is None:
            raise ValueError("a float32 input needs a normalization")
        return np.array(np.broadcast_to(normalized(pixels, normalization), (PIXELS, channels)))
    least = np.iinfo(dtype).min
    raw = np.broadcast_to(pixels + least, (PIXELS, channels))
    if normalization is None:
        return raw.astype(dtype)
    stored: NDArray[np.float32] = (
        np.broadcast_to(normalized(pixels, normalization), (PIXELS, channels)) / np.float32(scale) + zero_point
    )
    if np.abs(stored - raw).max() <= NEAR:
        return raw.astype(dtype)
    return np.clip(np.rint(stored), least, np.iinfo(dtype).max).astype(dtype)


def normalized(pixels: NDArray[np.float32], normalization: tuple[Sequence[float], Sequence[float]]) -> NDArray[np.float32]:
    """(pixel - mean) / std, in float32 and in this order: to the last bit what `preprocessing.normalize` gives in training."""
    mean, std = np.array(normalization[0], np.float32), np.array(normalization[1], np.float32)
    return np.divide(np.subtract(pixels, mean, dtype=np.float32), std, dtype=np.float32)


def real_scores(stored: NDArray[Any], scale: float, zero_point: int) -> NDArray[np.float32]:
    """Outputs as float32; quantized ones are (stored - zero_point) * scale."""
    if stored.dtype == np.float32:
        return stored
    return (stored.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
