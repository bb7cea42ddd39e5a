"""`builder batch` as a shell sees it: dry run, run, follow, stop; answers, messages, exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.__main__ import run
from builder.batch.file import Batch
from builder.batch.finding import batch_called
from builder.batch.record import STOPPED, BatchRecord, CellRecord, read_record, write_record
from builder.batch.running import held_folder, place_of
from builder.batch.standing import Standing
from builder.cli.batch_options import with_eta
from builder.runs import Run
from tests.console.batches import batch as batch_of
from tests.console.batches import cell, done

GRID = """
base: {data: digits, resolution: 32, init: scratch, training: {epochs: 0}}
exports: {variants: [int8]}
grid: {alpha: [0.1], seed: [0, 1]}
"""
ENDLESS = GRID.replace("epochs: 0", "epochs: 500")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with grid.yaml in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.yaml").write_text(GRID)
    return tmp_path


def folder_of(place: Path) -> Path:
    """Where the batch of grid.yaml has its record."""
    return place_of(Batch.from_file(place / "grid.yaml"), Path("exports"))


def prepare(record: BatchRecord, place: Path) -> Path:
    """An earlier run's record of grid.yaml."""
    folder = folder_of(place)
    folder.mkdir(parents=True)
    write_record(folder, record)
    return folder


def finish(monkeypatch: pytest.MonkeyPatch, *cells: CellRecord) -> None:
    """Lets a batch end with these cells."""

    def ended(*_: object, **__: object) -> BatchRecord:
        return batch_of(*cells, state="done")

    monkeypatch.setattr("builder.batch.running.run", ended)


def test_a_dry_run_shows_what_would_be_built_and_trains_nothing(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", "grid.yaml", "--dry-run"]) == 0
    assert "2 to build." in capfd.readouterr().out
    assert not (place / "exports").exists()


@pytest.mark.usefixtures("place")
def test_a_dry_run_answers_in_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", "grid.yaml", "--dry-run", "--json"]) == 0
    values = json.loads(capfd.readouterr().out)
    assert [each["values"] for each in values["cells"]] == [{"alpha": 0.1, "seed": 0}, {"alpha": 0.1, "seed": 1}]


@pytest.mark.parametrize("words", [["--dry-run"], [], ["--detach"]], ids=["dry run", "run", "detached"])
def test_a_batch_of_which_nothing_fits_ends_with_three(words: list[str], place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "grid.yaml").write_text(f"{GRID}budget: {{flash: 20KiB}}\n")
    assert run(["batch", "grid.yaml", *words]) == 3
    shown = capfd.readouterr()
    assert "Nothing fits: all 2 cells are skipped. Does not fit the budget as int8" in shown.err
    assert ("2 skipped" in shown.out) == (words != ["--detach"])


@pytest.mark.parametrize("words", [[], ["--detach"]])
def test_a_batch_of_which_no_cell_can_be_built_ends_with_two_and_leaves_no_record(
    words: list[str], place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "grid.yaml").write_text(GRID.replace("alpha: [0.1], seed: [0, 1]", "alpha: [9]"))
    assert run(["batch", "grid.yaml", *words]) == 2
    assert "Nothing can be built: the file's one cell cannot. alpha" in capfd.readouterr().err
    assert not folder_of(place).exists()


def test_a_batch_of_which_nothing_can_be_built_and_nothing_fits_ends_as_its_dry_run(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "grid.yaml").write_text(f"{GRID.replace('alpha: [0.1], seed: [0, 1]', 'alpha: [0.1, 9]')}budget: {{flash: 20KiB}}\n")
    for words in (["--dry-run"], []):
        assert run(["batch", "grid.yaml", *words]) == 2
        told = " ".join(capfd.readouterr().err.split())
        assert "Nothing can be built: none of the file's 2 cells can (1 of them because they do not fit). alpha" in told


@pytest.mark.parametrize(("alphas", "code"), [("[9, 8]", 2), ("[9, 0.1]", 0)])
def test_a_dry_run_ends_with_two_where_no_cell_can_be_built(
    alphas: str, code: int, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "grid.yaml").write_text(GRID.replace("alpha: [0.1]", f"alpha: {alphas}"))
    assert run(["batch", "grid.yaml", "--dry-run"]) == code
    shown = capfd.readouterr()
    assert "cannot be built" in shown.out
    assert ("Nothing can be built: none of the file's 4 cells can. alpha" in shown.err) == (code == 2)


def test_a_batch_is_built_told_and_not_built_again(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "grid.yaml").write_text(GRID.replace("alpha: [0.1]", "alpha: [0.1, 9]"))

    assert run(["batch", "grid.yaml", "--workers", "1"]) == 4
    shown = capfd.readouterr()
    assert "grid: 4 cells: 2 to build, 2 cannot be built. About " in shown.err
    assert "cell 1 of 4 done: " in shown.err
    assert "Error: 2 of 4 cells failed: cell 3 (alpha 9, seed 0): alpha" in shown.err
    assert "4 cells: 2 done, 2 failed" in shown.out

    assert run(["batch", "grid.yaml", "--json-lines"]) == 4
    shown = capfd.readouterr()
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [event["event"] for event in events if event["event"] == "cell"] == []
    assert events[-1]["event"] == "end"
    assert (events[-1]["cells_done"], events[-1]["cells_failed"]) == (2, 2)

    assert run(["batch", "grid.yaml", "--json"]) == 4
    assert json.loads(capfd.readouterr().out)["counts"] == {"done": 2, "failed": 2}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ((done(1), done(2)), 0),
        ((done(1), cell(2, "skipped", message="Too large.")), 0),
        ((done(1), cell(2, "stopped", message="cell 1 meets accuracy>=98%.")), 0),
        ((done(1), cell(2, "failed", message="No photos.")), 4),
        ((cell(1, "skipped", message="Too large."), cell(2, "duplicate", message="The same as number 1.")), 3),
        ((cell(1, "failed", message="No photos."), cell(2, "skipped", message="Too large.")), 4),
    ],
)
@pytest.mark.usefixtures("place")
def test_the_exit_code_tells_how_it_ended(cells: tuple[CellRecord, ...], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(monkeypatch, *cells)
    assert run(["batch", "grid.yaml"]) == code


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"state": "done"}, 0, ""),
        ({"state": "stopped", "message": STOPPED}, 130, STOPPED),
        ({"state": "failed", "message": "No worker can be started."}, 1, "No worker can be started."),
        ({"state": "stopped", "message": "The 2 hours of --max-hours are over."}, 0, ""),
    ],
)
def test_the_same_batch_is_followed_to_its_end_while_it_runs(
    changes: dict[str, Any], code: int, said: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = prepare(batch_of(done(1), cell(2, "running")), place)
    ready, over = threading.Event(), threading.Event()

    def other() -> None:
        """Somebody else who runs it and finishes its second cell."""
        with held_folder(Batch.from_file(place / "grid.yaml"), Path("exports")):
            ready.set()
            time.sleep(1)
            (folder / "events.jsonl").write_text(f"{json.dumps({'event': 'cell', 'number': 2, 'state': 'done', 'took': 7.0})}\n")
            write_record(folder, replace(batch_of(done(1), done(2)), updated=time.time(), **changes))
        over.set()

    thread = threading.Thread(target=other)
    thread.start()
    assert ready.wait(5)
    assert run(["batch", "grid.yaml"]) == code
    thread.join()
    shown = capfd.readouterr()
    assert over.is_set()
    assert "running already" in shown.err
    assert "cell 2 of 2 done: 7.0 s" in shown.err
    assert "2 cells: 2 done" in shown.out
    assert said in shown.err


def test_ctrl_c_while_following_leaves_the_batch_running(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builder.batch.following.watch", interrupted)
    with held_folder(Batch.from_file(place / "grid.yaml"), Path("exports")) as folder:
        assert run(["batch", "grid.yaml"]) == 130
    shown = capfd.readouterr().err
    assert "The batch goes on without this terminal." in shown
    assert f"stop {folder}`" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        ([], False),
        (["--workers", "2"], False),
        (["--workers", "2", "--max-hours", "3"], False),
        (["--workers", "3"], True),
        (["--halving"], True),
    ],
)
def test_who_joins_a_running_batch_with_other_options_is_told_that_it_keeps_its_own(
    words: list[str], warned: bool, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    record = batch_of(done(1), cell(2, "running"), rules={"workers": 2, "max_hours": 3.0})
    folder = prepare(record, place)
    monkeypatch.setattr("builder.batch.following.follow", lambda *_: replace(record, state="done"))
    with held_folder(Batch.from_file(place / "grid.yaml"), Path("exports")):
        run(["batch", "grid.yaml", *words])
        told = " ".join(capfd.readouterr().err.split())
        run(["batch", "grid.yaml", "--detach", *words])
        detached = " ".join(capfd.readouterr().err.split())
    warning = "keeps the options it was started with (--workers 2, --max-hours 3.0); those given now change nothing."
    assert (warning in told, warning in detached) == (warned, warned)
    assert (f"stop {folder}" in told) == warned


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_batch_that_a_script_runs_in_the_background_ends_politely(sign: signal.Signals, place: Path) -> None:
    """Such a shell starts it with SIGINT ignored."""
    (place / "grid.yaml").write_text(ENDLESS)
    script = 'trap "" INT; exec "$0" -m builder batch grid.yaml --workers 1 --json-lines'
    command = ["env", "--default-signal=HUP", "sh", "-c", script, sys.executable]  # tests may run under nohup, which ignores it
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()  # of the first cell
            process.send_signal(sign)
            rest, said = process.communicate(timeout=60)
        finally:
            process.kill()  # nothing is left of it where it did not listen
    assert process.returncode == 130
    assert json.loads(first)["state"] == "running"
    assert json.loads(rest.splitlines()[-1])["event"] == "end"
    assert "Run the same command again to go on." in " ".join(said.split())
    record = read_record(folder_of(place))
    assert record is not None
    assert (record.state, record.counts) == ("stopped", {"stopped": 2})


def test_who_joins_a_batch_that_plans_is_told_that_options_change_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    record = batch_of(done(1), state="done", rules={"workers": 2})  # of an earlier run
    prepare(record, place)
    monkeypatch.setattr("builder.batch.following.follow", lambda *_: record)
    with held_folder(Batch.from_file(place / "grid.yaml"), Path("exports")):
        run(["batch", "grid.yaml", "--workers", "2"])
    told = " ".join(capfd.readouterr().err.split())
    assert "keeps the options it was started with; those given now change nothing." in told


def test_of_batches_with_one_name_the_running_one_is_stopped_or_their_folders_are_told(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = prepare(batch_of(done(1), state="done"), place)
    other = first.with_name("grid-00000000")
    other.mkdir()
    assert run(["stop", "grid"]) == 2
    told = " ".join(capfd.readouterr().err.split())
    assert f'2 batches are called "grid". Name one by its folder: {other}, {first}.' in told
    with Run(other).lock():
        assert batch_called("grid", Path("exports")) == other


@pytest.mark.parametrize("name", ["", "???", "."])
def test_a_name_without_a_letter_names_no_batch(name: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "exports" / "batches" / "photos-00000000").mkdir(parents=True)  # what a name without letters is filed under
    assert run(["stop", name]) == 2
    assert "photos" not in capfd.readouterr().out


def test_a_misspelt_name_is_told_the_batches_that_are_there_the_nearest_first(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["stop", "Nite run"]) == 2
    assert "Batches there" not in capfd.readouterr().err
    for name in ("aaa-00000000", "night-run-11111111", "second-22222222"):
        (folder := place / "exports" / "batches" / name).mkdir(parents=True)
        (folder / "record.json").touch()
    assert run(["stop", "Nite run"]) == 2
    told = " ".join(capfd.readouterr().err.split())
    assert '"Nite run" is no build in exports.' in told
    assert "Batches there, the nearest name first: night-run-11111111, " in told


def test_a_detached_batch_is_stopped_by_its_name(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "grid.yaml").write_text(ENDLESS)
    assert run(["batch", "grid.yaml", "--workers", "1", "--detach", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    folder = Path(answer["folder"])
    assert (folder, answer["joined"]) == (folder_of(place).absolute(), False)

    deadline = time.monotonic() + 60
    while read_record(folder) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert run(["batch", "grid.yaml", "--detach"]) == 0
    assert f"is running already, in {folder}." in capfd.readouterr().out

    assert run(["stop", folder.name]) == 0
    assert f"The batch {folder.name} is stopped." in capfd.readouterr().out
    record = read_record(folder)
    assert record is not None
    assert (record.state, record.counts) == ("stopped", {"stopped": 2})
    assert Standing(place / "exports", Batch.from_file(place / "grid.yaml").exports).outcome(record.cells[0].build) is None


@pytest.mark.parametrize("name", ["path", "folder", "id", "name"])
def test_a_batch_that_does_not_run_is_said_not_to(name: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = prepare(batch_of(done(1), state="done"), place)
    named = {"path": str(folder), "folder": folder.name, "id": folder.name.rpartition("-")[2], "name": "grid"}[name]
    assert run(["stop", named]) == 0
    assert f"The batch {folder.name} is not running." in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["absent.yaml"], "absent.yaml"),
        (["grid.yaml", "--workers", "0"], "--workers"),
        (["grid.yaml", "--per-gpu", "0"], "--per-gpu"),
        (["grid.yaml", "--halving", "1"], "--halving"),
        (["grid.yaml", "--max-hours", "-1"], "--max-hours"),
        (["grid.yaml", "--max-hours", "nan"], "--max-hours"),
        (["grid.yaml", "--stop-when", "accurcy>1"], "accurcy"),
        (["grid.yaml", "--storage", "s3://builds"], "--ray"),
        (["grid.yaml", "--json", "--json-lines"], "--json-lines"),
        (["grid.yaml", "--dry-run", "--json-lines"], "--json-lines"),
        (["grid.yaml", "--dry-run", "--detach"], "--detach"),
        (["grid.yaml", "--detach", "--json-lines"], "--detach"),
    ],
)
def test_bad_input_is_named_and_ends_with_two(words: list[str], named: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", *words]) == 2
    shown = capfd.readouterr()
    assert (shown.out, named in shown.err) == ("", True)
    assert not (place / "exports").exists()


@pytest.mark.parametrize("text", ["", "grid: {}", "grid: {alfa: [1]}", "grid: {alpha: 0.5}", "a: [", "- 1"])
def test_a_file_that_cannot_be_used_is_named(text: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "grid.yaml").write_text(text)
    assert run(["batch", "grid.yaml"]) == 2
    assert "grid.yaml" in capfd.readouterr().err


def test_halving_may_stand_alone() -> None:
    assert with_eta(["--halving", "grid.yaml"]) == ["--halving", "3", "grid.yaml"]
    assert with_eta(["grid.yaml", "--halving"]) == ["grid.yaml", "--halving", "3"]
    assert with_eta(["--halving", "2", "grid.yaml"]) == ["--halving", "2", "grid.yaml"]
    assert with_eta(["--halving=4", "grid.yaml"]) == ["--halving=4", "grid.yaml"]


def test_it_explains_itself(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", "--help"]) == 0
    shown = capfd.readouterr().out
    assert all(panel in shown for panel in ("Where it runs", "When it stops early", "Output"))
