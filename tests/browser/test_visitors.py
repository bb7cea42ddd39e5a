"""Several people at once: plans of their own, builds in common."""

from __future__ import annotations

import re
from collections.abc import Callable

from builder.runs import Run, builds
from builder.watching import look
from tests.browser.conftest import Visitor
from tests.browser.serving import Server

START = "train?data=digits&resolution=32&init=scratch&augmentation=none&epochs=2"


def test_each_has_a_plan_of_their_own(server: Server, visitors: Callable[..., Visitor]) -> None:
    first, second = visitors().open(f"{server.url}/?alpha=0.5"), visitors().open(f"{server.url}/?alpha=0.75")
    for page, alpha in ((first, "0.5"), (second, "0.75")):
        page.get_by_role("link", name="Train", exact=True).click()
        page.get_by_text(re.compile(rf"alpha {alpha},")).first.wait_for()


def test_two_who_start_the_same_watch_one_build(server: Server, visitors: Callable[..., Visitor]) -> None:
    pages = [visitors().open(f"{server.url}/{START}") for _ in range(2)]
    for page in pages:
        page.get_by_role("button", name="Start the build").click()
        page.get_by_role("button", name="New build").wait_for()
    pages[1].get_by_role("button", name=re.compile("Stop the build|See the result")).first.wait_for()
    assert len(builds(server.exports)) == 1
    for page in pages:
        page.get_by_role("button", name="See the result").wait_for(timeout=240_000)


def test_two_who_start_different_builds_get_two_and_the_second_waits_its_turn(
    server: Server, visitors: Callable[..., Visitor]
) -> None:
    first, second = (visitors().open(f"{server.url}/{START}&seed={seed}") for seed in (1, 2))
    first.get_by_role("button", name="Start the build").click()
    first.get_by_role("button", name="Stop the build").wait_for()
    second.get_by_role("button", name="Start the build").click()
    second.get_by_text("Waiting for a free slot").wait_for()
    second.get_by_text("It is next").wait_for()
    for page in (first, second):
        page.get_by_role("button", name="See the result").wait_for(timeout=300_000)
    states = [look(Run(folder)).state for folder in builds(server.exports)]
    assert states == ["done", "done"]
