"""Starting a build: who it is, and whether it is done, running, broken off or to be made anew. Nothing is trained here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder import pipeline, start
from builder.__main__ import run as command
from builder.config import BuildConfig
from builder.data import Source, open_source
from builder.errors import DataError, InvalidInput, MissingTool, ModelFileError, StorageError
from builder.event_log import EventLog
from builder.report import BuildReport, read_report, report_text
from builder.runs import Run, builds, resolve_build
from builder.start import FinishedBuild, build, identity, label, warm_start_sha256

Pipeline = Callable[..., BuildReport]


class Heard(list[tuple[str, str]]):
    """An `Emit` that keeps the name of each event with its message, stage or nothing."""

    def __call__(self, event: str, /, **values: Any) -> None:
        self.append((event, str(values.get("message", values.get("stage", "")))))

    def said(self, text: str) -> bool:
        return any(text in message for _, message in self)


@pytest.fixture
def exports(small_build: FinishedBuild, tmp_path: Path) -> Path:
    """A folder of builds with a copy of the small one, and what other people may have put there."""
    exports = tmp_path / "exports"
    shutil.copytree(small_build.folder, exports / small_build.folder.name)
    (exports / "holiday").mkdir()
    (exports / "holiday" / "beach.jpg").write_text("no build")
    (exports / "notes-0123456789").write_text("no folder")
    return exports


@pytest.fixture
def finished_run(exports: Path, small_build: FinishedBuild) -> Run:
    """The copy."""
    return Run(exports / small_build.folder.name)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch, small_build: FinishedBuild) -> list[Run]:
    """In place of the pipeline one that only writes the small build's report; the folders that it was asked for."""
    asked: list[Run] = []

    def run(_: BuildConfig, run: Run, *__: object, **___: object) -> BuildReport:
        asked.append(run)
        run.report_path.write_text(report_text(small_build.report))
        run.tidy_finished()
        return small_build.report

    monkeypatch.setattr(pipeline, "run", run)
    return asked


def never(*_: object, **__: object) -> BuildReport:
    """In place of a pipeline that must not run."""
    raise AssertionError("this build is done already")


# Done already.


def test_a_finished_build_returns_at_once(
    small_config: BuildConfig, exports: Path, small_build: FinishedBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "run", never)
    heard = Heard()
    again = build(small_config, exports, emit=heard)
    assert again.reused
    assert again.report == small_build.report
    assert heard.said("done already")
    assert not any(event == "warning" for event, _ in heard)


def test_the_folders_own_settings_name_the_same_build(
    finished_run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "run", never)
    arguments = ["build", "--config", str(finished_run.folder / "config.yaml"), "--exports", str(finished_run.folder.parent)]
    assert command([*arguments, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == json.loads(finished_run.report_path.read_text())


def test_a_file_that_was_changed_since_is_said(small_config: BuildConfig, finished_run: Run) -> None:
    (finished_run.folder / "int8.tflite").write_bytes(b"changed")
    (finished_run.folder / "float32.tflite").unlink()
    heard = Heard()
    assert build(small_config, finished_run.folder.parent, emit=heard).reused
    assert [Path(message.split()[0]).name for event, message in heard if event == "warning"] == ["float32.tflite", "int8.tflite"]


def test_what_a_kill_after_the_report_left_behind_is_removed(small_config: BuildConfig, finished_run: Run) -> None:
    checkpoint = finished_run.training / "checkpoint.npz"
    replaced = finished_run.folder.with_name(f".replaced-{finished_run.folder.name}-1")
    for path in (checkpoint, replaced / "report.json"):
        path.parent.mkdir()
        path.write_text("old")
    assert build(small_config, finished_run.folder.parent).reused
    assert not finished_run.training.exists()
    assert not replaced.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}'])
def test_a_damaged_report_is_said_and_force_mends_it(
    small_config: BuildConfig, finished_run: Run, content: str, pretended: list[Run]
) -> None:
    finished_run.report_path.write_text(content)
    with pytest.raises(InvalidInput, match="--force"):
        build(small_config, finished_run.folder.parent)
    assert not pretended
    assert not build(small_config, finished_run.folder.parent, force=True).reused
    assert read_report(finished_run.report_path)


# Anew.


def test_force_keeps_the_old_build_until_the_new_one_is_done(
    small_config: BuildConfig, finished_run: Run, small_build: FinishedBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = finished_run.folder.parent

    def kept() -> list[Path]:
        return [folder for folder in exports.glob(".replaced-*") if read_report(folder) == small_build.report]

    def fails(_: BuildConfig, run: Run, *__: object, **___: object) -> BuildReport:
        assert not run.report_path.exists()
        assert len(kept()) == 1
        raise StorageError("The disk is full.")

    monkeypatch.setattr(pipeline, "run", fails)
    heard = Heard()
    with pytest.raises(StorageError):
        build(small_config, exports, force=True, emit=heard)
    assert heard.said(str(kept()[0]))

    def works(_: BuildConfig, run: Run, *__: object, **___: object) -> BuildReport:
        assert len(kept()) == 1  # the same command takes the new build up again and sets nothing more aside
        run.report_path.write_text(report_text(small_build.report))
        run.tidy_finished()
        return small_build.report

    monkeypatch.setattr(pipeline, "run", works)
    assert not build(small_config, exports, force=True).reused
    assert kept() == []
    assert read_report(finished_run.report_path) == small_build.report


# Broken off.


def test_the_same_command_after_a_failure_goes_on_in_the_same_folder(
    small_config: BuildConfig, tmp_path: Path, pretended: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: BuildConfig, run: Run, *__: object, **___: object) -> BuildReport:
        (run.folder / "half").write_text("work")
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run", fails)
        with pytest.raises(StorageError):
            build(small_config, tmp_path, title="Mine")
    (folder,) = builds(tmp_path)
    assert Run(folder).status() == "unfinished"
    assert build(small_config, tmp_path, title="Theirs").folder == folder
    assert pretended == [Run(folder)]
    assert (folder / "half").exists()
    assert Run(folder).description()["title"] == "Mine"


@pytest.mark.parametrize("name", ["lock", "build.json"])
@pytest.mark.parametrize("content", [None, "", "{"])
def test_an_unfinished_build_needs_neither_its_lock_file_nor_its_description(
    small_config: BuildConfig, finished_run: Run, pretended: list[Run], name: str, content: str | None
) -> None:
    finished_run.report_path.unlink()
    (finished_run.folder / name).unlink() if content is None else (finished_run.folder / name).write_text(content)
    assert build(small_config, finished_run.folder.parent).folder == finished_run.folder
    assert pretended == [finished_run]
    assert finished_run.description()["created"] > 0
    assert resolve_build(finished_run.id[:6], finished_run.folder.parent) == finished_run


def test_every_way_to_end_is_the_last_event_and_closes_the_log(
    small_config: BuildConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: list[EventLog] = []

    class Kept(EventLog):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            logs.append(self)

    monkeypatch.setattr(pipeline, "EventLog", Kept)
    for error, code in ((DataError("no photos"), 2), (KeyboardInterrupt(), 130), (ZeroDivisionError("by nothing"), 1)):

        def ends(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(pipeline, "prepare", ends)
        with pytest.raises(type(error)):
            build(small_config, tmp_path)
        (folder,) = builds(tmp_path)
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        assert (events[-1]["event"], events[-1]["exit_code"]) == ("failed", code)
        assert logs.pop().file is None
        assert not Run(folder).is_locked()


# Running.

FIRST = """
import sys
from pathlib import Path
from builder import pipeline
from builder.config import BuildConfig
from builder.event_log import EventLog
from builder.start import build

def run(config, run, source, emit, **_):
    log = EventLog(run.events_path)
    log("note", message="before the second came")
    print("running", flush=True)
    if sys.stdin.readline() != "go on\\n":
        raise SystemExit(1)
    log("epoch", epoch=1, epochs=1)
    log("note", message="the last word")
    text = Path(sys.argv[3]).read_text()
    run.report_path.write_text(text)

pipeline.run = run
build(BuildConfig.from_file(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.fixture
def first(small_build: FinishedBuild, tmp_path: Path) -> Any:
    """Another process that has begun the small build in `tmp_path / "exports"` and waits for a word on its standard input."""
    folder = small_build.folder
    process = subprocess.Popen(
        [sys.executable, "-c", FIRST, str(folder / "config.yaml"), str(tmp_path / "exports"), str(folder / "report.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        yield process
        process.kill()


def test_a_second_start_follows_the_first_and_gets_its_report(
    first: Any, small_config: BuildConfig, small_build: FinishedBuild, tmp_path: Path
) -> None:
    heard = Heard()

    def listen(event: str, /, **values: Any) -> None:
        heard(event, **values)
        if "running already" in str(values.get("message")):
            (folder,) = builds(tmp_path / "exports")
            assert Run(folder).status() == "running"
            first.stdin.write("go on\n")
            first.stdin.flush()

    joined = build(small_config, tmp_path / "exports", emit=listen)
    assert joined.reused
    assert joined.report == small_build.report
    assert [event for event, _ in heard if event != "warning"] == ["note", "epoch", "note"]
    assert ("note", "the last word") in heard
    assert first.wait() == 0


def test_a_second_start_takes_over_when_the_first_is_killed(
    first: Any, small_config: BuildConfig, tmp_path: Path, pretended: list[Run]
) -> None:
    def listen(_: str, /, **values: Any) -> None:
        if "running already" in str(values.get("message")):
            first.kill()

    taken_over = build(small_config, tmp_path / "exports", emit=listen)
    assert not taken_over.reused
    assert [run.folder for run in pretended] == builds(tmp_path / "exports")


# Who it is.


@pytest.fixture(scope="module")
def digits() -> Source:
    return open_source("digits")


def test_identity_is_what_decides_the_outcome(digits: Source) -> None:
    config = BuildConfig()
    same = (
        config.replace(data="elsewhere"),
        config.replace(classes=10),
        config.replace(bad_share_max=0.5),
        config.replace(variants=("int8_micro", "int8", "dynamic", "float16", "float32")),
        config.replace(alpha=0.25, training={"weight_decay": 1e-4}),
    )
    others = (
        config.replace(alpha=0.5),
        config.replace(resolution=128),
        config.replace(channels=1),
        config.replace(init="scratch"),
        config.replace(seed=1),
        config.replace(split_seed=1),
        config.replace(variants=("int8",)),
        config.replace(author="somebody"),
        config.replace(license="MIT"),
        config.replace(training={"epochs": 3}),
        config.replace(augmentation={"mirror": True}),
    )
    assert {identity(each, digits, "") for each in same} == {identity(config, digits, "")}
    assert len({identity(each, digits, "") for each in (config, *others)}) == 1 + len(others)
    assert identity(config, replace(digits, fingerprint="other photos"), "") != identity(config, digits, "")


def test_a_warm_start_counts_by_content_and_by_the_labels_beside_it(tmp_path: Path, digits: Source) -> None:
    def id_of(path: Path) -> str:
        config = BuildConfig(init=str(path))
        return identity(config, digits, warm_start_sha256(config.init))

    files = {name: tmp_path / name / "weights.keras" for name in ("one", "same", "other", "labelled")}
    for name, path in files.items():
        path.parent.mkdir()
        path.write_text("other weights" if name == "other" else "weights")
    (tmp_path / "labelled" / "labels.txt").write_text("cat\ndog\n")
    assert id_of(files["one"]) == id_of(files["same"])
    assert len({id_of(path) for path in files.values()}) == 3


def test_a_warm_start_may_lie_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "w.keras").write_text("weights")
    assert warm_start_sha256("~/w.keras") == warm_start_sha256(str(tmp_path / "w.keras"))
    with pytest.raises(ModelFileError, match="is no file"):
        warm_start_sha256("~/absent.keras")
    assert warm_start_sha256("auto") == ""


@pytest.mark.parametrize(
    ("data", "start_of_name"),
    [("photos/Leaves.zip", "leaves-"), ("keras:cifar10", "keras-cifar10-"), ("/", "photos-"), ("Blätter", "blatter-")],
)
def test_a_folder_is_called_after_its_photos(data: str, start_of_name: str) -> None:
    assert label(BuildConfig(data=data, alpha=0.5, resolution=96)) == f"{start_of_name}a0.5-r96"


def test_photos_with_another_number_of_classes_are_refused(digits: Source) -> None:
    with pytest.raises(DataError, match="expect 3 classes"):
        start.check_classes(BuildConfig(classes=3), digits)


def test_a_warm_start_that_does_not_fit_is_told_before_photos_are_decoded(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.data.dataset.decoded", lambda *_: pytest.fail("photos were decoded"))
    config = BuildConfig(alpha=0.5, init=str(models / "mobilenet_v1_0.25_224_float.tflite"))
    with pytest.raises(ModelFileError, match=r"0\.25"):
        start.build(config, tmp_path)


def test_a_backend_that_training_does_not_run_on_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(MissingTool, match="KERAS_BACKEND is 'torch'"):
        start.build(BuildConfig(), tmp_path)
