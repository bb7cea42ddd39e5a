"""More of a finished build on the Builds page: int8 calibrated anew, and the same weights at other resolutions."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from builder import launch
from builder.errors import StorageError
from builder.launch import Launched
from builder.resolutions import resolutions_path
from builder.runs import Run
from tests.matrix import samples
from tests.ui import folders, shelves
from tests.ui.reading import opened, words
from tests.ui.test_train import Asked


@pytest.fixture
def run(exports: Path) -> Run:
    """A finished build of 128 px."""
    return folders.done(exports)


def page(run: Run) -> AppTest:
    """The Builds page, looking at one."""
    return opened("builds", build=run.id)


def offered(app: AppTest) -> list[str]:
    """The labels of the downloads."""
    return [each.label.replace("\\", "") for each in app.download_button]


def test_int8_is_calibrated_on_as_many_photos_as_were_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Asked(Launched(run, joined=False))
    monkeypatch.setattr(launch, "compress", kept)
    app = page(run)
    app.number_input(key=f"kept-requantize-{run.id}-photos").set_value(750)
    app.button(key=f"work-begin-compress-{run.id}").click().run()
    assert not app.exception
    (((of, request), _),) = kept
    assert (of, request.techniques, request.calibration_photos, request.force) == (run, ("int8",), 750, False)


def test_int8_before_and_after_stand_side_by_side(run: Run) -> None:
    again = samples.row("int8", settings={"calibration_photos": 750})
    shelves.compressed(run, samples.sample(techniques=("int8",), rows=(again,), chosen="int8", flipped=0))
    app = page(run)
    said = words(app)
    assert "of the build" in said
    assert "<td>750</td>" in said
    assert any(label.startswith("int8.tflite") for label in offered(app))


@pytest.mark.parametrize("typed", [["64", "96"], ["64", "96 px"]])
def test_resolutions_and_files_are_asked_for_as_chosen(run: Run, monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> None:
    kept = Asked(Launched(run, joined=False))
    monkeypatch.setattr(launch, "export", kept)
    app = page(run)
    assert app.button(key=f"work-begin-export-{run.id}").disabled
    app.multiselect(key=f"kept-resize-{run.id}-resolutions").set_value(typed).run()
    app.multiselect(key=f"kept-resize-{run.id}-variants").set_value(["int8"]).run()
    app.button(key=f"work-begin-export-{run.id}").click().run()
    (((of, resolutions, variants), _),) = kept
    assert (of, resolutions, variants) == (run, [64, 96], ["int8"])


@pytest.mark.parametrize("typed", ["16", "4096", "wide", "<b>", "128", "²", "9" * 40])
def test_what_is_no_other_resolution_is_told(run: Run, typed: str) -> None:
    app = page(run)
    app.multiselect(key=f"kept-resize-{run.id}-resolutions").set_value([typed]).run()
    assert not app.exception
    assert "resolution" in app.error[0].value
    assert app.button(key=f"work-begin-export-{run.id}").disabled


def test_each_resolution_is_a_row_with_its_files(run: Run) -> None:
    shelves.resized(run, 64, 96)
    app = page(run)
    said = words(app)
    for cell in ("64 px", "96 px", "128 px, trained", "−5.0"):
        assert cell in said
    assert any(label.startswith("int8.tflite") for label in offered(app))
    (run.folder / "resolutions" / "64" / "int8.tflite").write_bytes(b"other")
    assert "int8.tflite at 64 px is missing or no longer the file that was measured" in words(app.run())


def test_a_damaged_record_costs_only_itself(run: Run) -> None:
    shelves.resized(run, 64)
    resolutions_path(run.folder).write_text("{")
    app = page(run)
    assert "is damaged" in words(app)
    assert app.button(key="builds-open")


def test_an_export_that_goes_on_is_followed_and_the_build_is_not_deleted(run: Run) -> None:
    shelves.tell(run, "export", ("begin", {"request": {"resolutions": [64, 96]}}))
    shelves.tell(run, "export", ("stage", {"stage": "Export at 64 px", "state": "start"}))
    with shelves.locked(run):
        app = page(run)
        (bar,) = app.get("progress")
        assert bar.proto.text.replace("\\", "") == "Resolution 1 of 2, 64 px: export"
        assert app.button(key="builds-delete").disabled
        assert app.button(key=f"work-begin-compress-{run.id}").disabled
        assert not app.button(key=f"work-stop-export-{run.id}").disabled


def test_what_keeps_it_from_beginning_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "compress", Asked(StorageError("It cannot be written.")))
    app = page(run)
    app.button(key=f"work-begin-compress-{run.id}").click().run()
    assert [each.value.replace("\\", "") for each in app.error] == ["It cannot be written."]
