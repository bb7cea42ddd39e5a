"""The address of a page: Back and Forward go through what was chosen; turning to a page and loading it again lose nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.conftest import Visitor
from tests.browser.serving import Server
from tests.browser.steps import READY_MS, turn_to
from tests.ui import folders

if TYPE_CHECKING:
    from playwright.sync_api import Page


def widen(page: Page, alpha: str) -> None:
    """Moves alpha one step, to a value that is known."""
    page.get_by_role("slider", name="Width, alpha").press("ArrowRight")
    stands_at(page, alpha)


def stands_at(page: Page, alpha: str) -> None:
    """Waits until address and dial say the same."""
    page.wait_for_url(re.compile(rf"[?&]alpha={alpha}(&|$)"))
    page.locator(f'input[aria-label="Width, alpha"][aria-valuetext="{alpha}"]').wait_for(state="attached")
    page.wait_for_timeout(READY_MS)


def size(page: Page) -> str:
    """What the page says the file takes."""
    return page.locator(".mb-meter .mb-value").first.inner_text()


def test_back_and_forward_go_through_the_moves_of_a_dial(server: Server, visitor: Visitor) -> None:
    page = visitor.open(server.url)
    stands_at(page, "0.25")
    sizes = {"0.25": size(page)}
    for alpha in ("0.275", "0.3"):
        widen(page, alpha)
        page.wait_for_function("old => document.querySelector('.mb-meter .mb-value').innerText !== old", arg=[*sizes.values()][-1])
        sizes[alpha] = size(page)
    for step, alpha in ((page.go_back, "0.275"), (page.go_back, "0.25"), (page.go_forward, "0.275"), (page.go_forward, "0.3")):
        step()
        stands_at(page, alpha)
        assert size(page) == sizes[alpha]
    turn_to(page, "Data")
    page.wait_for_url(re.compile("/data.*alpha=0.3"))
    page.reload()
    turn_to(page, "Design")
    stands_at(page, "0.3")
    page.go_back()
    page.wait_for_url(re.compile("/data.*alpha=0.3"))
    page.go_back()
    stands_at(page, "0.3")


def test_two_builds_side_by_side_survive_a_link_a_page_and_a_reload(server: Server, visitor: Visitor) -> None:
    first, second = folders.done(server.exports, 5, "Hands"), folders.done(server.exports, 6, "Hands again")
    page = visitor.open(f"{server.url}/builds?build={first.id}&compare={second.id}")
    page.get_by_role("heading", name="Side by side").wait_for()
    turn_to(page, "Data")
    turn_to(page, "Builds")
    page.get_by_role("heading", name="Side by side").wait_for()
    page.reload()
    page.get_by_role("heading", name="Side by side").wait_for()
    assert re.search(f"build={first.id}&compare={second.id}", page.url)
