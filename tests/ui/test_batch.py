"""The Batch page: a form or a file and what it means, the dry run, a batch in every state, the leaderboard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from builder.batch.file import Batch
from builder.batch.options import Options
from builder.batch.record import CellRecord, batch_id, read_record
from builder.errors import ConfigError, DataError, StorageError
from tests.ui import batches, folders
from tests.ui.reading import opened
from ui.batch import dropped, form, live, new
from ui.batch.permitted import permitted
from ui.batch.written import written

SECONDS_MAX = 120
KINDS = ("title", "subheader", "caption", "markdown", "info", "success", "error", "warning", "code", "html")


def page(**link: str) -> AppTest:
    """The page, opened by a link, on digits and without a device."""
    return opened("batch", **{"data": "digits", "alpha": "0.1", "resolution": "32", **link})


def words(app: AppTest) -> str:
    """Everything that is read on the page, the style sheet left out."""
    texts = [str(each.proto.body if kind == "html" else getattr(each, "value", "")) for kind in KINDS for each in app.get(kind)]
    return "\n".join(text for text in texts if "<style>" not in text).replace("\\", "")


def problems(app: AppTest) -> str:
    """What the page says went wrong."""
    return "\n".join(each.value for each in app.error).replace("\\", "")


def button(app: AppTest, label: str) -> Any:
    """A button by its label."""
    return next(each for each in app.button if each.label == label)


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button."""
    button(app, label).click()
    app.run()
    assert not app.exception
    return app


def filled(app: AppTest, **values: Any) -> AppTest:
    """Sets fields of the form, by their names in `kept`; lists may hold values of one's own."""
    for name, value in values.items():
        app.session_state[f"kept-{form.PLACE}-{name}"] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """The YAML that the page shows."""
    return next(str(each.value) for each in app.code if str(each.value).startswith("name:"))


def until(app: AppTest, text: str) -> AppTest:
    """Looks again until the page says something, however busy the machine is."""
    deadline = time.monotonic() + SECONDS_MAX
    while text not in words(app) and time.monotonic() < deadline:
        time.sleep(0.1)
        app.run()
    assert not app.exception
    assert text in words(app)
    return app


def drop(app: AppTest, content: str | bytes, name: str = "widths.yaml") -> AppTest:
    """Drops a file onto the page."""
    app.session_state[f"kept-{new.PLACE}-way"] = new.FILE
    app.run()
    app.file_uploader[0].set_value((name, content if isinstance(content, bytes) else content.encode(), "application/yaml"))
    app.run()
    assert not app.exception
    return app


class Asked(list[Any]):
    """In place of `launch_batch` or `stop_batch`: keeps what it was asked and answers."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def __call__(self, *given: Any) -> Any:
        self.append(given)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


# The form.


@pytest.mark.usefixtures("exports")
def test_the_form_means_a_batch_that_reads_back_the_same() -> None:
    app = filled(
        page(device="Raspberry Pi Pico", flash="1MiB", epochs="3"), alphas=["0.1", "0.33"], resolutions=["32", "0.5"], repeat=2
    )
    batch = Batch.from_yaml(shown(app))
    assert batch.grid == {"alpha": [0.1, 0.33], "resolution": [32, 112]}  # 224 x 0.5
    assert (batch.repeat, batch.devices, batch.base.training.epochs) == (2, ("Raspberry Pi Pico",), 3)
    assert batch.budget is not None
    assert batch.budget.flash == "1MiB"
    assert "2 alphas x 2 resolutions x 2 seeds: 8 builds." in words(app)


def test_what_is_shown_is_the_batch_that_runs() -> None:
    batch = Batch(
        name="Both", grid={"alpha": [0.5]}, include=[{"alpha": 1.0}], exclude=[{"resolution": 32}], repeat=2,
        exports={"variants": ["int8"], "techniques": ["pruned"], "resolutions": [64]}, budget={"flash": "300KiB"},
        devices=["Raspberry Pi Pico"],
    )  # fmt: skip
    again = Batch.from_yaml(written(batch))
    assert again == batch
    assert batch_id(again.model_dump(mode="json")) == batch_id(batch.model_dump(mode="json"))


@pytest.mark.usefixtures("exports")
def test_the_same_form_is_the_same_batch_whatever_the_design_is() -> None:
    first, second = (
        shown(filled(page(alpha=alpha, resolution="48"), alphas=["0.25"], resolutions=["32"])) for alpha in ("0.1", "1.0")
    )
    assert first == second


@pytest.mark.usefixtures("exports")
def test_it_begins_with_the_design_and_its_neighbours() -> None:
    assert Batch.from_yaml(shown(page(alpha="0.3", resolution="64"))).grid == {"alpha": [0.25, 0.3, 0.35], "resolution": [64]}


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"alphas": ["wide"]}, '"wide" is no alpha'),
        ({"alphas": ["3"]}, "must be above 0 and at most 2"),
        ({"alphas": []}, "at least one alpha and one resolution"),
        ({"resolutions": ["20"]}, "from 32 to 2048"),
        ({"resolutions": ["96.5"]}, "whole number of pixels"),
        ({"resolutions": ["nan"]}, "whole number of pixels"),
        ({"exported": ["0.01"]}, "32 to 2048"),
    ],
)
def test_what_the_form_cannot_mean_is_said_and_nothing_can_be_started(fields: dict[str, Any], said: str) -> None:
    app = filled(page(), **fields)
    assert said in problems(app)
    assert button(app, "Start the batch").disabled
    assert button(app, "Dry run").disabled


@pytest.mark.usefixtures("exports")
def test_a_wrong_condition_says_where() -> None:
    app = page()
    app.session_state["kept-batch-options-stop_when"] = "accuracy=98%"
    app.run()
    assert "at character 9: expected ==" in problems(app)
    assert button(app, "Start the batch").disabled


# The dry run.


@pytest.mark.usefixtures("exports")
def test_a_dry_run_says_what_is_built_and_what_is_skipped_and_why() -> None:
    app = filled(page(device="Raspberry Pi Pico"), alphas=["0.1", "1"], resolutions=["32"])
    until(press(app, "Dry run"), "1 to build, 1 skipped")
    assert "Does not fit Raspberry Pi Pico" in words(app)
    table = app.dataframe[0].value
    assert list(table["State"]) == ["○ to build", "– skipped"]
    assert table["Size"][0] < 100 * 1024 < 2 * 1024**2 < table["Size"][1]
    assert "About" in words(app)


@pytest.mark.usefixtures("exports")
def test_a_dry_run_of_another_batch_is_not_shown() -> None:
    app = filled(page(), alphas=["0.1"])
    until(press(app, "Dry run"), "1 to build")
    filled(app, alphas=["0.1", "0.25"])
    assert "has changed since the dry run" in words(app)
    assert "1 to build" not in words(app)


def test_photos_that_are_gone_are_skipped_with_the_reason(exports: Path) -> None:
    app = filled(page(data=str(exports.parent / "gone")), alphas=["0.1"])
    until(press(app, "Dry run"), "1 cannot be built")
    assert "There is nothing to train." in words(app)
    assert "gone" in app.dataframe[0].value["Why not"][0]


# A file.


@pytest.mark.usefixtures("exports")
def test_a_file_is_planned_like_a_form() -> None:
    app = drop(page(), "base: {resolution: 32}\ngrid: {alpha: [0.1, 0.25, 0.5]}\nexclude: [{alpha: 0.5}]\n")
    assert "3 alphas: 3 builds before the rules under exclude." in words(app)
    until(press(app, "Dry run"), "2 to build")


@pytest.mark.usefixtures("exports")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"- 1\n", "must be a mapping"),
        (b"grid: {alpha: [", "is not valid YAML"),
        (b"grid: {alpha: []}", "empty list"),
        (b"grid: {}", "The grid is empty"),
        (b"grid: {alhpa: [0.5]}", 'no setting "alhpa"'),
        (b"gird: {alpha: [0.5]}", 'unknown setting "gird"'),
        (b"grid: {seed: [" + b"1, " * 400 + b"2], epochs: [1]}", "training.epochs"),
        (b"grid: {alpha: [0.5]}\nrepeat: 100000", "repeat"),
        (b"\xff\xfe", "no UTF-8 text"),
        (b"#" * (dropped.BYTES_MAX + 1), "takes no larger ones"),
        (b"a: &a [1]\n<<: {b: 1}", "merge keys"),
        (b"grid: {alpha: [[{a: !!binary gICA}]]}", "tags such as !!binary are not read"),
        (b'grid: {data: ["\\ud800"]}', "is not valid YAML"),
        (b"grid: {alpha: [0.5]}\nexclude: [{seed: [" + b"1, " * 500 + b"2]}]", "exclude has more than 400 values"),
        (b"a: !!python/object/apply:os.system ['id']", "is not valid YAML"),
    ],
)
def test_a_bad_file_is_said_in_words(content: bytes, said: str) -> None:
    app = drop(page(), content)
    assert said in problems(app)
    assert button(app, "Start the batch").disabled
    press(app, "Take it away")
    assert not problems(app)


def test_no_file_of_the_server_is_read_as_a_base(exports: Path) -> None:
    secret = exports.parent / "secret.yaml"
    secret.write_text("password: 1234\n")
    app = drop(page(), f"base: {secret}\ngrid: {{alpha: [0.5]}}\n")
    assert "base names a file, which is not here" in problems(app)
    assert "password" not in words(app)


# What this server opens.


@pytest.mark.parametrize(
    "batch",
    [
        Batch(base={"data": "/etc"}),
        Batch(base={"test_data": "/etc"}),
        Batch(base={"init": "/etc/passwd"}),
        Batch(grid={"data": ["digits", "/etc"]}),
        Batch(grid={"init": ["scratch", "/root/.ssh/id_rsa"]}),
        Batch(grid={"test_data": ["../../etc"]}),
        Batch(include=[{"alpha": 0.5, "data": "/etc"}]),
        Batch(grid={"data": ["digits"]}, exclude=[{"data": ["/etc", "x"]}]),
    ],
)
@pytest.mark.parametrize("opens", ["none", "photos"])
def test_places_that_are_not_open_are_refused_wherever_they_stand(
    batch: Batch, opens: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", opens if opens == "none" else str(tmp_path))
    with pytest.raises(DataError):
        permitted(batch)


def test_a_link_that_leads_out_of_what_is_open_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path))
    (tmp_path / "way").symlink_to("/etc")
    with pytest.raises(DataError):
        permitted(Batch(grid={"data": ["way"]}))


def test_places_that_are_open_become_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path))
    made = permitted(Batch(base={"data": "leaves"}, grid={"data": ["digits", "moss"], "init": ["auto", "first.keras"]}))
    assert made.base.data == str(tmp_path / "leaves")
    assert made.grid == {"data": ["digits", str(tmp_path / "moss")], "init": ["auto", str(tmp_path / "first.keras")]}


@pytest.mark.usefixtures("exports")
def test_the_page_refuses_what_is_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "none")
    app = drop(page(), "grid: {data: [/etc], alpha: [0.5]}")
    assert "opens none of its folders" in problems(app)
    assert button(app, "Start the batch").disabled
    assert button(app, "Dry run").disabled


# Starting.


def test_a_start_asks_for_the_batch_and_how_it_is_run_and_turns_to_it(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(batches.write(exports, state="done"))
    monkeypatch.setattr(new, "launch_batch", asked)
    app = filled(page(), alphas=["0.1"], resolutions=["32"])
    for name, value in {"workers": 1, "halving": 3, "stop_when": "accuracy>=98%", "max_hours": 1.5}.items():
        app.session_state[f"kept-batch-options-{name}"] = value
    app.run()
    press(app, "Start the batch")
    ((batch, where, options),) = asked
    assert (batch.grid, where) == ({"alpha": [0.1], "resolution": [32]}, exports)
    assert options == Options(workers=1, halving=3, stop_when="accuracy>=98%", max_hours=1.5)
    assert "Widths" in [each.value for each in app.subheader]
    assert app.query_params["batch"]


@pytest.mark.usefixtures("exports")
def test_a_start_that_is_refused_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new, "launch_batch", Asked(StorageError("The disk is full.")))
    app = press(page(), "Start the batch")
    assert "The disk is full." in problems(app)


@pytest.fixture
def running(exports: Path) -> Iterator[Path]:
    """A batch that runs as long as the test."""
    folder = batches.write(exports, seconds_left=75.0, best=1)
    with batches.held(folder):
        yield folder


def test_one_batch_runs_at_a_time_and_the_way_to_it_is_shown(running: Path) -> None:
    app = page()
    assert button(app, "Start the batch").disabled
    press(app, "See it")
    assert "Stop the batch" in [each.label for each in app.button]
    assert app.query_params["batch"] == running.name.rpartition("-")[2]


# A batch that is there.


def look_at(folder: Path) -> AppTest:
    """The page of a batch."""
    return page(batch=folder.name.rpartition("-")[2])


def test_a_running_batch_shows_its_counts_its_workers_and_what_failed(running: Path) -> None:
    app = look_at(running)
    said = words(app)
    assert "3 of 8 epochs, best 87.5 % of the validation photos" in said
    assert "The photos vanished." in said
    assert "81.0 %" in said  # the best so far: the file of cell 1
    table = app.dataframe[0].value
    assert list(table["State"]) == ["✓ done", "● running", "✕ failed", "○ waiting"]
    assert list(table["alpha"]) == [0.1, 0.1, 0.25, 0.25]
    assert "Go on" not in [each.label for each in app.button]


def test_a_running_batch_is_stopped(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(True)
    monkeypatch.setattr(live, "stop_batch", asked)
    press(look_at(running), "Stop the batch")
    assert asked == [(running,)]


def test_a_stopped_batch_goes_on_by_the_rules_that_it_had(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = batches.write(exports, state="stopped", message="Stopped by somebody.", rules={"workers": 1, "halving": 2})
    asked = Asked(folder)
    monkeypatch.setattr(new, "launch_batch", asked)
    app = look_at(folder)
    assert "Stopped by somebody." in words(app)
    press(app, "Go on")
    assert asked == [(batches.GRID, exports, Options(workers=1, halving=2))]


@pytest.mark.parametrize(
    ("opens", "data", "said"),
    [
        ("none", "/etc", "opens none of its folders to visitors"),
        ("photos", "/etc", '"/etc" lies outside of'),
        ("photos", "leaves", "paths that are not whole"),
    ],
)
def test_a_batch_of_folders_that_are_not_open_does_not_go_on(
    opens: str, data: str, said: str, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", opens if opens == "none" else str(tmp_path))
    folder = batches.write(exports, state="stopped", batch=Batch(name="Widths", base={"data": data}, grid={"alpha": [0.1]}))
    asked = Asked(folder)
    monkeypatch.setattr(new, "launch_batch", asked)
    app = look_at(folder)
    press(app, "Go on")
    assert asked == []
    assert said in problems(app)


def test_a_batch_of_whole_paths_below_what_is_open_goes_on(exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path))
    batch = Batch(name="Widths", base={"data": str(tmp_path.resolve() / "leaves")}, grid={"alpha": [0.1]})
    folder = batches.write(exports, state="stopped", batch=batch)
    asked = Asked(folder)
    monkeypatch.setattr(new, "launch_batch", asked)
    press(look_at(folder), "Go on")
    assert asked == [(batch, exports, Options(workers=1))]


def test_a_password_is_neither_shown_nor_gone_on_without(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Options(workers=1, track="https://me:secret@host:5000").to_json()
    folder = batches.write(exports, state="stopped", message="Stopped by somebody.", rules=rules)
    asked = Asked(folder)
    monkeypatch.setattr(new, "launch_batch", asked)
    app = look_at(folder)
    assert "secret" not in words(app)
    press(app, "Go on")
    assert asked == []
    assert "Give the same command again on the command line" in words(app)


def test_a_batch_that_was_killed_says_so_and_can_go_on(exports: Path) -> None:
    app = look_at(batches.write(exports))
    assert "It ended without a word" in words(app)
    assert "Go on" in [each.label for each in app.button]


def test_a_batch_that_is_all_done_has_nothing_to_go_on_with(exports: Path) -> None:
    app = look_at(batches.write(exports, batches.RUNNING[:1], "done"))
    assert "All done: 1 build." in words(app)
    assert "Go on" not in [each.label for each in app.button]


def test_of_many_warnings_the_first_are_shown_and_the_others_counted(exports: Path) -> None:
    said = tuple(f"cell {number}: few photos" for number in range(1, 51))
    app = look_at(batches.write(exports, warnings=said, more_warnings=30))
    assert len([each for each in app.warning if "few photos" in each.value]) == 50
    assert "and 30 more of 80 warnings" in words(app)


def test_builds_that_halving_stopped_are_over(exports: Path) -> None:
    halved = CellRecord(2, {"alpha": 0.1, "resolution": 48}, "bb", "", "stopped", "Stopped by halving after epoch 2 of 8.")
    app = look_at(batches.write(exports, (batches.RUNNING[0], halved), "done"))
    assert "Done: 1 done, 1 stopped." in words(app)
    assert "Stopped by halving after epoch 2 of 8." in words(app)
    assert "Go on" not in [each.label for each in app.button]


@pytest.mark.parametrize(("why", "goes_on"), [("cell 1 (alpha 0.1) meets accuracy>=90%.", False), ("Stopped; it goes on.", True)])
def test_a_batch_that_met_its_goal_offers_no_going_on(why: str, goes_on: bool, exports: Path) -> None:
    left = CellRecord(2, {"alpha": 0.1, "resolution": 48}, "bb", "", "stopped", why)
    folder = batches.write(exports, (batches.RUNNING[0], left), "stopped", message=why, rules={"stop_when": "accuracy>=90%"})
    assert ("Go on" in [each.label for each in look_at(folder).button]) == goes_on


def test_failed_builds_of_a_finished_batch_can_be_tried_again(exports: Path) -> None:
    app = look_at(batches.write(exports, (batches.RUNNING[0], replace(batches.RUNNING[2], number=2)), "done"))
    assert "Done, and not all of it: 1 done, 1 failed." in words(app)
    assert "Go on" in [each.label for each in app.button]


def test_a_batch_that_only_begins_says_so(exports: Path) -> None:
    folder = batches.write(exports, state="done")  # of an earlier run
    with batches.held(folder):
        app = look_at(folder)
        assert "Stop the batch" in [each.label for each in app.button]
        assert "Done" not in words(app)


def test_a_damaged_record_says_what_to_do(exports: Path) -> None:
    folder = batches.write(exports)
    path = folder / "record.json"
    path.write_text(path.read_text()[:300])
    app = look_at(folder)
    assert "the same batch writes it anew" in problems(app)
    assert "Go on" in [each.label for each in app.button]


@pytest.mark.usefixtures("exports")
def test_a_batch_of_a_link_that_is_not_here_is_told() -> None:
    app = page(batch="../../etc")
    assert "is not here" in words(app)
    assert "Start the batch" in [each.label for each in app.button]


def test_batches_are_listed_and_opened(exports: Path) -> None:
    batches.write(exports, state="stopped")
    app = page()
    assert "■ stopped · 1 done, 1 running, 1 failed, 1 waiting" in words(app)
    press(app, "Open")
    assert "Widths" in [each.value for each in app.subheader]


def test_hostile_names_are_text(exports: Path) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1))"
    cell = CellRecord(1, {"init": evil}, "aa", "", "failed", evil)
    folder = batches.write(exports, (cell,), "done", Batch(name=evil, grid={"alpha": [0.5]}), best=1)
    app = look_at(folder)
    kinds = ("markdown", "caption", "subheader", "error", "warning")
    texts = [str(getattr(each, "value", "")) for kind in kinds for each in app.get(kind)]
    assert not any("<script>" in text or "[x](" in text for text in texts)
    assert not any("<script>" in str(each.proto.body) for each in app.get("html"))
    assert read_record(folder) is not None


# The leaderboard.


def test_finished_builds_are_ranked_and_filtered(exports: Path) -> None:
    folders.done(exports, 5, "Hands")
    folders.died(exports, 3, "Cut off")
    app = page()
    (table,) = (each.value for each in app.dataframe)
    assert list(table["Build"]) == ["Hands"]
    app.text_input(key="kept-batch-ranking-where").set_value("accuracy>=100% and flash<=1KiB").run()
    assert "No build is like that" in words(app)
    app.text_input(key="kept-batch-ranking-where").set_value("accuracy>>1").run()
    assert "at character 10" in problems(app)
    assert not app.exception


def test_the_build_that_is_looked_at_can_be_opened(exports: Path) -> None:
    run = folders.done(exports, 5, "Hands")
    app = page(build=run.id)
    button(app, "Open the result").click()
    app.run()
    assert not app.exception
    assert "Result" in [each.value for each in app.title]


@pytest.mark.usefixtures("exports")
def test_an_empty_leaderboard_says_what_will_stand_there() -> None:
    assert "Finished builds stand here" in words(page())


def test_a_file_that_is_no_batch_stays_known_as_such() -> None:
    kept = dropped.read("a.yaml", b"1")
    assert (kept.batch, "must be a mapping" in kept.problem) == (None, True)
    with pytest.raises(ConfigError):
        dropped.batch_of("a.yaml", b"1")
