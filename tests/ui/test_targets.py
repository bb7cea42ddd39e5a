"""What a build is for, on the Result and Builds pages; two builds side by side in a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from builder import listing
from builder.runs import Run
from tests.ui import folders
from tests.ui.reading import opened, words
from ui.builds import overview

RESULT, BUILDS = "result", "builds"
BOARD = {"device": "ESP32-S3-DevKitC-1", "variant": "int8_micro", "expected_accuracy": 0.4}


def made_for(exports: Path, target: dict[str, Any]) -> Run:
    """A finished build for a device."""
    run = folders.done(exports)
    run.aim(target)
    return run


def first_file(app: AppTest) -> str:
    """The file of the first download, which is the one to take."""
    return str(app.download_button[0].label.replace("\\", "")).split()[0]


def test_the_file_of_the_board_is_the_one_to_take_and_is_held_against_the_board(exports: Path) -> None:
    made_for(exports, BOARD)
    app = opened(RESULT)
    assert first_file(app) == "int8_micro.tflite"
    assert app.success[0].value.replace("\\", "").startswith("Built for ESP32-S3-DevKitC-1: ")
    said = words(app)
    assert "of 8.0 MiB flash" in said
    assert "of 512.0 KiB RAM. It fits." in said
    assert "int8_micro.tflite names" in said


def test_a_file_that_is_too_large_for_its_target_says_by_how_much(exports: Path) -> None:
    made_for(exports, {"variant": "int8_micro", "flash": "100KiB"})
    app = opened(RESULT)
    assert "Built for a budget of its own" in words(app)
    assert "Too large by" in app.error[0].value


def test_without_a_target_the_usual_file_is_the_one_to_take(exports: Path) -> None:
    folders.done(exports)
    app = opened(RESULT)
    assert first_file(app) == "int8.tflite"
    assert "Built for" not in words(app)


def test_the_visitors_own_device_wins_where_the_dials_are_the_builds(exports: Path) -> None:
    run = made_for(exports, BOARD)
    config = json.loads(run.report_path.read_text())["config"]
    dials = {"alpha": str(config["alpha"]), "resolution": str(config["resolution"])}
    assert "Built for Raspberry Pi 4B" in words(opened(RESULT, build=run.id, device="Raspberry Pi 4B", **dials))
    assert "Built for ESP32-S3" in words(opened(RESULT, build=run.id, device="Raspberry Pi 4B", alpha="0.9", resolution="64"))


def test_a_file_that_was_not_made_and_a_device_that_is_gone_are_told(exports: Path) -> None:
    run = made_for(exports, {"device": "Toaster 3000", "variant": "int8"})
    assert 'There is no device "Toaster 3000"' in words(opened(RESULT))
    run.describe({})
    values = run.description() | {"target": BOARD | {"variant": "int4"}}
    (run.folder / "build.json").write_text(json.dumps(values))
    assert "int4.tflite, was not made" in words(opened(RESULT))


def test_what_was_expected_stands_beside_what_was_measured_and_is_called_a_prior(exports: Path) -> None:
    made_for(exports, BOARD)
    said = words(opened(RESULT))
    assert "int8_micro: accuracy" in said
    assert "(ImageNet prior)" in said
    assert "not comparable" in said


def test_the_list_has_the_device_beside_what_trained(exports: Path) -> None:
    made_for(exports, BOARD)
    (row,) = listing.rows(exports)
    assert (row.target, row.hero) == ("ESP32-S3-DevKitC-1", "int8_micro")
    frame = overview.frame([row])
    assert list(frame["Device"]) == ["ESP32-S3-DevKitC-1"]
    assert list(frame["Trained on"]) == [row.device]


def test_two_builds_are_compared_by_a_link_and_on_coming_back(exports: Path) -> None:
    first, second = folders.done(exports, 5, "Hands"), folders.done(exports, 6, "Hands again")
    app = opened(BUILDS, build=first.id, compare=second.id)
    assert "Side by side" in words(app)
    app.switch_page(f"ui/pages/{RESULT}.py").run()
    app.switch_page(f"ui/pages/{BUILDS}.py").run()
    assert "Side by side" in words(app)
    assert app.multiselect(key="builds-chosen").value == [first.id, second.id]


def test_comparing_keeps_the_build_that_other_pages_look_at(exports: Path) -> None:
    first, second = folders.done(exports, 5, "Hands"), folders.done(exports, 6, "Hands again")
    app = opened(BUILDS, build=first.id)
    app.multiselect(key="builds-chosen").set_value([first.id, second.id]).run()
    assert (app.session_state["choice"].build, app.session_state["choice"].compare) == (first.id, second.id)


def test_looking_at_another_build_ends_the_comparison(exports: Path) -> None:
    first, second = folders.done(exports, 5, "Hands"), folders.done(exports, 6, "Hands again")
    app = opened(RESULT, build=first.id, compare=second.id)
    app.selectbox(key="finished-build").set_value(second.id).run()
    assert (app.session_state["choice"].build, app.session_state["choice"].compare) == (second.id, "")
