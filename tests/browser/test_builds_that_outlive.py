"""Builds are processes of their own: stopped and resumed, and not touched by the end of the server."""

from __future__ import annotations

from builder import launch
from builder.report import read_report
from builder.runs import Run, builds
from builder.watching import look
from tests.browser.conftest import Visitor
from tests.browser.serving import Server
from tests.browser.steps import settled

START = "train?data=digits&resolution=32&init=scratch&augmentation=none"


def only(server: Server) -> Run:
    """The one build that there is."""
    (folder,) = builds(server.exports)
    return Run(folder)


def test_a_build_is_stopped_and_resumed(server: Server, visitor: Visitor) -> None:
    page = visitor.open(f"{server.url}/{START}&epochs=8")
    page.get_by_role("button", name="Start the build").click()
    page.get_by_text("1 of 8", exact=True).wait_for(timeout=180_000)
    page.get_by_role("button", name="Stop the build").click()
    page.get_by_role("button", name="Resume").wait_for()
    settled(page)
    run = only(server)
    assert look(run).state == "stopped"
    kept = len(look(run).epochs)
    assert 1 <= kept < 8
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="See the result").wait_for(timeout=240_000)
    report = read_report(run.report_path)
    assert [epoch.epoch for epoch in report.training.history] == list(range(1, 9))


def test_the_end_of_the_server_is_nothing_to_a_build_and_the_page_shows_it_again(server: Server, visitor: Visitor) -> None:
    page = visitor.open(f"{server.url}/{START}&epochs=6")
    page.get_by_role("button", name="Start the build").click()
    page.get_by_text("1 of 6", exact=True).wait_for(timeout=180_000)
    server.kill()
    run = only(server)
    assert run.is_locked()
    server.start()
    # The tab finds the new server by itself, and its address knows which build it showed.
    page.get_by_role("button", name="See the result").wait_for(timeout=240_000)
    assert [epoch.epoch for epoch in look(run).epochs] == list(range(1, 7))
    visitor.errors.clear()  # the browser complained while there was no server
    fresh = visitor.open(page.url)
    fresh.get_by_role("button", name="See the result").wait_for()


def test_a_build_whose_folder_is_deleted_while_it_is_shown(server: Server, visitor: Visitor) -> None:
    page = visitor.open(f"{server.url}/{START}&epochs=50")
    page.get_by_role("button", name="Start the build").click()
    page.get_by_role("button", name="Stop the build").wait_for()
    run = only(server)
    moved = run.folder.rename(run.folder.with_name(".moved"))  # deleted, but so that what runs there can be ended
    page.get_by_text("not there any more").first.wait_for()
    launch.stop(Run(moved), grace_seconds=0)
