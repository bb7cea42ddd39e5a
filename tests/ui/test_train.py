"""The Train page over hand-written folders: a build in each state, and a new one that is started."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from builder import launch, processes
from builder.config import BuildConfig, GateSettings
from builder.errors import DataError, StorageError
from builder.launch import Launched
from builder.runs import Run, builds
from tests.ui import folders, shelves
from ui.train import first_weights, start

ROOT = Path(__file__).parents[2]
PAGE = "ui/pages/train.py"


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An exports folder of the test's own, on a machine with one slot; what was started there ends with the test."""
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (tmp_path / "exports").mkdir()
    yield tmp_path / "exports"
    for folder in builds(tmp_path / "exports"):
        processes_end(Run(folder))


def processes_end(run: Run) -> None:
    """Ends a build that a test has started, with or without its consent."""
    found = processes.find(run.folder)
    if found is not None:
        found.send(signal.SIGKILL)


@pytest.fixture
def running(exports: Path) -> Iterator[Run]:
    """A build that lives as long as the test."""
    run, lock = folders.running(exports)
    with lock:
        yield run


def page(build: str = "", **query: str) -> AppTest:
    """The page, opened by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in {**query, **({"build": build} if build else {})}.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """Everything that is read on the page."""
    kinds: tuple[str, ...] = ("title", "subheader", "caption", "markdown", "info", "success", "error", "warning", "code", "html")
    texts = [str(each.proto.body if kind == "html" else getattr(each, "value", "")) for kind in kinds for each in app.get(kind)]
    return "\n".join(texts).replace("\\", "")


def buttons(app: AppTest) -> list[str]:
    """What can be pressed."""
    return [button.label for button in app.button]


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button."""
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception
    return app


class Asked(list[Any]):
    """In place of `launch.launch`, `resume` or `stop`: keeps what it was asked and answers."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def __call__(self, *given: Any, **more: Any) -> Any:
        self.append((given, more))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


# A build that is there.


def test_a_running_build_shows_its_stage_its_figures_and_a_way_to_stop_it(running: Run) -> None:
    app = page(running.id)
    said = words(app)
    assert "Running" in said
    assert "86.7 %" in said  # 1 - 0.4 / 3 of the validation photos, the best so far
    assert 'aria-current="step"' in said
    assert "402" in said
    assert "Training starts from ImageNet weights." in said
    assert "Stop the build" in buttons(app)
    assert "Resume" not in buttons(app)


def test_a_waiting_build_says_its_place(exports: Path) -> None:
    run = folders.folder(exports, 1, "Waits")
    folders.tell(run, ("begin", {}), ("queue", {"place": 3}))
    with run.lock():
        app = page(run.id)
        assert "2 others" in words(app) or "2 builds" in words(app)
        assert "Stop the build" in buttons(app)


def test_a_finished_build_leads_to_its_result(exports: Path) -> None:
    app = page(folders.done(exports).id)
    assert "Done" in words(app)
    assert "See the result" in buttons(app)
    assert "Stop the build" not in buttons(app)


def test_a_finished_build_with_a_damaged_report_is_no_exception(exports: Path) -> None:
    assert "Done" in words(page(folders.damaged(exports).id))


def test_a_failed_build_says_why_shows_its_log_and_can_be_resumed(exports: Path) -> None:
    app = page(folders.failed(exports).id)
    assert "The disk is full." in words(app)
    assert "No space left on device" in words(app)
    assert "Resume" in buttons(app)


def test_a_stopped_build_is_no_error(exports: Path) -> None:
    app = page(folders.failed(exports, message="Stopped after 1 of 8 epochs.", code=130).id)
    assert not app.error
    assert "Stopped" in words(app)
    assert "Resume" in buttons(app)


def test_a_build_that_died_shows_the_end_of_its_log(exports: Path) -> None:
    app = page(folders.died(exports).id)
    assert "without a word" in words(app)
    assert "Killed here" in words(app)
    assert "line 1\n" not in words(app)


def test_a_build_without_an_event_is_a_failed_one(exports: Path) -> None:
    assert "without a word" in words(page(folders.empty(exports).id))


def test_a_build_that_is_deleted_while_it_is_shown_leaves_a_message_and_a_way_on(running: Run) -> None:
    app = page(running.id)
    folders.vanish(running)
    app.run()
    assert not app.exception
    assert app.error
    assert "Stop the build" not in buttons(app)


@pytest.mark.usefixtures("exports")
def test_a_build_that_was_never_there_is_named() -> None:
    assert "0123456789" in words(page("0123456789"))


def test_what_a_title_or_a_message_holds_is_no_markup(exports: Path) -> None:
    run = folders.failed(exports, title="<script>alert(1)</script> **bold**", message="<img src=x> [a](http://b)")
    app = page(run.id)
    assert not [each for each in app.get("html") if "<script" in each.proto.body or "<img" in each.proto.body]
    assert all(
        "**bold**" not in str(getattr(each, "value", "")) for kind in ("subheader", "markdown", "caption") for each in app.get(kind)
    )


def test_stop_stops_and_resume_resumes(running: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Asked(True)
    monkeypatch.setattr(launch, "stop", stopped)
    press(page(running.id), "Stop the build")
    assert stopped == [((running,), {})]
    resumed = Asked(Launched(running, joined=False))
    monkeypatch.setattr(launch, "resume", resumed)
    failed = folders.failed(running.folder.parent)
    press(page(failed.id), "Resume")
    assert resumed == [((failed,), {})]


@pytest.mark.parametrize("error", [DataError("The photos are gone."), StorageError("It cannot be written.")])
def test_what_keeps_a_build_from_being_resumed_is_said(exports: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(launch, "resume", Asked(error))
    app = press(page(folders.failed(exports).id), "Resume")
    assert str(error) in words(app)


def test_a_look_again_shows_what_came_since(running: Run) -> None:
    app = page(running.id)
    folders.tell(running, folders.epoch(4))
    app.run()
    assert "90.0 %" in words(app)


# A new one.


def test_a_new_build_says_what_will_be_built_and_where(exports: Path) -> None:
    app = page(alpha="0.5", resolution="128")
    said = words(app)
    assert "alpha 0.5, 128 px" in said
    assert "digits" in said
    assert "CPU" in said
    assert "Start the build" in buttons(app)
    assert builds(exports) == []


def test_start_launches_what_was_chosen_and_shows_it(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lock = folders.running(exports, title="Started")
    asked = Asked(Launched(run, joined=False))
    monkeypatch.setattr(launch, "launch", asked)
    with lock:
        app = press(page(epochs="3", init="scratch", title="Mine"), "Start the build")
        ((config, folder), options) = asked[0]
        assert len(asked) == 1
        assert isinstance(config, BuildConfig)
        assert (config.training.epochs, config.init, folder, options["title"]) == (3, "scratch", exports, "Mine")
        assert "Started" in words(app)
        assert "Stop the build" in buttons(app)


def test_a_gate_is_set_kept_in_the_link_and_asked_for(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lock = folders.running(exports)
    asked = Asked(Launched(run, joined=False))
    monkeypatch.setattr(launch, "launch", asked)
    with lock:
        app = page()
        app.selectbox(key="bound-gate").set_value("enforce").run()
        app.number_input(key="bound-max_drop").set_value(0.5).run()
        app.text_input(key="bound-max_flash").set_value(" 250KiB ").run()
        assert (app.query_params["gate"], app.query_params["max_drop"], app.query_params["max_flash"]) == (
            "enforce",
            "0.5",
            "250KiB",
        )
        press(app, "Start the build")
    (((config, _), _),) = asked
    assert config.gate == GateSettings(mode="enforce", max_drop=0.5, max_flash="250KiB")


@pytest.mark.usefixtures("exports")
def test_a_size_that_is_none_is_refused_in_words_and_a_gate_that_is_off_has_no_limits() -> None:
    app = page()
    app.text_input(key="bound-max_gzip").set_value("wide").run()
    assert "wide" in words(app)
    app.selectbox(key="bound-gate").set_value("off").run()
    assert not [each for each in app.text_input if each.label == "Largest download"]


def test_a_gate_that_is_being_enforced_is_pointed_out(exports: Path) -> None:
    run = folders.done(exports)
    shelves.tell(run, "compress", ("begin", {"work": "compress"}))
    with shelves.locked(run):
        assert "Its files are being compressed now" in words(page(run.id))


def test_who_starts_the_same_build_watches_it(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lock = folders.running(exports)
    monkeypatch.setattr(launch, "launch", Asked(Launched(run, joined=True)))
    with lock:
        app = press(page(), "Start the build")
        assert any("same build" in toast.value for toast in app.toast) or "same build" in words(app)


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("error", [DataError("There is no folder <b>photos</b>."), StorageError("exports cannot be written.")])
def test_what_keeps_a_build_from_starting_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(launch, "launch", Asked(error))
    app = press(page(), "Start the build")
    assert str(error) in app.error[0].value.replace("\\", "")
    assert "Start the build" in buttons(app)


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize(
    ("query", "phrase"),
    [
        ({"init": "scratch"}, "at random"),
        ({"alpha": "0.3"}, "no ImageNet weights for alpha 0.3"),
        ({"alpha": "0.25"}, "ImageNet weights for alpha 0.25"),
        ({"init": "models/mine.keras"}, "refused where it does not fit"),
    ],
)
def test_where_training_starts_from_is_explained(query: dict[str, str], phrase: str) -> None:
    assert phrase in words(page(**query))


@pytest.mark.usefixtures("exports")
def test_weights_that_are_on_this_machine_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.warm_start.imagenet.cached", lambda _: tmp_path)
    assert "are on this machine" in words(page(alpha="0.25"))


@pytest.mark.slow
def test_a_real_build_is_started_watched_stopped_and_taken_up_again(exports: Path) -> None:
    app = settled(press(page(init="scratch", resolution="32", epochs="1000", data="digits"), "Start the build"))
    (folder,) = builds(exports)
    run = Run(folder)
    assert run.is_locked()
    assert "Stop the build" in buttons(app)
    press(app, "Stop the build")
    assert not run.is_locked()
    assert "Resume" in buttons(app)
    settled(press(app, "Resume"))
    assert run.is_locked()
    assert launch.stop(run)


def settled(app: AppTest) -> AppTest:
    """Looks again until the build has begun; a browser does that by itself."""
    for _ in range(600):
        if start.PLACE not in app.session_state:
            return app
        time.sleep(0.1)
        app.run()
    raise AssertionError("the build did not begin within a minute")


def test_who_leaves_while_a_build_is_started_finds_it_all_the_same(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lock = folders.running(exports, title="Started")
    go_on = threading.Event()

    def slow(*_: object, **__: object) -> Launched:
        assert go_on.wait(60)
        return Launched(run, joined=False)

    monkeypatch.setattr(launch, "launch", slow)
    with lock:
        app = press(page(), "Start the build")
        assert "Start the build" not in buttons(app)
        app.switch_page("ui/pages/builds.py").run()
        go_on.set()
        app.switch_page(PAGE).run()
        settled(app)
        assert "Started" in words(app)


def test_a_defect_while_starting_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch, exports: Path) -> None:
    assert not list(exports.iterdir())
    monkeypatch.setattr(launch, "launch", Asked(ZeroDivisionError("none")))
    app = press(page(), "Start the build")
    assert "could not be started" in words(app)
    assert "Start the build" in buttons(app)


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize("init", ["/etc/passwd", "../start.h5", "~nobody-of-this-name/x.h5"])
def test_a_link_starts_from_no_file_outside_of_the_open_folder(init: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path / "open"))
    asked = Asked(None)
    monkeypatch.setattr(launch, "launch", asked)
    app = press(page(init=init), "Start the build")
    assert asked == []
    assert len(app.error) == 1


@pytest.mark.usefixtures("exports")
def test_a_server_without_open_folders_offers_no_model_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "none")
    assert first_weights.WORDS["file"] not in page().selectbox(key="first-weights").options


@pytest.mark.usefixtures("exports")
def test_the_home_of_an_unknown_user_is_told() -> None:
    app = settled(press(page(init="~nobody-of-this-name/x.h5"), "Start the build"))
    assert len(app.error) == 1


@pytest.mark.usefixtures("exports")
def test_a_number_of_slots_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_SLOTS", "abc")
    assert "BUILDER_SLOTS" in words(page())


def test_other_photos_than_those_of_the_build_are_pointed_out(exports: Path) -> None:
    assert "were changed since this build" in words(page(folders.done(exports).id, data="digits"))


# Pieces.


def test_every_kind_of_start_has_words() -> None:
    assert {"auto", "imagenet", "scratch"} < set(first_weights.WORDS)
