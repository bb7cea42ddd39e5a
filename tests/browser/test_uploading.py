"""Photos from the visitor's disk: an archive with two bad files, one that is too large, a class with a hostile name."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Visitor
from tests.browser.serving import Server
from tests.browser.steps import turn_to


@pytest.fixture
def archive(hands: Path, tmp_path: Path) -> Path:
    """Sixty photos of hands in three classes, two of them spoilt: one is cut off, one is a text."""
    path = tmp_path / "hands.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(3):
            for place, photo in enumerate(sorted((hands / str(number)).iterdir())[:20]):
                content = photo.read_bytes()
                if (number, place) == (0, 3):
                    content = content[: len(content) // 3]
                if (number, place) == (1, 5):
                    content = b"not a photo at all"
                made.writestr(f"{number}/{photo.name}", content)
    return path


@pytest.mark.pictures
def test_an_archive_with_two_bad_photos_is_taken_and_both_are_named(
    server: Server, visitor: Visitor, archive: Path, picture: Callable[..., None]
) -> None:
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file][accept*=zip]").set_input_files(archive)
    page.get_by_role("button", name="Train on these photos").wait_for()
    page.get_by_text("not a photo in a known format").first.wait_for(state="attached")
    page.get_by_text("truncated").first.wait_for(state="attached")
    picture(page, "app-data-upload")
    page.get_by_role("button", name="Train on these photos").click()
    page.get_by_role("button", name="Start the build").wait_for()
    assert "classes=3" in page.url
    page.reload()  # the photos are in the address
    page.get_by_role("button", name="Start the build").wait_for()
    turn_to(page, "Data")
    page.get_by_role("button", name="Train on these photos").wait_for()


def test_an_archive_that_reaches_out_of_its_folder_is_refused(server: Server, visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("../../outside.jpg", b"x")
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file][accept*=zip]").set_input_files(path)
    page.get_by_test_id("stAlert").filter(has_text="outside.jpg").wait_for()
    assert not list(tmp_path.rglob("outside.jpg"))


def test_an_archive_of_two_gigabytes_is_not_even_sent(server: Server, visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file][accept*=zip]").set_input_files(path)
    page.get_by_text("must be 300").first.wait_for()
    assert server.resident_bytes() < 500 * 1024**2


def test_a_folder_larger_than_one_upload_may_be_is_refused_and_never_all_in_memory(
    server: Server, visitor: Visitor, tmp_path: Path
) -> None:
    folder = tmp_path / "large"
    for number in range(12):
        (folder / str(number % 2)).mkdir(parents=True, exist_ok=True)
        with (folder / str(number % 2) / f"{number}.jpg").open("wb") as file:
            file.truncate(40 * 10**6)
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file][webkitdirectory]").set_input_files(folder)
    told, most = page.get_by_test_id("stAlert").filter(has_text="more than the 300 MB"), 0
    while not told.count():
        most = max(most, server.resident_bytes())
        page.wait_for_timeout(20)
    assert most < 500 * 1024**2
    assert not [path for path in (tmp_path / "uploads").iterdir() if path.name.startswith(".incoming")]


def test_a_folder_is_taken_whole_where_it_stays_on_disk_meanwhile(
    server: Server, visitor: Visitor, hands: Path, tmp_path: Path
) -> None:
    for name in ("0", "1"):
        (tmp_path / "large" / name).mkdir(parents=True)
        for photo in sorted((hands / name).iterdir())[:8]:
            padded = photo.read_bytes() + bytes(3 * 1024**2)  # of which no decoder takes notice
            (tmp_path / "large" / name / photo.name).write_bytes(padded)
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "large")
    page.get_by_role("button", name="Train on these photos").wait_for()
    page.get_by_text("16", exact=True).first.wait_for()


@pytest.mark.pictures
def test_a_class_with_a_hostile_name_is_refused_and_one_with_markup_is_shown_as_it_is(
    server: Server, visitor: Visitor, picture: Callable[..., None]
) -> None:
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Webcam", exact=True).click()
    page.get_by_role("button", name="Make the set").click()
    page.get_by_label("New class").fill("../../x<script>")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_test_id("stAlert").filter(has_text="../../x<script>").wait_for()
    for name in ("x<script>alert(1)</script>"[:9], "fist"):
        page.get_by_label("New class").fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_text(name).first.wait_for()
    picture(page, "app-data-webcam")


def test_a_folder_of_the_server_that_vanishes_is_told(server: Server, visitor: Visitor, hands: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for name in ("0", "1"):
        (photos / name).mkdir(parents=True)
        for photo in sorted((hands / name).iterdir())[:8]:
            shutil.copy(photo, photos / name)
    page = visitor.open(f"{server.url}/data")
    page.get_by_text("Folder on the server", exact=True).click()
    page.get_by_label("Folder or .zip on the server").fill(str(photos))
    page.get_by_role("button", name="Look at these photos").click()
    page.get_by_role("button", name="Train on these photos").wait_for()
    shutil.rmtree(photos)
    page.get_by_role("button", name="Train on these photos").click()
    page.get_by_role("button", name="Start the build").click()
    page.get_by_test_id("stAlert").filter(has_text="There are no photos at").wait_for()
