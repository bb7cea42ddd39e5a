"""The main journey: choose a board, let the builder choose the dials, train on digits, watch, leave, come back, download."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder.report import read_report
from builder.runs import Run, builds
from tests.browser.conftest import Visitor
from tests.browser.serving import Server
from tests.browser.steps import choose, expander, heading, turn_to


@pytest.mark.pictures
def test_from_a_board_to_the_verified_file_on_the_disk(server: Server, visitor: Visitor, picture: Callable[..., None]) -> None:
    page = visitor.open(server.url)
    choose(page, "Device", "NUCLEO-G0B1RE")
    page.get_by_role("button", name="Best fit").click()
    page.get_by_text(re.compile("fits? NUCLEO-G0B1RE")).first.wait_for()
    page.wait_for_timeout(1500)  # charts are drawn after the figures
    picture(page, "app-design")

    turn_to(page, "Data")
    page.get_by_role("button", name="Use the digits").click()
    page.get_by_role("button", name="Train on these photos").wait_for()
    picture(page, "app-data")
    page.get_by_role("button", name="Train on these photos").click()

    heading(page, "Train")
    choose(page, "Training starts from", "nothing: from scratch")
    expander(page, "Advanced settings")
    page.get_by_label("Epochs", exact=True).fill("3")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.get_by_label("Title", exact=True).fill("Digits for the Nucleo")
    page.get_by_label("Title", exact=True).press("Enter")
    page.wait_for_url(re.compile("epochs=3"))
    page.wait_for_url(re.compile("title=Digits"))
    page.get_by_role("button", name="Start the build").click()

    page.get_by_role("button", name="Stop the build").wait_for()
    page.get_by_text("1 of 3", exact=True).wait_for(timeout=240_000)
    turn_to(page, "Builds")
    page.get_by_text("Digits for the Nucleo").first.wait_for()
    turn_to(page, "Train")
    page.get_by_text("2 of 3", exact=True).wait_for(timeout=240_000)  # it went on meanwhile
    picture(page, "app-train")
    page.get_by_role("button", name="See the result").click(timeout=240_000)

    heading(page, "Result")
    page.get_by_role("button", name=re.compile("int8.tflite")).first.wait_for()
    page.wait_for_timeout(1500)
    picture(page, "app-result")
    run = Run(builds(server.exports)[0])
    report = read_report(run.report_path)
    assert report.build.title == "Digits for the Nucleo"
    for variant in ("int8", "int8_micro"):
        content = download(page, re.compile(rf"\b{variant}\.tflite"))
        assert content == (run.folder / f"{variant}.tflite").read_bytes()
        assert hashlib.sha256(content).hexdigest() == report.measured.variants[variant].sha256


def download(page: Any, name: re.Pattern[str]) -> bytes:
    """What the browser saves when a download button is pressed."""
    with page.expect_download() as saving:
        page.get_by_role("button", name=name).first.click()
    return Path(saving.value.path()).read_bytes()
