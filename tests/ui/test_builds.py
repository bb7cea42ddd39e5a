"""The Builds page over hand-written folders: every state at once, and what can be done with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Dataframe

from builder import listing
from builder.config import BuildConfig
from builder.errors import StorageError
from builder.report import read_report
from builder.runs import Run
from tests.report.samples import HOSTILE, hostile_names
from tests.ui import folders
from tests.ui.reading import opened
from ui import finished
from ui.builds import comparison, picture, wording


@pytest.fixture
def every_state(exports: Path) -> Iterator[Path]:
    """One build in each state."""
    _, lock = folders.running(exports)
    folders.failed(exports)
    folders.died(exports)
    folders.empty(exports)
    folders.done(exports)
    folders.damaged(exports)
    folders.failed(exports, 7, "Stopped", "Stopped by somebody.", 130)
    with lock:
        yield exports


def page(build: str = "") -> AppTest:
    """The page, opened by a link."""
    return opened("builds", build=build)


def words(app: AppTest) -> str:
    """Everything that is read on the page and in a dialog; the table, which draws its cells as they are, left out."""
    elements = (*(each for each in app.main if not isinstance(each, Dataframe)), *app.markdown, *app.error)
    return "\n".join(str(getattr(element, "value", "")) for element in elements)


def choose(app: AppTest, *runs: Run) -> AppTest:
    """Chooses builds in the list."""
    app.multiselect(key="builds-chosen").set_value([run.id for run in runs]).run()
    assert not app.exception
    return app


@pytest.mark.usefixtures("exports")
def test_an_empty_page_tells_the_way() -> None:
    assert "No builds yet" in words(page())


@pytest.mark.usefixtures("every_state")
def test_every_state_is_listed_in_words() -> None:
    shown = page().dataframe[0].value
    assert dict(zip(shown["Title"], shown["Status"], strict=True)) == {
        "Running": "● running",
        "Failed": "✕ failed",
        "Died": "✕ failed",
        "Empty": "✕ failed",
        "Hands": "✓ done",
        "Damaged": "! damaged",
        "Stopped": "■ stopped",
    }


@pytest.mark.parametrize("title", ["Running", "Failed", "Died", "Empty", "Hands", "Damaged", "Stopped"])
def test_each_state_can_be_looked_at(title: str, every_state: Path) -> None:
    row = next(row for row in listing.rows(every_state) if row.title == title)
    app = page(row.id)
    assert title in words(app)
    labels = [button.label for button in app.button]
    assert ("Resume" in labels) == (row.state in ("failed", "stopped"))
    assert ("Open the result" in labels) == (row.state == "done")
    assert ("Watch it train" in labels) == row.live
    assert app.button(key="builds-delete").disabled == row.live


def test_a_build_that_died_shows_the_end_of_its_log(every_state: Path) -> None:
    app = page(listing.rows(every_state)[-3].id)
    assert "Killed here" in app.code[0].value
    assert "It ended without a word" in app.error[0].value


def test_a_damaged_report_says_so(every_state: Path) -> None:
    app = page(next(row.id for row in listing.rows(every_state) if row.state == "damaged"))
    assert "is damaged" in app.warning[0].value


def test_a_link_to_a_build_that_is_gone_says_so(exports: Path) -> None:
    folders.done(exports)
    assert "0123456789" in page("0123456789").warning[0].value


@pytest.mark.usefixtures("every_state")
def test_words_status_and_photos_are_looked_for() -> None:
    app = page()
    app.text_input(key="builds-search").set_value("HAND dam").run()
    assert list(app.dataframe[0].value["Title"]) == ["Damaged"]
    app.text_input(key="builds-search").set_value("").run()
    app.multiselect(key="builds-status").set_value(["stopped"]).run()
    assert list(app.dataframe[0].value["Title"]) == ["Stopped"]
    app.text_input(key="builds-search").set_value("no such").run()
    assert "No build is like that" in app.info[0].value
    assert not app.exception


@pytest.mark.usefixtures("every_state")
def test_what_is_unknown_comes_last() -> None:
    app = page()
    app.selectbox(key="builds-order").set_value("Most accurate first").run()
    assert app.dataframe[0].value["Title"][0] == "Hands"


def test_a_build_is_renamed(exports: Path) -> None:
    run = folders.done(exports)
    app = page(run.id)
    app.button(key="builds-rename").click().run()
    app.text_input(key="builds-title").set_value("Second try")
    app.button(key="builds-rename-save").click().run()
    assert not app.exception
    assert run.description()["title"] == "Second try"
    assert list(app.dataframe[0].value["Title"]) == ["Second try"]


def test_a_title_that_is_refused_says_why(exports: Path) -> None:
    run = folders.done(exports)
    app = page(run.id)
    app.button(key="builds-rename").click().run()
    app.text_input(key="builds-title").set_value("   ")
    app.button(key="builds-rename-save").click().run()
    assert "A title has 1 to" in app.error[0].value
    assert run.description()["title"] == "Hands"


def test_deleting_asks_with_the_size_and_then_deletes(exports: Path) -> None:
    run, other = folders.done(exports), folders.died(exports)
    app = page(run.id)
    app.button(key="builds-delete").click().run()
    assert run.folder.exists()
    assert "are lost" in words(app)
    assert "KiB" in words(app)
    app.button(key="builds-delete-yes").click().run()
    assert not app.exception
    assert (run.folder.exists(), other.folder.exists()) == (False, True)
    assert list(app.dataframe[0].value["Title"]) == ["Died"]


def test_a_build_that_cannot_be_deleted_says_why(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = folders.done(exports)

    def refuse(_: Run) -> None:
        raise StorageError("The folder is read-only.")

    monkeypatch.setattr(Run, "delete", refuse)
    app = page(run.id)
    app.button(key="builds-delete").click().run()
    app.button(key="builds-delete-yes").click().run()
    assert "read\\-only" in app.error[0].value
    assert run.folder.exists()


def test_a_build_that_begins_to_run_while_somebody_deletes_it_stays(exports: Path) -> None:
    run = folders.died(exports)
    app = page(run.id)
    app.button(key="builds-delete").click().run()
    with run.lock():
        app.button(key="builds-delete-yes").click().run()
        assert "is running" in app.error[0].value
    assert run.folder.exists()


def test_resuming_starts_the_build_again(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = folders.died(exports)
    resumed: list[Run] = []
    monkeypatch.setattr("builder.launch.resume", resumed.append)
    app = page(run.id)
    app.button(key="builds-resume").click().run()
    assert resumed == [run]


def test_a_folder_that_vanishes_while_it_is_shown_is_let_go(exports: Path) -> None:
    run, other = folders.done(exports), folders.died(exports)
    app = page(run.id)
    folders.vanish(run)
    app.run()
    assert not app.exception
    assert list(app.dataframe[0].value["Title"]) == ["Died"]
    folders.vanish(other)
    app.run()
    assert "No builds yet" in words(app)


def test_two_builds_stand_side_by_side(exports: Path) -> None:
    first = folders.done(exports, 5, "Hands")
    second = folders.done(exports, 6, "Hands again", classes=["left", "right"])
    app = choose(page(), first, second)
    said = words(app)
    assert "Side by side" in said
    assert "int8: accuracy" in said
    assert "All settings are the same" in said


def test_what_differs_has_a_sign(exports: Path) -> None:
    folders.folder(exports, 1, "Wide", BuildConfig(data="photos/hands", alpha=0.5))
    folders.folder(exports, 2, "Narrow", BuildConfig(data="photos/hands", alpha=0.25))
    a, b = (comparison.side(row) for row in listing.rows(exports))
    apart = [line.name for line in comparison.settings(a, b) if line.a != line.b]
    assert apart == ["alpha"]
    html = comparison.table("Settings", comparison.settings(a, b))
    assert html.count("≠") == 1
    assert "<td>0.25</td><td>0.5</td>" in html


@pytest.mark.parametrize("other", ["Running", "Failed", "Died", "Empty", "Damaged", "Stopped"])
def test_any_two_states_can_be_compared(other: str, every_state: Path) -> None:
    runs = {row.title: row.run for row in listing.rows(every_state)}
    assert "Side by side" in words(choose(page(), runs["Hands"], runs[other]))


def test_hostile_names_are_text(exports: Path) -> None:
    title = "".join(HOSTILE[:3])
    run = folders.done(exports, 5, title, classes=hostile_names(10))
    other = folders.done(exports, 6, "*bold* [link](javascript:alert(1))")
    app = page(run.id)
    assert "<script>" not in words(app)
    app = choose(app, run, other)
    assert "<script>" not in words(app)
    assert "*bold* [link](" not in words(app)


def test_every_measured_file_is_a_point_with_its_build(exports: Path) -> None:
    run = folders.done(exports)
    folders.died(exports)
    marks = picture.points(listing.rows(exports))
    assert {mark["File"] for mark in marks} == set(read_report(run.report_path).measured.variants)
    assert {mark["id"] for mark in marks} == {run.id}


def test_the_axis_has_round_sizes() -> None:
    assert picture.ticks(90, 1100) == [100, 200, 500, 1000]


def test_sizes_that_lie_close_together_have_a_scale_too() -> None:
    for size in (275.9, 1.3, 4096.0):
        assert len(picture.ticks(size / picture.MARGIN, size * picture.MARGIN)) >= 2


def test_a_single_file_is_called_one(exports: Path) -> None:
    report = read_report(folders.done(exports).report_path)
    row = listing.rows(exports)[0]
    name, file = next(iter((row.files or {}).items()))
    marks = picture.points([replace(row, files={name: file})])
    assert picture.told(marks).startswith("1 file of 1 build. ")
    assert " from " not in picture.told(marks)
    assert f"{len(report.measured.variants)} files of 1 build. " in picture.told(picture.points([row]))


def test_a_build_is_known_by_its_id_whatever_it_is_called_now(exports: Path) -> None:
    row = listing.rows(folders.done(exports, 5, "A - b · c").folder.parent)[0]
    assert wording.id_of(wording.option(row)) == row.id
    assert wording.id_of(finished.option(row)) == row.id
    assert wording.id_of(row.id) == row.id
    assert wording.id_of("") == ""
