"""Finished builds in the browser: a photo tried, two builds compared, every page looked at on a desk and on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.start import FinishedBuild
from tests.browser.conftest import PHONE, Visitor
from tests.browser.serving import Server
from tests.browser.steps import heading, settled, turn_to
from tests.ui import folders
from ui import trying

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = {
    "": "Design",
    "data": "Data",
    "train": "Train",
    "batch": "Batch",
    "result": "Result",
    "try": "Try it",
    "builds": "Builds",
}


@pytest.fixture
def real(server: Server, small_build: FinishedBuild) -> str:
    """The id of a real build that lies in the server's exports."""
    shutil.copytree(small_build.folder, server.exports / small_build.folder.name)
    return small_build.report.build.id


@pytest.mark.pictures
def test_a_photo_is_tried_by_float_and_int8(
    server: Server, visitor: Visitor, real: str, picture: Callable[..., None], tmp_path: Path
) -> None:
    page = visitor.open(f"{server.url}/try?build={real}")
    page.get_by_text("What the files see").wait_for()
    picture(page, "app-try")
    photo = digit(tmp_path)
    page.get_by_text(trying.FILE, exact=True).click()
    page.locator("input[type=file]").set_input_files(photo)
    page.get_by_text("What the files see").wait_for()
    assert page.get_by_text(re.compile(r"int8\.tflite")).count() >= 1
    assert page.get_by_text(re.compile(r"float32\.tflite")).count() >= 1


@pytest.mark.pictures
def test_two_builds_stand_side_by_side(server: Server, visitor: Visitor, real: str, picture: Callable[..., None]) -> None:
    folders.done(server.exports, 5, "Hands")
    folders.died(server.exports, 3, "Cut off")
    page = visitor.open(f"{server.url}/builds?build={real}")
    page.get_by_role("button", name="Open the result").wait_for()
    picture(page, "app-builds")
    box = page.get_by_role("combobox", name=re.compile("Look at one build"))
    box.click()
    page.get_by_role("option", name=re.compile("Hands")).first.click()
    page.keyboard.press("Escape")
    page.get_by_text("Accuracy of the trained network").first.wait_for()
    picture(page, "app-compare")


def test_a_build_that_died_shows_the_end_of_its_log(server: Server, visitor: Visitor) -> None:
    run = folders.died(server.exports, 3, "Cut off")
    page = visitor.open(f"{server.url}/builds?build={run.id}")
    page.get_by_text("Killed here").first.wait_for()


def test_a_build_is_renamed_and_deleted_after_a_question(server: Server, visitor: Visitor) -> None:
    run = folders.done(server.exports, 5, "Hands")
    page = visitor.open(f"{server.url}/builds?build={run.id}")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("dialog").get_by_label("Title").fill("Fists <b>only</b>")
    page.get_by_role("dialog").get_by_label("Title").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Fists <b>only</b>").wait_for()
    assert run.description()["title"] == "Fists <b>only</b>"
    settled(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    page.get_by_text("No builds yet").wait_for()
    assert not run.folder.exists()


@pytest.mark.pictures
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_is_whole_with_a_build_and_without(
    server: Server, visitors: Callable[..., Visitor], small_build: FinishedBuild, picture: Callable[..., None], size: str
) -> None:
    visitor = visitors(PHONE, "dark") if size == "phone" else visitors()
    page = visitor.open(server.url)
    for address, title in PAGES.items():
        page.goto(f"{server.url}/{address}")
        heading(page, title)
        settled(page)
        visitor.check()
        fits_the_width(page)
    shutil.copytree(small_build.folder, server.exports / small_build.folder.name)
    folders.damaged(server.exports, 6, "Damaged")
    for address, title in PAGES.items():
        page.goto(f"{server.url}/{address}?build={small_build.report.build.id}&data=digits&classes=10")
        heading(page, title)
        settled(page)
        visitor.check()
        fits_the_width(page)
        if size == "phone":
            picture(page, f"phone-{title.lower().replace(' ', '-')}")


def test_a_budget_of_nothing_is_told_and_the_page_goes_on(server: Server, visitor: Visitor) -> None:
    page = visitor.open(f"{server.url}/?device=&flash=0")
    page.get_by_text("above zero").first.wait_for()
    turn_to(page, "Builds")


def fits_the_width(page: Page) -> None:
    """Nothing reaches out of the window sideways."""
    over = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth")
    assert over <= 1, f"{page.url} is {over} px too wide"


def digit(folder: Path) -> Path:
    """A photo: a bright ring on black, much like a nought."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (96, 96))
    ImageDraw.Draw(image).ellipse((28, 12, 68, 84), outline="white", width=14)
    path = folder / "nought.png"
    image.save(path)
    return path
