"""The button that stops what runs: asked, done in its place, told where it could not be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from builder.errors import StorageError
from builder.runs import Run
from ui import stopping


def page(folder: str, ends: list[str], error: BaseException | None) -> None:
    """What is looked at: the button and what comes of it."""
    from pathlib import Path

    import streamlit as st

    from ui import stopping

    def end() -> None:
        ends.append(folder)
        if error is not None:
            raise error

    st.button("Stop", on_click=stopping.ask, args=("place", folder))
    stopping.stop("place", folder, Path(folder), end, "Stopping…")


def opened(folder: Path, error: BaseException | None = None) -> tuple[AppTest, list[str]]:
    """The page, and what was stopped."""
    ends: list[str] = []
    values: dict[str, Any] = {"folder": str(folder), "ends": ends, "error": error}
    return AppTest.from_function(page, kwargs=values, default_timeout=20).run(), ends


def press(app: AppTest) -> AppTest:
    return app.button[0].click().run()


def test_what_is_asked_is_stopped_once(tmp_path: Path) -> None:
    app, ends = opened(tmp_path)
    assert ends == []
    press(app)
    assert ends == [str(tmp_path)]
    app.run()
    assert ends == [str(tmp_path)]
    assert "place" not in app.session_state


def test_another_one_that_was_asked_for_is_left_alone(tmp_path: Path) -> None:
    app, ends = opened(tmp_path)
    app.session_state["place"] = ("another", time.monotonic())
    app.run()
    assert ends == []


def test_what_was_asked_long_ago_and_not_done_is_forgotten(tmp_path: Path) -> None:
    app, ends = opened(tmp_path)
    app.session_state["place"] = (str(tmp_path), time.monotonic() - stopping.FRESH_SECONDS - 1)
    app.run()
    assert ends == []
    assert "place" not in app.session_state


def test_what_could_not_be_stopped_is_told(tmp_path: Path) -> None:
    app, _ = opened(tmp_path)
    with Run(tmp_path).lock():
        press(app)
    assert any("another user or another machine" in each.value for each in app.error)


@pytest.mark.parametrize("error", [StorageError("The disk is full."), RuntimeError("a defect")])
def test_an_error_is_shown_once(error: Exception, tmp_path: Path) -> None:
    app, ends = opened(tmp_path, error)
    press(app)
    app.run()
    assert len(ends) == 1
