"""MediaPipe's ImageClassifier: what Android and iOS apps load, with its Python face.

It reads labels and normalization from the file's metadata and prepares the photo by itself: when it names the right label, an
app that is handed nothing but the file does too. It takes colour photos, float32 or uint8.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder import tflite_file
from builder.verify.isolation import MEDIAPIPE, Child, ChildFailed

NOT_INSTALLED = "mediapipe is not installed (it is in the extra `verify`)"
START_S = 120.0
PHOTO_S = 60.0


def is_installed() -> bool:
    """Whether MediaPipe can be tried at all."""
    return importlib.util.find_spec("mediapipe") is not None


class MediaPipe:
    """A child in which MediaPipe lives; importing it takes a second, so one serves several files.

    Raises:
        ChildFailed: it cannot be imported here; the reason names the library that is missing.
    """

    def __init__(self) -> None:
        if not is_installed():
            raise ChildFailed(NOT_INSTALLED)
        self._child = Child(MEDIAPIPE, {}, memory_bytes=None, start_s=START_S)

    def top_label(self, path: str | Path, photo: NDArray[np.uint8]) -> str:
        """The label that an app would show for a photo, uint8 (H, W, 3).

        Raises:
            ChildFailed: it does not load the file, or fails on the photo.
        """
        message = {"file": str(path), "shape": list(photo.shape)}
        answer, _ = self._child.ask(message, np.ascontiguousarray(photo).data.cast("B"), limit_s=PHOTO_S)
        return str(answer["label"])

    def close(self) -> None:
        """Ends the child."""
        self._child.close()


def open_mediapipe(request: dict[str, Any]) -> tuple[dict[str, Any], Any]:  # noqa: ARG001
    """Imports it first; then one file and one photo a message."""
    # It imports TensorFlow where that is installed, for its documentation tools only: 3 s instead of 0.4 s.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    def handle(message: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        options = vision.ImageClassifierOptions(
            base_options=BaseOptions(model_asset_buffer=tflite_file.load(message["file"])), max_results=1
        )
        pixels = np.frombuffer(payload, np.uint8).reshape(message["shape"])
        with vision.ImageClassifier.create_from_options(options) as classifier:
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
            best = classifier.classify(image).classifications[0].categories[0]
        return {"label": best.category_name or "", "score": best.score}, b""

    return {}, handle
