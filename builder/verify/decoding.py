"""Decodes a photo that nobody vouches for, in a process of its own: Pillow's readers are many and old."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.errors import DataError, ModelFileError
from builder.verify.isolation import Child, ChildFailed

DECODE = "builder.verify.decoding:open_decoder"
DECODE_S_MAX = 30.0  # 100 million pixels take some 3 s


def start_decoder() -> Child:
    """A child that decodes photos; starting one takes longer than decoding a photo.

    Raises:
        DataError: it does not start.
    """
    try:
        return Child(DECODE, {})
    except ChildFailed as reason:
        raise DataError(f"Photos cannot be decoded here: {reason}.") from None


def decode_in(child: Child, photo: bytes, *, resolution: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    """The pixels of a photo, decoded and resized as in training.

    Args:
        child: from `start_decoder`.
        photo: the bytes of its file.
        resolution: (height, width).
        channels: 3 (RGB) or 1 (gray).

    Returns:
        uint8 (H, W, C), 0..255.

    Raises:
        DataError: it is no photo, a damaged one, or one that the decoder crashes or hangs on.
    """
    height, width = resolution
    message = {"height": height, "width": width, "channels": channels}
    try:
        _, pixels = child.ask(message, photo, limit_s=DECODE_S_MAX)
    except ModelFileError as error:  # what a child refuses; here it is the photo
        raise DataError(str(error)) from None
    except ChildFailed as reason:
        raise DataError(f"The photo cannot be decoded: {reason}. Save it as JPEG or PNG and try again.") from None
    return np.frombuffer(pixels, np.uint8).reshape(height, width, channels)


def open_decoder(_: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The child's side: pixels of each photo that comes."""
    from builder.data.decode import load_photo

    def handle(message: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        pixels = load_photo(payload, resolution=(message["height"], message["width"]), channels=message["channels"])
        return {}, pixels.tobytes()

    return {}, handle
