"""A real Chromium, a real server, real photos: journeys as people make them.

Every page that a test opens is watched: an exception on a page or an error in the browser's console fails the test. Pictures for
the documentation are written where BUILDER_PICTURES names a folder (`make pictures`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from builder import launch
from builder.batch.launching import stop_batch
from builder.batch.record import BATCHES
from builder.runs import Run, builds
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TIMEOUT_MS = 60_000.0  # for one step on a busy machine; most take a tenth of a second
DESK, PHONE = (1280, 900), (390, 844)
PICTURE_HEIGHT_MAX = 2600  # px
FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--force-color-profile=srgb"]

# Below a page's address Streamlit asks for these in vain before it asks at the root.
ASKED_IN_VAIN = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright

    place = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if place is None:
        words = "there is no Chromium; on Debian: apt install chromium"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=place, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def server(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with empty exports."""
    started = Server(tmp_path, tmp_path_factory.getbasetemp() / "cache")
    started.start()
    yield started
    started.kill()
    for folder in (started.exports / BATCHES).glob("*"):  # they and builds outlive the server, as they should
        stop_batch(folder, grace_seconds=0)
    for folder in builds(started.exports):
        launch.stop(Run(folder), grace_seconds=0)


class Visitor:
    """Somebody with a browser: one context, whose pages are watched."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []

    def open(self, url: str) -> Page:
        """A new tab at an address."""
        page = self.context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        page.on("console", lambda message: self.hear(message.type, message.text, message.location.get("url", "")))
        page.goto(url)
        return page

    def hear(self, kind: str, text: str, url: str) -> None:
        """Keeps what the console calls an error."""
        if kind == "error" and not url.endswith(ASKED_IN_VAIN):
            self.errors.append(f"console: {text} ({url})")

    def check(self) -> None:
        """No exception on any page that is open, no error in the console."""
        for page in self.context.pages:
            assert page.get_by_test_id("stException").count() == 0, page.get_by_test_id("stException").all_inner_texts()
        assert self.errors == []


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: `visitors()` at a desk, `visitors(PHONE)` on a phone; all are checked at the end."""
    made: list[Visitor] = []

    def visitor(size: tuple[int, int] = DESK, scheme: Literal["light", "dark"] = "light") -> Visitor:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, accept_downloads=True, permissions=["camera"]
        )
        made.append(Visitor(context))
        return made[-1]

    yield visitor
    for each in made:
        each.check()
        each.context.close()


@pytest.fixture
def visitor(visitors: Callable[..., Visitor]) -> Visitor:
    """One at a desk."""
    return visitors()


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keeps a picture of a page, for the documentation or, without BUILDER_PICTURES, for nobody."""
    folder = Path(os.environ.get("BUILDER_PICTURES") or tmp_path / "pictures")

    def take(page: Page, name: str) -> None:
        size = page.viewport_size or {"width": DESK[0], "height": DESK[1]}
        # Streamlit scrolls inside the page, so a picture of all of it needs a window as high as that.
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": min(max(height, 600), PICTURE_HEIGHT_MAX)})
        page.wait_for_timeout(1000)  # charts fade in
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", animations="disabled")
        page.set_viewport_size(size)

    return take
