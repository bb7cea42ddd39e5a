"""What apps load: labels come out of the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from builder.preprocessing import MEAN, STD
from builder.verify import mediapipe
from builder.verify.isolation import ChildFailed
from builder.verify.litert import Classifier

from .conftest import Pixels


@pytest.fixture
def app() -> Iterator[mediapipe.MediaPipe]:
    """MediaPipe, where it is installed."""
    if not mediapipe.is_installed():
        pytest.skip(mediapipe.NOT_INSTALLED)
    opened = mediapipe.MediaPipe()
    yield opened
    opened.close()


def test_it_names_what_litert_names(
    app: mediapipe.MediaPipe, float_file: Path, pixels: Pixels, imagenet_labels: tuple[str, ...]
) -> None:
    images = pixels(224)
    scores = Classifier(float_file.read_bytes(), ([MEAN], [STD])).scores(images)
    clearest = int(np.argmax(scores.max(axis=1)))
    assert app.top_label(float_file, images[clearest]) == imagenet_labels[int(np.argmax(scores[clearest]))]


def test_it_refuses_int8(app: mediapipe.MediaPipe, micro_file: Path, pixels: Pixels) -> None:
    with pytest.raises(ChildFailed, match="INT8"):
        app.top_label(micro_file, pixels(96, 1)[0])


def test_where_it_is_not_installed_the_reason_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mediapipe, "is_installed", lambda: False)
    with pytest.raises(ChildFailed, match="not installed"):
        mediapipe.MediaPipe()
