"""A finished build compressed in the browser: techniques run beside the page, their files appear, the bundle is downloaded."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from builder import finished_work, launch
from builder.compress.settings import Compression
from builder.lab import Request
from builder.matrix import read_matrix, shelf
from builder.runs import Run, builds
from builder.start import FinishedBuild
from tests.browser.conftest import PHONE, Visitor
from tests.browser.serving import Server
from tests.browser.steps import settled
from tests.browser.test_design_to_download import download
from tests.browser.test_finished_builds import fits_the_width
from tests.ui import folders, shelves

if TYPE_CHECKING:
    from playwright.sync_api import Page


# Of a control in the page, wherever the page is scrolled to.
PLACE = """element => {
  const box = element.getBoundingClientRect();
  return [box.left, box.top + document.querySelector('[data-testid=stMain]').scrollTop];
}"""


@pytest.fixture
def run(server: Server, small_build: FinishedBuild) -> Run:
    """A real build that lies in the server's exports."""
    shutil.copytree(small_build.folder, server.exports / small_build.folder.name)
    return Run(builds(server.exports)[0])


def opened(visitor: Visitor, server: Server, run: Run) -> Page:
    """The Result page, with what is about compression in front."""
    page = visitor.open(f"{server.url}/result?build={run.id}")
    page.get_by_role("tab", name="Compress", exact=True).click()
    page.get_by_role("button", name="Run them").wait_for()
    return page


@pytest.mark.pictures
def test_quick_techniques_are_run_watched_and_their_bundle_is_downloaded(
    server: Server, visitor: Visitor, run: Run, picture: Callable[..., None]
) -> None:
    page = opened(visitor, server, run)
    page.get_by_text(re.compile(r"int8\.tflite (passes|does not pass) the gate")).wait_for()
    page.get_by_text("Nothing was compressed yet").wait_for()
    place = page.get_by_role("button", name="Stop", exact=True).evaluate(PLACE)
    page.get_by_role("button", name="Run them").click()
    page.get_by_text(re.compile(r"Technique \d of 6")).wait_for()
    assert page.get_by_role("button", name="Run them").is_disabled()
    page.get_by_role("rowheader", name="float32", exact=True).last.wait_for()  # the first is there while others are made
    assert page.get_by_role("button", name="Stop", exact=True).evaluate(PLACE) == place
    page.get_by_role("rowheader", name="int16", exact=True).wait_for(timeout=240_000)
    page.get_by_role("button", name="Run them").and_(page.locator(":enabled")).wait_for()
    page.get_by_text(re.compile("Smallest file that passes|No file passes")).first.wait_for()
    settled(page)
    matrix = read_matrix(run.folder)
    assert matrix is not None
    assert [row.technique for row in matrix.rows] == list(shelf.POST_TRAINING)
    assert page.get_by_role("tab", name="Compress", exact=True).get_attribute("aria-selected") == "true"
    page.wait_for_timeout(1500)  # charts are drawn after the figures
    fits_the_width(page)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    picture(page, "app-compress")
    with zipfile.ZipFile(io.BytesIO(download(page, re.compile("Bundle for app and firmware")))) as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
    assert {"README.md", "int8.tflite", "labels.txt"} <= names


def test_a_fine_tune_that_somebody_else_began_is_seen_and_stopped(
    server: Server, visitor: Visitor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", server.environment["BUILDER_STATE_DIR"])
    launch.compress(run, Request(("qat",), Compression(epochs=100)))
    page = opened(visitor, server, run)
    page.get_by_text(re.compile(r"Technique 1 of 1, quantization-aware training: epoch \d+ of 100")).wait_for(timeout=180_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped. What is whole is kept").wait_for()
    settled(page)
    assert finished_work.look(run, "compress").state == "stopped"
    assert not run.is_locked()
    assert run.status() == "done"


def test_a_shelf_is_whole_on_a_phone(server: Server, visitors: Callable[..., Visitor], picture: Callable[..., None]) -> None:
    run = folders.done(server.exports, photos=True)
    shelves.compressed(run)
    shelves.resized(run, 64, 96)
    visitor = visitors(PHONE, "dark")
    page = opened(visitor, server, run)
    page.get_by_text("Limits of the gate, and how much is compressed").click()
    settled(page)
    fits_the_width(page)
    picture(page, "phone-compress")
    page.goto(f"{server.url}/builds?build={run.id}")
    page.get_by_text("Export at another resolution, without training").click()
    page.get_by_text("Re-quantize: int8 with other calibration photos").click()
    page.get_by_text("64 px", exact=True).first.wait_for()
    settled(page)
    fits_the_width(page)
    picture(page, "phone-more")
