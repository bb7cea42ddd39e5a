"""Compressing a finished build on its Result page: what is asked, how it goes on, what came of it; names and files of all kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from builder import launch
from builder.errors import DataError, InvalidInput, StorageError
from builder.gate import Gate, Verdict
from builder.lab import Request
from builder.launch import Launched
from builder.matrix import matrix_path, shelf
from builder.report import GateFinding
from builder.runs import Run
from tests.matrix import samples
from tests.report.samples import sample
from tests.ui import folders, shelves
from tests.ui.reading import html, opened, words
from tests.ui.test_train import Asked
from ui import working
from ui.compress import results, shelved

BEGUN = ("begin", {"work": "compress", "request": {"techniques": ["int8"]}})
TECHNIQUE = ("technique", {"technique": "pruned", "number": 2, "total": 4})
STEP = ("step", {"epoch": 2, "epochs": 5, "step": 3, "steps": 9, "loss": 0.5})
TAGS = ("<script", "<img src=x", "<b>1118")


@pytest.fixture
def run(exports: Path) -> Run:
    """A finished build."""
    return folders.done(exports)


@pytest.fixture
def busy(run: Run) -> Iterator[Run]:
    """A finished build that is worked on as long as the test."""
    with shelves.locked(run):
        yield run


def page(run: Run) -> AppTest:
    """Its Result page."""
    return opened("result", build=run.id)


def button(app: AppTest, what: str, run: Run) -> Any:
    """The button that begins or stops the work."""
    return app.button(key=f"work-{what}-compress-{run.id}")


def asked(monkeypatch: pytest.MonkeyPatch, run: Run, answer: Any = None) -> Asked:
    """Keeps what is asked in place of starting a process."""
    kept = Asked(answer or Launched(run, joined=False))
    monkeypatch.setattr(launch, "compress", kept)
    return kept


def field(run: Run, name: str) -> str:
    """The key of a field."""
    return f"kept-compress-{run.id}-{name}"


# Before anything was made.


def test_an_empty_shelf_says_what_will_stand_there(run: Run) -> None:
    app = page(run)
    assert "Nothing was compressed yet" in words(app)
    assert not button(app, "begin", run).disabled
    assert button(app, "stop", run).disabled


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("quick", Request(tuple(shelf.POST_TRAINING))),
        ("everything", Request(shelf.NAMES)),
        ("gate", Request.laddered(Gate())),
    ],
)
def test_each_preset_asks_for_its_techniques(run: Run, monkeypatch: pytest.MonkeyPatch, plan: str, expected: Request) -> None:
    kept = asked(monkeypatch, run)
    app = page(run)
    app.segmented_control(key=field(run, "plan")).set_value(plan).run()
    button(app, "begin", run).click().run()
    assert not app.exception
    (((of, request), _),) = kept
    assert (of, request) == (run, expected)


def test_techniques_limits_and_amounts_are_asked_for_as_chosen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = asked(monkeypatch, run)
    app = page(run)
    app.segmented_control(key=field(run, "plan")).set_value("some").run()
    app.multiselect(key=field(run, "techniques")).set_value(["pruned_qat"]).run()
    assert "Made as well, since others start from them: pruned" in words(app)
    app.number_input(key=field(run, "max_drop")).set_value(0.5)
    app.text_input(key=field(run, "max_flash")).set_value("300KiB")
    app.slider(key=field(run, "sparsity")).set_value(0.7)
    app.number_input(key=field(run, "calibration_photos")).set_value(500)
    button(app, "begin", run).click().run()
    (((_, request), _),) = kept
    assert request.techniques == ("pruned", "pruned_qat")
    assert request.gate == Gate(max_drop=0.5, max_flash_bytes=300 * 1024)
    assert (request.compression.sparsity, request.calibration_photos) == (0.7, 500)


def test_what_was_chosen_is_there_after_another_page(run: Run) -> None:
    app = page(run)
    app.number_input(key=field(run, "max_drop")).set_value(2.5).run()
    app.switch_page("ui/pages/design.py").run()
    app.switch_page("ui/pages/result.py").run()
    assert app.number_input(key=field(run, "max_drop")).value == 2.5


def test_a_limit_that_is_none_is_told_and_nothing_can_be_run(run: Run) -> None:
    app = page(run)
    app.text_input(key=field(run, "max_flash")).set_value("wide").run()
    assert "The largest file in flash" in words(app)
    assert button(app, "begin", run).disabled


@pytest.mark.parametrize(
    "error", [DataError("There are no photos at <b>hands</b>."), StorageError("It cannot be written."), InvalidInput("It is busy.")]
)
def test_what_keeps_it_from_beginning_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    asked(monkeypatch, run, error)
    app = page(run)
    button(app, "begin", run).click().run()
    assert str(error) in words(app)
    assert not button(app, "begin", run).disabled


def test_who_asks_for_the_same_watches_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, run, Launched(run, joined=True))
    app = page(run)
    button(app, "begin", run).click().run()
    assert any("same work" in toast.value for toast in app.toast)


# While it goes on.


def test_it_tells_technique_epoch_and_can_be_stopped_only(busy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shelves.tell(busy, "compress", BEGUN, TECHNIQUE, STEP, ("note", {"message": "int8 <b>does not</b> pass."}))
    stopped = Asked(True)
    monkeypatch.setattr(launch, "stop", stopped)
    app = page(busy)
    (bar,) = app.get("progress")
    assert bar.proto.text.replace("\\", "") == "Technique 2 of 4, pruned: epoch 2 of 5, step 3 of 9, loss 0.500"
    assert "int8 <b>does not</b> pass." in words(app)
    assert (button(app, "begin", busy).disabled, button(app, "stop", busy).disabled) == (True, False)
    button(app, "stop", busy).click().run()
    assert stopped[0][0] == (busy,)
    assert not app.exception


def test_it_says_its_place_in_the_queue(busy: Run) -> None:
    shelves.tell(busy, "compress", BEGUN, ("queue", {"place": 2}))
    assert "Waiting for a free slot of this machine. 1 other will go before it." in words(page(busy))


def test_an_export_that_goes_on_leaves_only_watching(busy: Run) -> None:
    shelves.tell(busy, "export", ("begin", {"request": {"resolutions": [48]}}))
    app = page(busy)
    assert button(app, "begin", busy).disabled
    assert button(app, "begin", busy).help == working.BUSY["export"]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (("failed", {"message": "The disk <b>is</b> full.", "exit_code": 2}), "The disk <b>is</b> full."),
        (("failed", {"message": "Stopped", "exit_code": 130}), "Stopped. What is whole is kept"),
        (STEP, "ended without a word"),
    ],
)
def test_how_it_ended_is_said_and_it_can_be_begun_again(run: Run, last: Any, said: str) -> None:
    shelves.tell(run, "compress", BEGUN, TECHNIQUE, last)
    (run.folder / "compressed" / "log.txt").write_text("Killed here\n")
    app = page(run)
    assert said in words(app)
    assert not button(app, "begin", run).disabled


# What came of it.


def test_the_matrix_names_the_file_to_take_every_technique_and_the_gate(run: Run) -> None:
    matrix = shelves.compressed(run)
    said = words(page(run))
    assert "Smallest file that passes: pruned_clustered_qat" in said
    for row in matrix.rows:
        assert f'<th scope="row">{row.technique}</th>' in said
    assert "passed; the smallest that does" in said
    assert "it loses 1.2 points of accuracy, 1 are allowed" in said


def test_the_picture_is_there_for_a_desk_and_for_a_phone(run: Run) -> None:
    shelves.compressed(run)
    alts = [each.proto.alt for each in page(run).get("vega_lite_chart") if "technique" in each.proto.alt]
    assert len(alts) == 2
    assert alts[0] == alts[1]
    assert "chosen is pruned_clustered_qat with 98.5 % in 94.0 KiB" in alts[0]


@pytest.mark.parametrize("technique", ["int8", "pruned"])
def test_files_are_offered_as_they_were_measured(run: Run, technique: str) -> None:
    matrix = shelves.compressed(run)
    app = page(run)
    assert app.selectbox(key=f"matrix-files-{run.id}").value == matrix.chosen
    app.selectbox(key=f"matrix-files-{run.id}").set_value(technique).run()
    row = matrix.row(technique)
    assert row is not None
    labels = [each.label.replace("\\", "") for each in app.download_button]
    for file in row.files:
        path = shelved.path_of(run, file.file)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
        assert any(label.startswith(path.name) for label in labels)
    shelved.path_of(run, row.files[0].file).write_bytes(b"other")
    app.run()
    assert "no longer the file that was measured" in words(app)
    assert f"Run {technique} again" in words(app)


def test_a_name_leads_nowhere_else(run: Run) -> None:
    for name in ("/etc/passwd", "../../x.tflite", "compressed/../../x.tflite"):
        assert shelved.path_of(run, name).parent in (run.folder, run.folder / "compressed")
    assert results.saved_as("compressed/int8.tflite") == "compressed-int8.tflite"
    assert results.saved_as("int8.tflite") == "int8.tflite"


def test_photos_whose_label_changed_are_shown_with_what_everybody_said(run: Run) -> None:
    matrix = shelves.compressed(run)
    app = page(run)
    said = words(app)
    flip = matrix.flips[1]
    assert f"<b>is: {flip.true}</b><br>network: {flip.network}" in said
    assert "30 of 410 test photos" in said
    app.selectbox(key=f"flips-by-{run.id}").set_value("dynamic").run()
    count = sum("dynamic" in each.said for each in matrix.flips)
    assert f"{count} of 410 test photos" in words(app)


def test_notes_say_what_was_not_kept_and_left_alone(run: Run) -> None:
    shelves.compressed(run)
    said = words(page(run))
    assert "not kept in 1 layer of 13" in said
    assert "13 layers left alone" in said


def test_a_matrix_with_gaps_is_shown(run: Run) -> None:
    shelves.compressed(run, samples.with_gaps())
    said = words(page(run))
    assert "No file could be judged." in said
    assert "no file: the converter refused" in said


def test_hostile_names_are_text(run: Run) -> None:
    shelves.compressed(run, samples.hostile())
    shown = html(page(run))
    assert "1118" in shown
    assert not any(tag in shown for tag in TAGS)


def test_a_damaged_matrix_costs_only_the_matrix(run: Run) -> None:
    shelves.compressed(run)
    matrix_path(run.folder).write_text("{")
    app = page(run)
    assert "is damaged" in words(app)
    assert "int8.tflite names 99.0 %" in words(app)
    assert not button(app, "begin", run).disabled


def test_the_limits_begin_with_those_of_the_matrix(run: Run) -> None:
    shelves.compressed(run, replace(samples.sample(), gate=Gate(2.0, 7.0, 256_000, 100_001)))
    app = page(run)
    assert app.number_input(key=field(run, "max_drop")).value == 2.0
    assert app.text_input(key=field(run, "max_flash")).value == "250KiB"
    assert app.text_input(key=field(run, "max_gzip")).value == "100001"


# The gate's verdict on the build's own file.


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(True, (), 0.004, "hand 3", 0.01, 400), "int8.tflite passes the gate: it loses 0.4 points of accuracy."),
        (Verdict(True, (), 0.0, "", 0.0, 400), "int8.tflite passes the gate: it loses no accuracy."),
        (Verdict(True, (), -0.01, "", 0.0, 1), "it wins 1.0 points of accuracy. The gate allows"),
        (
            Verdict(False, ('"<b>x</b>" loses 9.0 points',), 0.02, "<b>x</b>", 0.09, 400, True),
            'int8.tflite does not pass the gate: "<b>x</b>" loses 9.0 points.',
        ),
    ],
)
def test_the_verdict_stands_above_the_figures(exports: Path, verdict: Verdict, said: str) -> None:
    report = replace(sample(), gate=GateFinding("int8", Gate(), verdict))
    run = folders.done(exports, report=report)
    assert said in words(page(run))


# The bundle.


def test_the_bundle_says_what_is_inside_and_what_was_tried(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from builder.bundle import Bundle
    from builder.report import Check

    made = Bundle(
        run.folder / "x.zip",
        1000,
        "ESP32",
        ("x/README.md", "x/<b>.tflite"),
        4096,
        (Check("zip", "passed", "whole"),),
        ("No ios/.",),
    )
    monkeypatch.setattr("builder.bundle.bundle", lambda _: made)
    app = page(run)
    assert "microcontroller/" in words(app)
    app.button(key="bundle-make").click().run()
    said = words(app)
    for words_of in ("2 files, 1000 B, for ESP32, arena 4.0 KiB", "whole", "No ios/.", "x/&lt;b&gt;.tflite"):
        assert words_of in said


def test_a_bundle_that_fails_is_told(run: Run) -> None:
    app = page(run)
    app.button(key="bundle-make").click().run()  # its files are no models
    assert not app.exception
    assert app.error or "What was tried" in words(app)
