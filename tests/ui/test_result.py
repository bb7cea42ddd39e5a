"""The Result page over hand-written folders: each state of a build, hostile names, and what may happen to files meanwhile."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from builder import listing
from builder.errors import InvalidInput
from builder.outcomes import keep, path_of
from tests.report.samples import hostile_names, sample
from tests.ui import folders
from tests.ui.reading import html, opened, words
from ui import finished
from ui.result import downloads, photos

TAGS = ("<script", "<img src=x", "<b>1118")


def page(build: str = "") -> AppTest:
    """The page, opened by a link."""
    return opened("result", build=build)


def offered(app: AppTest) -> list[str]:
    """The labels of the downloads."""
    return [button.label.replace("\\", "") for button in app.download_button]


# A finished build.


def test_a_finished_build_shows_its_verdict_and_figures(exports: Path) -> None:
    folders.done(exports, photos=True)
    said = words(page())
    assert "int8.tflite names 99.0 % of 410 test photos right, in 250.4 KiB." in said
    for figure in ("160,992", "157.2 KiB", "95 % sure", "1.02 ms", "not made", "Predicted before training"):
        assert (figure in said) is (figure != "160,992")


def test_every_file_is_offered_with_its_size_the_one_to_take_first(exports: Path) -> None:
    folders.done(exports)
    labels = offered(page())
    assert labels[0] == "int8.tflite (250.4 KiB)"
    assert {label.partition(" (")[0] for label in labels} == {
        "int8.tflite", "float32.tflite", "float16.tflite", "dynamic.tflite", "int8_micro.tflite", "labels.txt", "report.html",
        "report.json", "Bundle for app and firmware",
    }  # fmt: skip


def test_what_is_served_is_the_file(exports: Path) -> None:
    run = folders.done(exports)
    path = run.folder / "int8.tflite"
    read = downloads.verified(path, hashlib.sha256(path.read_bytes()).hexdigest())
    assert read() == path.read_bytes()
    path.write_bytes(b"other")
    with pytest.raises(InvalidInput, match="was changed since it was verified"):
        read()


def test_the_zip_is_made_when_it_is_asked_for(exports: Path) -> None:
    run = folders.done(exports)
    page()
    path = run.folder / f"{run.folder.name}.zip"
    assert not path.exists()
    row = listing.find(exports, run.id)
    assert row is not None
    build = finished.read(row)
    assert build is not None
    with zipfile.ZipFile(io.BytesIO(downloads.packer(build)())) as packed:
        assert packed.read(f"{run.folder.name}/int8.tflite") == (run.folder / "int8.tflite").read_bytes()
    assert path.exists()


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_a_file_that_is_no_longer_the_verified_one_is_not_offered(exports: Path, change: str) -> None:
    run = folders.done(exports)
    if change == "changed":
        (run.folder / "int8.tflite").write_bytes(b"other")
    else:
        (run.folder / "int8.tflite").unlink()
    app = page()
    assert "int8.tflite is missing or no longer the file that was verified" in words(app)
    assert not [label for label in offered(app) if label.startswith(("int8.tflite", "Bundle"))]
    assert any(label.startswith("float32.tflite") for label in offered(app))


def test_the_newest_build_is_shown_where_the_link_names_none(exports: Path) -> None:
    folders.done(exports, 5, "Older")
    folders.done(exports, 9, "Newer")
    app = page()
    assert app.subheader[0].value == "Newer"
    assert [option.partition(" ·")[0] for option in app.selectbox[0].options] == ["Newer", "Older"]


def test_another_build_can_be_chosen_and_the_address_says_so(exports: Path) -> None:
    older = folders.done(exports, 5, "Older")
    folders.done(exports, 9, "Newer")
    app = page()
    app.selectbox[0].set_value(older.id).run()
    assert app.subheader[0].value == "Older"
    assert app.query_params["build"] == older.id


def test_its_dials_can_be_taken_to_the_design(exports: Path) -> None:
    folders.done(exports)
    app = page()
    app.button(key="result-dials").click().run()
    choice = app.session_state["choice"]
    assert (choice.alpha, choice.resolution, choice.classes, choice.data) == (0.25, 128, 10, "photos/hands")


def test_a_build_of_which_nothing_was_exported_is_shown(exports: Path) -> None:
    folders.done(exports, report=sample(measures={}))
    assert "No file was exported" in words(page())


@pytest.mark.parametrize("classes", [2, 130])
def test_few_and_many_classes_are_shown(exports: Path, classes: int) -> None:
    folders.done(exports, classes=tuple(f"class {number}" for number in range(classes)), photos=True)
    assert ("would say nothing" in words(page())) is (classes > 120)


# Photos.


def test_mistakes_and_changes_have_pictures_and_words(exports: Path) -> None:
    folders.done(exports, photos=True)
    said = html(page())
    assert "<b>is: hand 1</b><br>said: hand 2 (75 %)" in said  # the network's mistake, by int8
    assert "<b>is: hand 2</b><br>hand 2 (88 %)<br>→ hand 3 (75 %)" in said
    assert said.count('<img src="data:image/png;base64,') == 3


def test_mistakes_of_another_file_can_be_looked_at(exports: Path) -> None:
    folders.done(exports, photos=True)
    app = page()
    (control,) = [each for each in app.segmented_control if each.label == "According to"]
    control.set_value("network").run()
    assert "1 of 12 test photos, the most confident mistake first." in words(app)


def test_a_build_from_before_photos_were_kept_says_so(exports: Path) -> None:
    folders.done(exports)
    assert "made before photos were kept" in words(page())


def test_damaged_outcomes_cost_only_the_photos(exports: Path) -> None:
    run = folders.done(exports, photos=True)
    (run.folder / "outcomes.json").write_text("{")
    said = words(page())
    assert "outcomes.json is damaged" in said
    assert "int8.tflite names 99.0 %" in said


def test_a_picture_that_is_missing_or_damaged_leaves_its_words(exports: Path) -> None:
    run = folders.done(exports, photos=True)
    path_of(run.folder, 1).unlink()
    path_of(run.folder, 2).write_bytes(b"no picture")
    said = html(page())
    assert said.count("no picture") == 3
    assert "<b>is: hand 1</b>" in said


def test_a_large_picture_is_reduced(tmp_path: Path) -> None:
    keep(tmp_path, folders.said(sample()), "int8", folders.noise(folders.PHOTOS, side=600))
    assert path_of(tmp_path, 1).stat().st_size > 1_000_000
    assert 0 < len(photos.picture(tmp_path, 1)) < 150_000


# Other states.


def test_without_builds_it_leads_to_train(exports: Path) -> None:
    app = page()
    assert app.subheader[0].value == "No finished build yet"
    assert exports.is_dir()


def test_a_running_build_leads_to_train_and_the_finished_ones_stay_at_hand(exports: Path) -> None:
    run, lock = folders.running(exports)
    folders.done(exports)
    with lock:
        app = page(run.id)
        assert "Running is being built" in words(app).replace("*", "")
        assert len(app.selectbox[0].options) == 1
        assert not app.download_button


@pytest.mark.parametrize("state", ["failed", "died", "empty"])
def test_a_build_that_came_to_no_end_says_why(exports: Path, state: str) -> None:
    run = getattr(folders, state)(exports)
    said = words(page(run.id))
    assert "did not come to its end" in said
    assert ("The disk is full" in said) is (state == "failed")


def test_a_damaged_report_is_told(exports: Path) -> None:
    run = folders.damaged(exports)
    assert "its report cannot be read" in words(page(run.id))


def test_a_link_to_a_build_that_is_gone_shows_another(exports: Path) -> None:
    folders.done(exports)
    app = page("00000000ff")
    assert "is not here, or no more" in words(app)
    assert app.subheader[0].value == "Hands"


def test_a_build_that_is_deleted_while_it_is_shown(exports: Path) -> None:
    run = folders.done(exports, photos=True)
    app = page(run.id)
    folders.vanish(run)
    app.run()
    assert not app.exception
    assert "is not here, or no more" in words(app)


def test_hostile_names_are_shown_as_they_are(exports: Path) -> None:
    folders.done(exports, title="<script>alert(1)</script> **bold**", classes=hostile_names(10), photos=True)
    app = page()
    shown = html(app)
    assert not [tag for tag in TAGS if tag in shown]
    assert "&lt;script&gt;" in shown
    assert app.subheader[0].value == r"\<script\>alert\(1\)\</script\> \*\*bold\*\*"


def test_a_picture_that_another_one_replaced_is_shown_anew(tmp_path: Path) -> None:
    path = path_of(tmp_path, 1)
    path.parent.mkdir(parents=True)
    shown = []
    for grey in (10, 200):
        replaced = tmp_path / "new.png"
        Image.new("L", (4, 4), grey).save(replaced)
        os.utime(replaced, ns=(10**18, 10**18))
        replaced.replace(path)
        shown.append(photos.picture(tmp_path, 1))
    assert shown[0] != shown[1]


def test_a_report_and_its_outcomes_are_read_once_until_they_change(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = folders.done(exports)
    read: list[str] = []

    def noted(name: str, original: Callable[[Path], object]) -> Callable[[Path], object]:
        def reading(path: Path) -> object:
            read.append(name)
            return original(path)

        return reading

    for name in ("read_report", "read_outcomes"):
        monkeypatch.setattr(finished, name, noted(name, getattr(finished, name)))
    app = page(run.id).run().run()
    assert sorted(read) == ["read_outcomes", "read_report"]
    run.report_path.touch()
    app.run()
    assert read.count("read_report") == 2
