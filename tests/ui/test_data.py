"""The Data page: every way to photos ends at a report of what they are like, or at words that say what is wrong."""

from __future__ import annotations

import base64
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from builder import uploads
from builder.data import examining
from builder.errors import DataError
from builder.uploads import webcam
from tests.data.test_archive import png, written
from ui.data import burst, chosen

NAMES = [f"{label}/{number}.png" for label in ("ash", "x<script>") for number in range(6)]


@pytest.fixture(autouse=True)
def own_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads and photos of its own for each test."""
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(tmp_path / "uploads"))
    monkeypatch.delenv("BUILDER_APP_PHOTOS", raising=False)
    return tmp_path / "uploads"


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    """A folder of two classes with one bad file."""
    for number, name in enumerate(NAMES):
        (tmp_path / "leaves" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "leaves" / name).write_bytes(png(number))
    (tmp_path / "leaves" / "ash" / "bad.png").write_bytes(b"no photo, but a text")
    return tmp_path / "leaves"


def opened(tool: str = "", **query: str) -> AppTest:
    """The page, with a way to photos open and fields of the choice from the address."""
    page = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    if tool:
        page.session_state[chosen.TOOL] = tool
    page.switch_page("ui/pages/data.py").run()
    return settled(page)


def settled(page: AppTest) -> AppTest:
    """The page when the look at its photos is over."""
    deadline = time.monotonic() + 60
    while any(button.label == "Stop looking" for button in page.button):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        page.run()
    assert not page.exception
    return page


def errors(page: AppTest) -> str:
    """All errors on the page."""
    return " ".join(error.value.replace("\\", "") for error in page.error)


def shown(page: AppTest) -> str:
    """The HTML on the page."""
    return " ".join(str(each.proto.body) for each in page.get("html"))


def press(page: AppTest, label: str) -> AppTest:
    """Clicks the button of a label."""
    return settled(next(button for button in page.button if button.label == label).click().run())


def choice(page: AppTest) -> Any:
    """What the visitor has chosen."""
    return page.session_state["choice"]


def photo(shade: int) -> bytes:
    """A JPEG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 80, 120)).save(file, "JPEG")
    return file.getvalue()


def test_without_photos_the_page_says_what_to_do() -> None:
    page = opened()
    assert "Choose some above" in page.info[0].value


def test_the_digits_are_one_click_away() -> None:
    page = press(opened(), "Use the digits")
    assert (choice(page).data, choice(page).classes) == ("digits", 10)
    assert "1,797" in shown(page)
    assert page.query_params["data"] == "digits"


def test_a_folder_on_the_server_is_reported_on(leaves: Path) -> None:
    page = opened(chosen.FOLDER)
    page.text_input[0].set_value(str(leaves))
    page = press(page, "Look at these photos")
    assert (choice(page).data, choice(page).classes) == (str(leaves), 2)
    assert "Skipped 1 photo(s)" in shown(page)
    assert "ash/bad.png" in [row for frame in page.dataframe for row in frame.value.get("file", [])]


def test_names_are_never_markup(leaves: Path) -> None:
    page = opened(data=str(leaves))
    assert "x&lt;script&gt;" in shown(page)
    assert "<script>" not in shown(page)


def test_a_reload_shows_the_same_report(leaves: Path) -> None:
    first = opened(data=str(leaves))
    assert shown(opened(data=str(leaves))) == shown(first)


def test_from_the_report_one_goes_on_to_train(leaves: Path) -> None:
    page = opened(data=str(leaves))
    page = press(page, "Train on these photos")
    assert page.title[0].value != "Data"
    assert choice(page).data == str(leaves)


@pytest.mark.parametrize("path", ["/absent/photos", "a\0b", "~nobody-of-this-name/x", "x" * 400])
def test_a_folder_that_is_not_there_is_named(path: str) -> None:
    page = opened(chosen.FOLDER)
    page.text_input[0].set_value(path)
    page = press(page, "Look at these photos")
    assert errors(page)


def test_an_empty_path_is_told() -> None:
    assert "No folder is named" in errors(press(opened(chosen.FOLDER), "Look at these photos"))


def test_one_class_is_refused_in_the_words_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "one" / "ash").mkdir(parents=True)
    (tmp_path / "one" / "ash" / "1.png").write_bytes(png(1))
    assert "has one class" in errors(opened(data=str(tmp_path / "one")))


def test_a_link_reads_no_folder_that_this_server_does_not_open(
    leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path / "open"))
    assert "lies outside" in errors(opened(data=str(leaves)))
    (tmp_path / "open" / "link").symlink_to(leaves)
    assert "lies outside" in errors(opened(data=str(tmp_path / "open" / "link")))
    assert "lies outside" in errors(opened(data=str(tmp_path / "open" / ".." / "leaves")))


def test_no_build_starts_on_a_folder_that_this_server_does_not_open(leaves: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "none")
    page = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60)
    page.query_params["data"] = str(leaves)
    page.run()
    page.switch_page("ui/pages/train.py").run()
    page = press(page, "Start the build")
    assert "opens none of its folders" in errors(page)
    assert not list(Path(os.environ["BUILDER_EXPORTS"]).glob("*/build.json"))


def test_where_no_folder_is_open_none_is_offered(leaves: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "none")
    page = opened(data=str(leaves))
    assert "opens none of its folders" in errors(page)
    assert chosen.FOLDER not in chosen.tools()


def test_an_uploaded_archive_is_taken_over_and_let_go(tmp_path: Path) -> None:
    page = opened(chosen.UPLOAD)
    content = written(tmp_path / "leaves.zip", NAMES).read_bytes()
    page.file_uploader[0].set_value(("leaves.zip", content, "application/zip"))
    page = settled(page.run())
    (taken,) = uploads.photo_sets()
    assert (choice(page).data, choice(page).classes) == (taken.data, 2)
    assert len(page.file_uploader) == 0  # the row of sets is open now
    assert "leaves" in page.header[0].value


def test_an_uploaded_folder_is_taken_over() -> None:
    page = opened(chosen.UPLOAD)
    page.file_uploader[1].set_value([(f"leaves/{name}", png(number), "image/png") for number, name in enumerate(NAMES)])
    page = settled(page.run())
    assert [each.kind for each in uploads.photo_sets()] == ["folder"]
    assert choice(page).classes == 2


def test_a_hostile_archive_is_refused_and_nothing_is_chosen(tmp_path: Path, own_uploads: Path) -> None:
    page = opened(chosen.UPLOAD)
    content = written(tmp_path / "evil.zip", [*NAMES, "../evil.png"]).read_bytes()
    page.file_uploader[0].set_value(("evil.zip", content, "application/zip"))
    page = settled(page.run())
    assert '".." in it' in errors(page)
    assert choice(page).data == ""
    assert list(own_uploads.iterdir()) == []


def test_an_archive_with_too_many_bad_files_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(NAMES):
            archive.writestr(name, png(number) if number % 2 else b"no photo")
    taken = uploads.take_archive("bad.zip", io.BytesIO(path.read_bytes()))
    assert "cannot be used, more than the share" in errors(opened(data=taken.data))


def test_sets_are_used_renamed_and_deleted(tmp_path: Path) -> None:
    content = written(tmp_path / "leaves.zip", NAMES).read_bytes()
    taken = uploads.take_archive("leaves.zip", io.BytesIO(content))
    page = press(opened(chosen.SETS), "Use")
    assert choice(page).data == taken.data
    page.text_input[0].set_value("Autumn")
    page = press(page, "Rename")
    assert uploads.photo_sets()[0].title == "Autumn"
    page = press(page, "Delete these photos")
    assert (uploads.photo_sets(), choice(page).data) == ([], "")


def test_a_set_that_somebody_deleted_is_an_error_in_words(tmp_path: Path) -> None:
    taken = uploads.take_archive("l.zip", io.BytesIO(written(tmp_path / "l.zip", NAMES).read_bytes()))
    taken.delete()
    assert "There are no photos at" in errors(opened(data=taken.data))


def test_classes_for_the_webcam_are_added_and_bad_names_refused() -> None:
    page = press(opened(chosen.CAMERA), "Make the set")
    (made,) = uploads.photo_sets()
    for name in ("open", "../../x<script>", "x<script>"):
        next(each for each in page.text_input if each.label == "New class").set_value(name)
        page = press(page, "Add")
        assert bool(errors(page)) == ("/" in name)
    assert list(webcam.classes(made)) == ["open", "x<script>"]
    assert page.radio[0].options == ["open", "x\\<script\\>"]


def test_photos_of_the_webcam_are_looked_at_when_asked_for() -> None:
    made = webcam.create("Hands")
    for number, name in enumerate(("fist", "open")):
        webcam.add_class(made, name)
        webcam.add_photos(made, name, [photo(100 * number + 7 * each) for each in range(8)])
    page = opened(chosen.CAMERA)
    page = press(page, "Go on with Hands")
    page = press(page, "Look at these photos")
    assert (choice(page).data, choice(page).classes) == (made.data, 2)
    webcam.add_photos(made, "open", [photo(250)])
    assert "have changed" in page.run().warning[0].value


def test_a_batch_of_the_browser_is_read() -> None:
    sent = {"id": "1-0", "label": "open", "photos": [base64.b64encode(b"abc").decode()]}
    assert burst.read_batch(sent) == burst.Batch("1-0", "open", (b"abc",))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "x",
        {"id": 1, "label": "open", "photos": []},
        {"id": "x" * 100, "label": "open", "photos": []},
        {"id": "", "label": "open", "photos": []},
        {"id": "1", "label": None, "photos": []},
        {"id": "1", "label": "open", "photos": "abc"},
        {"id": "1", "label": "open", "photos": ["not base64!"]},
        {"id": "1", "label": "open", "photos": [7]},
        {"id": "1", "label": "open", "photos": ["aaaa"] * 100},
        {"id": "1", "label": "open", "photos": ["a" * (burst.TEXT_MAX + 4)]},
    ],
)
def test_what_is_no_batch_is_refused(sent: object) -> None:
    with pytest.raises(DataError, match="Reload the page"):
        burst.read_batch(sent)


@pytest.mark.parametrize("tool", ["", *chosen.TOOLS])
def test_without_a_place_for_uploads_the_page_says_so(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(tmp_path / "file" / "uploads"))
    page = opened(tool, data="/some/where")
    assert "BUILDER_UPLOADS_DIR" in errors(page)
    assert page.get("button_group")  # another way can be chosen


def test_who_comes_while_others_are_looked_after_is_told_to_wait(leaves: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60)
    page.query_params["data"] = str(leaves)
    page.run()
    with monkeypatch.context() as full:
        full.setattr(examining.LINE, "at_once", 0)
        page.switch_page("ui/pages/data.py").run()
        assert page.get("progress")[0].proto.text.replace("\\", "") == "Waiting: others are looking at photos too"
    assert "Skipped 1 photo" in shown(settled(page.run()))
