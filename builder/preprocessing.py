"""What a pixel becomes before the network sees it: one rule for training, calibration, metadata and verification."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Pixels 0..255 become -1..1, as keras.applications.mobilenet.preprocess_input does: the ImageNet weights expect it.
MEAN = 127.5
STD = 127.5


def normalize(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels (uint8, any shape, 0..255) to float32 in [-1, 1]: (pixel - 127.5) / 127.5."""
    import numpy as np

    values = pixels.astype(np.float32)
    values -= np.float32(MEAN)
    values /= np.float32(STD)
    return values
