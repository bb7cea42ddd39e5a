"""Builds on a disk that cannot be written: everything can be looked at and taken; what would write says why it cannot."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from builder import listing, packing
from builder.report import read_report
from builder.runs import Run
from tests.ui import folders

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A finished build in an exports folder that was made read-only."""
    exports = tmp_path / "exports"
    exports.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(exports)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a read-only disk can be mounted by root only")
    try:
        made = folders.done(exports)
        subprocess.run(["mount", "-o", "remount,ro", str(exports)], check=True)
        monkeypatch.setenv("BUILDER_EXPORTS", str(exports))
        monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
        listing.kept.clear()
        yield made
    finally:
        listing.kept.clear()
        subprocess.run(["umount", "--lazy", str(exports)], check=True)


def page(name: str, **query: str) -> AppTest:
    """A page, opened by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(f"ui/pages/{name}.py").run()
    assert not app.exception
    return app


def problems(app: AppTest) -> str:
    """What the page says went wrong."""
    assert not app.exception
    return "\n".join(each.value for each in app.error).replace("\\", "")


def until_told(app: AppTest) -> None:
    """Looks again until the process that was started has answered, however busy the machine is."""
    deadline = time.monotonic() + SECONDS_MAX
    while not app.error and time.monotonic() < deadline:
        time.sleep(0.1)
        app.run()


def test_the_zip_is_packed_elsewhere(run: Run, tmp_path: Path) -> None:
    assert page("result", build=run.id).subheader
    assert packing.pack(run).is_relative_to(tmp_path / "cache")


def test_a_title_cannot_be_changed_and_the_page_says_why(run: Run) -> None:
    app = page("builds", build=run.id)
    app.button(key="builds-rename").click().run()
    app.text_input(key="builds-title").set_value("Other")
    app.button(key="builds-rename-save").click().run()
    assert "cannot be written (Read-only file system)" in problems(app)


def test_a_build_cannot_be_deleted_and_the_page_says_why(run: Run) -> None:
    app = page("builds", build=run.id)
    app.button(key="builds-delete").click().run()
    app.button(key="builds-delete-yes").click().run()
    assert "(Read-only file system)" in problems(app)
    assert read_report(run.report_path).labels


@pytest.mark.usefixtures("run")
def test_a_build_cannot_be_started_and_the_page_says_why() -> None:
    app = page("train", data="digits")
    next(each for each in app.button if each.label == "Start the build").click().run()
    until_told(app)
    assert "(Read-only file system)" in problems(app)


def test_a_file_where_the_exports_folder_should_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exports").write_text("")
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))
    page("builds")
    app = page("train", data="digits")
    next(each for each in app.button if each.label == "Start the build").click().run()
    until_told(app)
    assert "exports cannot be written" in problems(app)


@pytest.mark.usefixtures("run")
def test_a_batch_cannot_be_started_the_page_says_why_and_the_leaderboard_stands() -> None:
    app = page("batch", data="digits", alpha="0.1", resolution="32")
    assert len(app.dataframe) == 1
    next(each for each in app.button if each.label == "Start the batch").click().run()
    until_told(app)
    assert "(Read-only file system)" in problems(app)
