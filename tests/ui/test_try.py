"""The Try it page: a real build's files on its test photos and on uploads; hand-written folders in every other state."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from builder.start import FinishedBuild
from builder.verify.comparing import Opinion
from builder.verify.prediction import Scored
from tests.report.samples import HOSTILE, hostile_names
from tests.ui import folders
from tests.ui.reading import html, opened, words
from ui import trying


@pytest.fixture
def real(exports: Path, small_build: FinishedBuild) -> Path:
    """A real build of digits; its folder."""
    return Path(shutil.copytree(small_build.folder, exports / small_build.folder.name))


def page(build: str = "") -> AppTest:
    """The page, opened by a link."""
    return opened("try", build=build)


def photo(side: int = 40) -> bytes:
    """A photo as a visitor gives it."""
    content = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 200, np.uint8)).save(content, "JPEG")
    return content.getvalue()


# A real build.


def test_a_test_photo_is_tried_at_once_on_the_file_to_take_and_float32(real: Path) -> None:
    app = page()
    said = html(app)
    assert real.is_dir()
    assert app.multiselect[0].value == ["int8", "float32"]
    assert said.count('class="mb-value"') == 2
    assert said.count('role="meter"') == 10
    assert " ms · " in said
    assert "Same label" in words(app) or "do not agree" in words(app)


def test_an_uploaded_photo_is_tried(real: Path) -> None:
    app = page()
    app.segmented_control[0].set_value(trying.FILE).run()
    app.file_uploader[0].upload("digit.jpg", photo(), "image/jpeg").run()
    assert not app.exception
    assert html(app).count('class="mb-value"') == 2
    assert f"{real.name}" in app.selectbox[0].options[0]


def test_a_file_that_is_no_photo_is_told(real: Path) -> None:
    app = page()
    app.segmented_control[0].set_value(trying.FILE).run()
    app.file_uploader[0].upload("digit.jpg", b"<html>no photo</html>", "image/jpeg").run()
    assert not app.exception
    assert "the photo cannot be used" in words(app)
    assert real.is_dir()


def test_without_a_chosen_file_it_asks_for_one(real: Path) -> None:
    app = page()
    app.multiselect[0].set_value([]).run()
    assert "Choose at least one file" in words(app)
    assert real.is_dir()


def test_a_file_that_was_changed_is_not_tried(real: Path) -> None:
    (real / "int8.tflite").write_bytes(b"other")
    app = page()
    assert "not tried: int8.tflite" in words(app)
    assert app.multiselect[0].value == ["float32"]


# Hand-written builds.


def test_files_that_cannot_be_run_are_told(exports: Path) -> None:
    folders.done(exports, photos=True)
    app = page()
    assert "int8.tflite" in app.error[0].value.replace("\\", "")


def test_a_build_without_pictures_takes_files_and_the_webcam(exports: Path) -> None:
    folders.done(exports)
    app = page()
    assert app.segmented_control[0].options == [trying.FILE, trying.WEBCAM]
    assert not app.error


def test_without_builds_it_leads_to_train(exports: Path) -> None:
    app = page()
    assert app.subheader[0].value == "No finished build yet"
    assert exports.is_dir()


@pytest.mark.parametrize("state", ["failed", "died", "empty", "damaged"])
def test_a_build_that_is_not_whole_is_told(exports: Path, state: str) -> None:
    run = getattr(folders, state)(exports)
    app = page(run.id)
    assert app.error
    assert not app.multiselect


def test_a_running_build_is_told(exports: Path) -> None:
    run, lock = folders.running(exports)
    with lock:
        assert "is being built" in words(page(run.id))


def test_a_build_that_is_deleted_while_it_is_tried(exports: Path) -> None:
    run = folders.done(exports, photos=True)
    app = page(run.id)
    folders.vanish(run)
    app.run()
    assert not app.exception
    assert "is not here, or no more" in words(app)


def test_hostile_names_of_test_photos_and_classes_break_nothing(exports: Path) -> None:
    folders.done(exports, title=HOSTILE[0], classes=hostile_names(10), photos=True)
    app = page()
    assert "<script" not in html(app)


def test_an_answers_names_are_escaped() -> None:
    labels = tuple(Scored(name, 0.1) for name in HOSTILE)
    made = trying.opinion_html("int8.tflite", Opinion(labels, 1.0), "1 ms", HOSTILE[0])
    assert "<script" not in made
    assert "<img" not in made
    assert "✓ right" in made


def test_a_file_that_was_built_again_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(trying, "compare", lambda *given: asked.append(given))
    for sha256 in ("before", "before", "after"):
        trying.compared_once(("int8.tflite",), (sha256,), b"a photo of this test")
    assert len(asked) == 2
