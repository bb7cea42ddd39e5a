"""Without a mouse: every control has a name, shows its focus and is reached, and the dials move by the arrow keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PHONE, Visitor
from tests.browser.serving import Server
from tests.browser.steps import heading
from tests.ui import folders

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABS_MAX = 60  # presses from the top of a page to its main button

# Address, title, what the page is for: the control that somebody has to reach.
PAGES = (
    ("?device=NUCLEO-G0B1RE", "Design", r"Best fit"),
    ("data?", "Data", r"Use the digits"),
    ("train?data=digits", "Train", r"Start the build"),
    ("batch?build={build}", "Batch", r"Start the batch"),
    ("result?build={build}", "Result", r"int8\.tflite"),
    ("try?build={build}", "Try it", r"Back to the result"),
    ("builds?build={build}", "Builds", r"Open the result"),
)

# The name of a control as a screen reader says it, where the page gives one: aria-label, labelledby, label, its own words.
NAME = """element => {
  const of = id => document.getElementById(id)?.innerText || '';
  const given = element.getAttribute('aria-label') || (element.getAttribute('aria-labelledby') || '').split(' ').map(of).join(' ')
    || [...(element.labels || [])].map(label => label.innerText || label.getAttribute('aria-label')).join(' ')
    || element.innerText || element.title || element.alt || '';
  return given.trim();
}"""
NAMELESS = f"""() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(element => element.checkVisibility() && !element.disabled && element.tabIndex >= 0
    && element.matches('a, button, input, select, textarea, summary, [role]'))
  .filter(element => !({NAME})(element)).map(element => element.outerHTML.slice(0, 300))"""
FOCUSED = f"() => document.activeElement.matches('a, button, input, summary') ? ({NAME})(document.activeElement) : ''"
# A ring around the control or around what holds it, or a change of its ground.
SHOWN = """() => {
  for (let each = document.activeElement, level = 0; each && level < 5; each = each.parentElement, level++) {
    const style = getComputedStyle(each);
    if (style.boxShadow !== 'none' || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)) return true;
  }
  return false;
}"""


@pytest.fixture
def build(server: Server) -> str:
    """The id of a finished build."""
    return folders.done(server.exports, 5, "Hands", photos=True).id


@pytest.mark.parametrize(("address", "title", "main"), PAGES, ids=[title for _, title, _ in PAGES])
def test_every_control_has_a_name_and_the_main_one_is_reached_by_tab(
    server: Server, visitor: Visitor, build: str, address: str, title: str, main: str
) -> None:
    page = visitor.open(f"{server.url}/{address.format(build=build)}")
    heading(page, title)
    page.get_by_text(re.compile(main)).first.wait_for()
    page.wait_for_timeout(1500)  # charts and tables have controls of their own
    assert page.evaluate(NAMELESS) == []
    assert re.search(main, tab_to(page, main))
    assert page.evaluate(SHOWN), "the focus is not seen"


def test_the_arrow_keys_move_the_dials_and_the_figures_follow(server: Server, visitor: Visitor) -> None:
    page = visitor.open(f"{server.url}/?device=NUCLEO-G0B1RE")
    for dial, field in (("Width, alpha", "alpha"), ("Photo size, rho", "resolution")):
        page.get_by_role("slider", name=dial).wait_for()
        figures = page.locator(".mb-figures .mb-value")
        before = figures.all_inner_texts()
        tab_to(page, f"^{dial}$")
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile(rf"\b{field}="), wait_until="commit")
        page.wait_for_timeout(1000)
        assert figures.all_inner_texts() != before


def test_a_phone_keeps_size_ram_and_verdict_in_sight_while_a_dial_moves(server: Server, visitors: Callable[..., Visitor]) -> None:
    page = visitors(PHONE).open(f"{server.url}/?device=NUCLEO-G0B1RE")
    page.get_by_role("slider", name="Width, alpha").focus()
    line = page.locator(".mb-now")
    for _ in range(20):
        before = line.inner_text()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("before => document.querySelector('.mb-now').innerText !== before", arg=before)
        place = line.bounding_box()
        assert place is not None
        assert 0 < place["y"] < PHONE[1] - place["height"] + 1
        if "does not fit" in line.inner_text():
            return
    raise AssertionError("it fits whatever alpha is")


def tab_to(page: Page, name: str) -> str:
    """Presses Tab from where the focus is until a control of that name has it; returns the control's name."""
    said: list[str] = []
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        said.append(page.evaluate(FOCUSED))
        if re.search(name, said[-1]):
            return said[-1]
    raise AssertionError(f"{name} is not reached: {said}")
