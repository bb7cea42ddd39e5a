"""What a hand does on a page, in the page's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

READY_MS = 300  # the page has told the server, and the server has answered


def turn_to(page: Page, title: str) -> None:
    """Opens a page by its name in the bar at the top."""
    page.get_by_role("link", name=title, exact=True).first.click()
    heading(page, title)


def heading(page: Page, title: str) -> None:
    """Waits for a page."""
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()


def choose(page: Page, label: str, option: str) -> None:
    """Chooses in a list, by typing."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option).first.click()
    page.wait_for_timeout(READY_MS)


def expander(page: Page, title: str) -> None:
    """Unfolds what is folded away."""
    page.get_by_text(title, exact=True).click()
    page.wait_for_timeout(READY_MS)


def settled(page: Page) -> None:
    """Waits until the page's script has ended."""
    page.wait_for_timeout(READY_MS)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
