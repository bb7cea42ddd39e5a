"""Many builds from the form: planned, built, watched, stopped and gone on with; the best of them opened from the picture."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builder.batch.finding import batches
from builder.batch.record import BatchRecord, read_record
from builder.report import read_report
from builder.runs import Run, builds
from tests.browser.conftest import PHONE, Visitor
from tests.browser.serving import Server
from tests.browser.steps import READY_MS, choose, expander, heading, settled
from tests.browser.test_finished_builds import fits_the_width
from tests.ranking import samples
from tests.ui import folders

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from builder.start import FinishedBuild

START = "batch?data=digits&alpha=0.1&resolution=32&init=scratch&augmentation=none&device="
BUILD_MS = 400_000.0  # two builds on a busy machine


def number(page: Page, label: str, value: str) -> None:
    """Writes a number into its field."""
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(value)
    field.press("Enter")
    page.wait_for_timeout(READY_MS)


def only_alpha(page: Page, alpha: str) -> None:
    """Chooses one alpha, whatever was chosen before."""
    box = page.get_by_test_id("stMultiSelect").filter(has=page.get_by_role("combobox", name="Width multiplier alpha"))
    box.get_by_role("button", name="Clear all").click()
    field = page.get_by_role("combobox", name="Width multiplier alpha")
    field.click()
    field.fill(alpha)
    page.get_by_role("option", name=re.compile(rf"\b{re.escape(alpha)}$")).first.click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(READY_MS)


def one_worker(page: Page) -> None:
    """One build at a time."""
    expander(page, "More: workers, and when to stop before the end")
    number(page, "Workers", "1")


def points(page: Page) -> Locator:
    """The dots of the leaderboard's picture: first those that others beat, then those on the front."""
    return page.locator(".stVegaLiteChart .mark-symbol path[aria-roledescription]")


def record(server: Server) -> BatchRecord:
    """The record of the one batch that there is."""
    (folder,) = batches(server.exports)
    found = read_record(folder)
    assert found is not None
    return found


@pytest.mark.pictures
def test_two_builds_from_the_form_to_the_result_of_one(server: Server, visitor: Visitor, picture: Callable[..., None]) -> None:
    page = visitor.open(f"{server.url}/{START}&epochs=1")
    heading(page, "Batch")
    only_alpha(page, "0.1")
    number(page, "Seeds of each", "2")
    page.get_by_text("1 alpha x 1 resolution x 2 seeds: 2 builds.").wait_for()
    one_worker(page)
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("2 to build.").wait_for()

    page.get_by_role("button", name="Start the batch").click()
    page.get_by_role("button", name="Stop the batch").wait_for()
    page.get_by_text(re.compile(r"0 of 2 builds")).wait_for()
    page.get_by_text(re.compile(r"cell [12] \(alpha 0\.1, resolution 32, seed [01]\)")).first.wait_for()
    page.get_by_text(re.compile(r"1 of 2 builds")).wait_for(timeout=BUILD_MS)
    page.get_by_text("1 file, ").wait_for()  # the leaderboard has the first build already
    picture(page, "app-batch-live")
    page.get_by_text("All done: 2 builds.").wait_for(timeout=BUILD_MS)
    assert [(cell.state, cell.attempts) for cell in record(server).cells] == [("done", 1)] * 2
    assert record(server).workers == 1

    page.get_by_text("2 files, ").wait_for()
    settled(page)
    page.wait_for_timeout(1500)  # the picture is drawn after its words
    points(page).last.click()
    page.get_by_role("button", name="Open the result").wait_for()
    assert re.search(r"build=[0-9a-f]+", page.url)
    with page.expect_download() as saving:
        page.get_by_role("button", name="All rows as CSV").click()
    assert len(Path(saving.value.path()).read_text().splitlines()) == 3  # a head and two rows
    page.get_by_role("button", name="Open the result").click()
    heading(page, "Result")
    titles = {read_report(Run(folder).report_path).build.title for folder in builds(server.exports)}
    assert titles == {"batch: alpha 0.1, resolution 32, seed 0", "batch: alpha 0.1, resolution 32, seed 1"}
    page.get_by_text(re.compile("batch: alpha 0.1, resolution 32, seed")).first.wait_for()


@pytest.mark.pictures
def test_a_dry_run_says_what_does_not_fit_the_board(server: Server, visitor: Visitor, picture: Callable[..., None]) -> None:
    page = visitor.open(f"{server.url}/batch?data=digits&alpha=0.75&resolution=96&device=Raspberry+Pi+Pico")
    heading(page, "Batch")
    choose(page, "Resolution, px, or rho", "160")
    page.keyboard.press("Escape")
    page.get_by_text("3 alphas x 2 resolutions: 6 builds.").wait_for()
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text(re.compile(r"Why [1-5] builds? will not be made")).click()
    page.get_by_text(re.compile("Does not fit Raspberry Pi Pico")).first.wait_for()
    settled(page)
    picture(page, "app-batch")


def test_a_batch_is_stopped_and_goes_on_and_another_visitor_sees_it(server: Server, visitors: Callable[..., Visitor]) -> None:
    page = visitors().open(f"{server.url}/{START}&epochs=6")
    heading(page, "Batch")
    only_alpha(page, "0.1")
    one_worker(page)
    page.get_by_role("button", name="Start the batch").click()
    page.get_by_text(re.compile(r"[1-5] of 6 epochs")).first.wait_for(timeout=BUILD_MS)
    other = visitors().open(f"{server.url}/{START}")
    other.get_by_role("button", name="See it").click()
    other.get_by_role("button", name="Stop the batch").wait_for()
    page.get_by_role("button", name="Stop the batch").click()
    page.get_by_role("button", name="Go on").wait_for()
    other.get_by_role("button", name="Go on").wait_for()
    assert record(server).state == "stopped"
    settled(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Stop the batch").wait_for()
    page.get_by_text("All done: 1 build.").wait_for(timeout=BUILD_MS)
    report = read_report(Run(builds(server.exports)[0]).report_path)
    assert [epoch.epoch for epoch in report.training.history] == list(range(1, 7))


def test_a_file_is_dropped_and_a_bad_one_is_said(server: Server, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open(f"{server.url}/batch")
    page.get_by_text("YAML file", exact=True).click()
    (tmp_path / "bad.yaml").write_text("grid: {alhpa: [0.5]}\n")
    (tmp_path / "good.yaml").write_text("base: {resolution: 32}\ngrid: {alpha: [0.1, 0.25]}\ndevices: [Raspberry Pi Pico]\n")
    page.locator("input[type=file]").set_input_files(tmp_path / "bad.yaml")
    page.get_by_text('there is no setting "alhpa"').wait_for()
    page.locator("input[type=file]").set_input_files(tmp_path / "good.yaml")
    page.get_by_text("2 alphas: 2 builds.").wait_for()
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("2 to build.").wait_for()


def test_a_wrong_condition_is_said_and_a_right_one_filters(server: Server, visitor: Visitor) -> None:
    folders.done(server.exports, 5, "Hands")
    page = visitor.open(f"{server.url}/batch")
    field = page.get_by_role("textbox", name="Only files with")
    field.fill("accuracy=1")
    field.press("Enter")
    page.get_by_text("expected ==").wait_for()
    field.fill("flash<=1KiB")
    field.press("Enter")
    page.get_by_text("No build is like that").wait_for()
    field.fill("")
    field.press("Enter")
    page.get_by_text(re.compile("1 file, ")).wait_for()


@pytest.mark.pictures
def test_every_file_of_a_build_is_a_point(
    server: Server, visitor: Visitor, small_build: FinishedBuild, picture: Callable[..., None]
) -> None:
    shutil.copytree(small_build.folder, server.exports / small_build.folder.name)
    page = visitor.open(f"{server.url}/batch?data=digits")
    page.get_by_text(re.compile("digits: 1 file, ")).wait_for()
    page.get_by_text("Every file of each build").click()
    page.get_by_text(re.compile(f"digits: {len(small_build.report.measured.variants)} files, ")).wait_for()
    page.wait_for_timeout(1500)  # the picture is drawn after its words
    points(page).first.click()
    page.get_by_role("heading", name=small_build.report.build.title).wait_for()
    picture(page, "app-leaderboard")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_point_that_others_beat_opens_its_build_too(server: Server, visitors: Callable[..., Visitor], size: str) -> None:
    figures = [(100_000, 0.5), (200_000, 0.9), (400_000, 0.95), (300_000, 0.6)]
    for each, (flash_bytes, accuracy) in enumerate(figures, 1):
        samples.build(server.exports, each, flash_bytes=flash_bytes, accuracy=accuracy)
    visitor = visitors(PHONE, "dark") if size == "phone" else visitors()
    page = visitor.open(f"{server.url}/batch")
    page.get_by_text(re.compile("The ring is around the knee")).wait_for()
    page.wait_for_timeout(1500)  # the picture is drawn after its words
    assert points(page).count() == 4
    points(page).first.click()
    page.get_by_role("heading", name="Hands 4").wait_for()
    points(page).last.click()
    page.get_by_role("heading", name="Hands 3").wait_for()
    settled(page)
    fits_the_width(page)
