"""A finished build at other resolutions: real files, measured from their bytes; nothing of the build is touched."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import builder
from builder import jobs
from builder.errors import BuilderError, ConfigError, DataError, InvalidInput
from builder.event_log import read_events
from builder.exporting import Staged, export_at
from builder.planner import plan
from builder.report import read_report
from builder.resolutions import Resolutions, read_resolutions, write_resolutions
from builder.runs import Run
from builder.tflite_file import describe, parse
from tests.resolutions.conftest import OTHERS
from tests.ui import folders

if TYPE_CHECKING:
    from builder.config import BuildConfig
    from builder.start import FinishedBuild

NAMES = ("float32", "int8", "int8_micro")


@pytest.fixture(scope="module")
def made(exported_build: Run) -> Resolutions:
    """What was recorded."""
    found = read_resolutions(exported_build.folder)
    assert found is not None
    return found


class Heard:
    """An `Emit` that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, /, **values: Any) -> None:
        self.events.append((event, values))

    @property
    def notes(self) -> list[str]:
        return [values["message"] for event, values in self.events if event == "note"]

    @property
    def stages(self) -> list[str]:
        return [values["stage"] for event, values in self.events if event == "stage" and values["state"] == "start"]


def contents(run: Run) -> dict[str, str]:
    """The hash of each file of a build, those at other resolutions left out."""
    return {
        str(path.relative_to(run.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in run.folder.rglob("*")
        if path.is_file() and path.relative_to(run.folder).parts[0] != "resolutions"
    }


def stamps(run: Run, resolution: int) -> list[tuple[int, int]]:
    """What changes when the files of a resolution are made anew."""
    place = run.folder / "resolutions" / str(resolution)
    return [(path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(place.iterdir())]


# What is made.


def test_rows_are_sorted_and_the_builds_own_is_among_them(made: Resolutions, exported_build: Run) -> None:
    report = read_report(exported_build.report_path)
    assert [row.resolution for row in made.rows] == [32, *OTHERS]
    assert (made.build, made.trained_at, made.test_photos) == (exported_build.id, 32, report.measured.keras.images)
    assert made.own.accuracy == report.measured.keras.accuracy
    assert {name: file.measured for name, file in made.own.files.items()} == report.measured.variants
    assert {name: file.drop for name, file in made.own.files.items()} == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize("resolution", OTHERS)
def test_figures_come_from_the_bytes(made: Resolutions, exported_build: Run, resolution: int) -> None:
    row = made.row(resolution)
    assert row is not None
    assert list(row.files) == list(NAMES)
    assert row.failed_checks == ()
    for name, file in row.files.items():
        path = exported_build.folder / file.measured.file
        inspection = builder.inspect(path)
        assert file.measured.file == f"resolutions/{resolution}/{name}.tflite"
        assert file.measured.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert file.measured.flash_bytes == path.stat().st_size
        assert file.measured.multiply_adds == inspection.multiply_adds
        assert file.measured.arena_bytes == inspection.arena_bytes
        assert (file.measured.latency_ms or 0) > 0
        assert parse(path.read_bytes(), name).inputs[0].shape == (1, resolution, resolution, 3)
    place = exported_build.folder / "resolutions" / str(resolution)
    assert {path.name for path in place.iterdir()} == {*(f"{name}.tflite" for name in NAMES), "labels.txt"}


@pytest.mark.parametrize("name", ["float32", "int8"])
def test_evaluate_on_the_test_split_gives_the_recorded_accuracy(made: Resolutions, exported_build: Run, name: str) -> None:
    for row in made.others:
        file = row.files[name]
        assert (
            builder.evaluate(exported_build.folder / file.measured.file, "digits", split="test").accuracy == file.measured.accuracy
        )
        before, now = made.own.files[name].measured.accuracy, file.measured.accuracy
        assert before is not None
        assert now is not None
        assert file.drop == before - now


def test_what_was_predicted_is_what_was_measured(made: Resolutions) -> None:
    for row in made.rows:
        for name, file in row.files.items():
            assert file.predicted is not None
            assert file.predicted.flash_bytes == file.measured.flash_bytes
            assert file.predicted.multiply_adds == file.measured.multiply_adds
            assert (file.predicted.arena_bytes is None) == (name != "int8_micro")
        micro = row.files["int8_micro"]
        assert micro.predicted is not None
        assert micro.predicted.arena_bytes == micro.measured.arena_bytes == row.arena_bytes


def test_predictions_are_the_planners(made: Resolutions, thin_config: BuildConfig) -> None:
    for row in made.rows:
        planned = plan(thin_config.replace(resolution=row.resolution), classes=10)
        assert row.rho == planned.network.rho
        assert all(file.predicted and file.predicted.multiply_adds == planned.cost.multiply_adds for file in row.files.values())


def test_the_weights_are_those_of_the_build(made: Resolutions, exported_build: Run) -> None:
    digest = hashlib.sha256((exported_build.folder / "model.keras").read_bytes()).hexdigest()
    assert made.weights_sha256 == digest
    kernels = [weights_in(exported_build.folder / row.files["float32"].measured.file) for row in made.rows]
    assert kernels == [kernels[0]] * len(kernels)
    assert len({row.files["float32"].measured.parameters for row in made.rows}) == 1


def weights_in(path: Path) -> bytes:
    """All float constants of a file, sorted: the same weights in whatever order they lie."""
    tensors = parse(path.read_bytes(), path.name).subgraphs[0].tensors
    constants = [np.frombuffer(each.data, "<f4") for each in tensors if each.data is not None and each.dtype == "float32"]
    return np.sort(np.concatenate(constants)).tobytes()


def test_metadata_say_the_resolution(made: Resolutions, exported_build: Run) -> None:
    for row in made.rows:
        for file in row.files.values():
            said = describe(parse((exported_build.folder / file.measured.file).read_bytes(), "it"))
            assert said is not None
            assert said.name == f"mobilenet-{exported_build.id}"
            assert said.description == f"MobileNet v1, alpha 0.1, {row.resolution} px, 10 classes."
            assert (said.author, said.labels) == ("Ada", tuple("0123456789"))


def test_nothing_of_the_build_is_touched(thin_build: FinishedBuild, exported_build: Run) -> None:
    assert contents(exported_build) == contents(Run(thin_build.folder))
    assert exported_build.status() == "done"
    assert not exported_build.is_locked()


def test_events_tell_each_resolution(exported_build: Run) -> None:
    events, _ = read_events(exported_build.folder / "resolutions" / "events.jsonl")
    assert events[0]["event"] == "begin"
    assert [event["stage"] for event in events if event["event"] == "stage" and event["state"] == "done"] == [
        f"{stage} at {resolution} px" for resolution in OTHERS for stage in ("Photos", "Export", "Verification")
    ]
    assert {event["stage"] for event in events if event["event"] == "progress"} <= {
        event["stage"] for event in events if event["event"] == "stage"
    }
    assert {path.name for path in (exported_build.folder / "resolutions").iterdir()} == {
        "events.jsonl",
        "log.txt",
        "resolutions.json",
        *map(str, OTHERS),
    }


# What is there already.


def test_what_is_there_is_reused_and_said_so(exported: Run) -> None:
    before, heard = read_resolutions(exported.folder), Heard()
    stamped = stamps(exported, 40)
    assert export_at(exported, [48, 40, 40], variants=["int8"], emit=heard) == before
    assert [note.split(":")[0] for note in heard.notes] == ["48 px is done already", "40 px is done already"]
    assert (heard.stages, stamps(exported, 40)) == ([], stamped)


def test_force_makes_the_same_bytes_anew(exported: Run) -> None:
    before, stamped = read_resolutions(exported.folder), stamps(exported, 40)
    assert before is not None
    row = export_at(exported, [40], force=True).row(40)
    old = before.row(40)
    assert row is not None
    assert old is not None
    assert stamps(exported, 40) != stamped
    assert {name: file.measured.sha256 for name, file in row.files.items()} == {
        name: file.measured.sha256 for name, file in old.files.items()
    }


def test_a_changed_file_is_made_anew(exported: Run) -> None:
    file = exported.folder / "resolutions/40/int8.tflite"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    heard = Heard()
    made = export_at(exported, [48], variants=["int8"], emit=heard)  # and what is not whole is no row any more
    assert [row.resolution for row in made.rows] == [32, 48]
    export_at(exported, [40, 48], emit=heard)
    assert heard.stages == ["Photos at 40 px", "Export at 40 px", "Verification at 40 px"]
    assert file.read_bytes() == whole


def test_a_variant_that_is_not_there_joins_the_others(run: Run) -> None:
    export_at(run, [40], variants=["int8_micro"])
    row = export_at(run, [40], variants=["dynamic"]).row(40)
    assert row is not None
    assert list(row.files) == ["dynamic", "int8_micro"]
    assert row.files["dynamic"].drop is None  # the build has none to compare with


def test_other_weights_are_no_reason_to_reuse(exported: Run) -> None:
    found = read_resolutions(exported.folder)
    assert found is not None
    write_resolutions(exported.folder, replace(found, weights_sha256="0" * 64))
    heard = Heard()
    made = export_at(exported, [40], variants=["int8"], emit=heard)
    assert heard.stages[0] == "Photos at 40 px"
    assert [row.resolution for row in made.rows] == [32, 40]


def test_the_builds_own_resolution_is_a_note_and_nothing_is_done(run: Run) -> None:
    heard, before = Heard(), {path.name for path in run.folder.iterdir()}
    made = export_at(run, [32, 32], emit=heard)
    assert [row.resolution for row in made.rows] == [32]
    assert len(heard.notes) == 1
    assert "32 px is the build's own resolution" in heard.notes[0]
    assert {path.name for path in run.folder.iterdir()} == before


# Cut off.


def test_an_interrupted_export_keeps_what_is_whole(run: Run) -> None:
    def stop(event: str, /, **_: Any) -> None:
        if event == "variant" and (run.folder / "resolutions/40").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_at(run, [40, 48], variants=["dynamic"], emit=stop)
    made = read_resolutions(run.folder)
    assert made is not None
    assert [row.resolution for row in made.rows] == [32, 40]
    assert sorted(path.name for path in (run.folder / "resolutions").iterdir()) == ["40", "events.jsonl", "resolutions.json"]
    events, _ = read_events(run.folder / "resolutions/events.jsonl")
    assert (events[-1]["event"], events[-1]["exit_code"]) == ("failed", 130)
    assert run.status() == "done"
    heard, stamped = Heard(), stamps(run, 40)
    assert [row.resolution for row in export_at(run, [40, 48], variants=["dynamic"], emit=heard).rows] == [32, 40, 48]
    assert (heard.stages[0], stamps(run, 40)) == ("Photos at 48 px", stamped)


@pytest.mark.slow
def test_a_killed_export_keeps_the_first_resolution(run: Run) -> None:
    options = ["--resolution", "40", "--resolution", "48", "--variant", "dynamic"]
    command = [sys.executable, "-m", "builder", "export", str(run.folder), *options]
    log = run.folder / "resolutions/events.jsonl"
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not any(event.get("stage") == "Export at 48 px" for event in read_events(log)[0]):
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not run.is_locked()
    made = read_resolutions(run.folder)
    assert made is not None
    assert [row.resolution for row in made.rows][:2] == [32, 40]
    stamped = stamps(run, 40)
    assert [row.resolution for row in export_at(run, [40, 48], variants=["dynamic"]).rows] == [32, 40, 48]
    assert stamps(run, 40) == stamped
    assert not list((run.folder / "resolutions").glob(".*"))


# Bad input.


@pytest.mark.parametrize("resolution", [31, 2049, 0, -64, 64.0, True])
def test_a_resolution_out_of_range_is_refused_as_by_the_settings(run: Run, resolution: int) -> None:
    with pytest.raises(ConfigError, match=r"resolution must be a whole number of pixels from 32 to 2048"):
        export_at(run, [40, resolution])
    assert not (run.folder / "resolutions").exists()


@pytest.mark.parametrize(
    ("resolutions", "variants", "said"),
    [
        ([], None, "Name at least one resolution"),
        ([40], ["int4"], "variants"),
        ([40], [], "name at least one of float32"),
    ],
)
def test_bad_input_is_refused(run: Run, resolutions: list[int], variants: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        export_at(run, resolutions, variants=variants)
    assert not (run.folder / "resolutions").exists()


def test_a_build_that_is_not_done_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not finished"):
        export_at(folders.failed(tmp_path), [40])
    with pytest.raises(InvalidInput, match="There is no folder"):
        export_at(Run(tmp_path / "absent-0123456789"), [40])
    assert not (tmp_path / "absent-0123456789").exists()


def test_missing_weights_are_refused(run: Run) -> None:
    (run.folder / "model.keras").unlink()
    with pytest.raises(BuilderError, match="weights"):
        export_at(run, [40])


def test_missing_photos_are_told(run: Run, tmp_path: Path) -> None:
    config = run.folder / "config.yaml"
    config.write_text(config.read_text().replace("data: digits", f"data: {tmp_path / 'gone'}"))
    with pytest.raises(DataError):
        export_at(run, [40])
    events, _ = read_events(run.folder / "resolutions/events.jsonl")
    assert (events[-1]["event"], events[-1]["exit_code"]) == ("failed", 2)


def test_a_damaged_record_is_told_and_force_forgets_it(exported: Run) -> None:
    path = exported.folder / "resolutions/resolutions.json"
    path.write_text(path.read_text()[:-10])
    with pytest.raises(InvalidInput, match="is damaged"):
        export_at(exported, [40])
    assert [row.resolution for row in export_at(exported, [40], variants=["dynamic"], force=True).rows] == [32, 40]


# Turns.


def test_somebody_else_at_work_is_told(run: Run) -> None:
    with run.lock() as taken:
        assert taken
        with pytest.raises(InvalidInput, match="Somebody else is working on this build"):
            export_at(run, [40])
        assert not (run.folder / "resolutions").exists()


def test_who_holds_the_lock_says_so(exported: Run) -> None:
    with exported.lock() as taken:
        assert taken
        assert export_at(exported, [40], locked=True).row(40) is not None


def test_a_slot_is_held_meanwhile(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
    found: list[tuple[int, bool]] = []

    def look(event: str, /, **_: Any) -> None:
        if event == "variant":
            found.append((free_slots(), run.is_locked() and (run.folder / "process.json").exists()))

    export_at(run, [40], variants=["dynamic"], emit=look)
    assert found == [(0, True)]
    assert free_slots() == 1
    assert not (run.folder / "process.json").exists()


def free_slots() -> int:
    """How many could be taken now."""
    with contextlib.ExitStack() as stack:
        return len([stack.enter_context(file) for file in jobs.try_slots(jobs.slot_names(), 1).values()])


def test_an_events_stage_says_its_resolution() -> None:
    from builder.stages import Stages

    heard = Heard()
    staged = Staged(Stages(heard), 96)
    staged.emit("progress", stage="export", done=1)
    staged.emit("note", message="so")
    assert heard.events == [("progress", {"stage": "Export at 96 px", "done": 1}), ("note", {"message": "so"})]


def test_a_copied_folder_is_the_same_build(exported: Run, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    shutil.move(exported.folder, place / exported.folder.name)
    heard = Heard()
    export_at(Run(place / exported.folder.name), [40], emit=heard)
    assert heard.stages == []
