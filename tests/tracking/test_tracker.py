"""A build in MLflow: everything about it, once; and whatever happens to MLflow spoils no build."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.errors import ConfigError, MissingTool
from builder.runs import Run
from builder.start import FinishedBuild
from builder.tracking import Tracker
from builder.tracking.entry import CONTENT, Entry
from builder.tracking.tracker import FAILURES_MAX

# MLflow's tables, looked at by MLflow's client in this process.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(scope="module")
def finished(small_build: FinishedBuild, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished build of this room's own."""
    folder = tmp_path_factory.mktemp("exports") / small_build.folder.name
    shutil.copytree(small_build.folder, folder)
    return Run(folder)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of this room's own: to make one takes MLflow some seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('tracked')}/mlflow.db"


class Heard:
    """An `Emit` that keeps what was warned of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def __call__(self, event: str, /, **values: Any) -> None:
        assert event == "warning"
        self.warnings.append(values["message"])


class Kept:
    """What MLflow itself says that it keeps."""

    def __init__(self, uri: str, experiment: str) -> None:
        from mlflow import MlflowClient

        self.client = MlflowClient(uri)
        found = self.client.get_experiment_by_name(experiment)
        assert found is not None
        self.runs = list(self.client.search_runs([found.experiment_id]))

    @property
    def run(self) -> Any:
        """The only run."""
        (run,) = self.runs
        return run

    def artifacts(self) -> Iterator[str]:
        """Paths of the run's files."""
        pending = list(self.client.list_artifacts(self.run.info.run_id))
        while pending:
            each = pending.pop()
            if each.is_dir:
                pending += self.client.list_artifacts(self.run.info.run_id, each.path)
            else:
                yield each.path

    def content(self, file: str) -> bytes:
        """One of them, as downloaded."""
        return Path(self.client.download_artifacts(self.run.info.run_id, file)).read_bytes()

    def history(self, metric: str) -> list[tuple[int, float]]:
        """Steps and values of a curve."""
        return sorted((each.step, each.value) for each in self.client.get_metric_history(self.run.info.run_id, metric))


def test_a_build_is_logged_with_settings_curves_figures_and_files(small_build: FinishedBuild, finished: Run, uri: str) -> None:
    with Tracker.open(uri, "whole") as tracker:
        assert tracker.log(finished, {"batch": "nightly", "cell": "3"}) == "logged"
    kept, report = Kept(uri, "whole"), small_build.report
    data, info = kept.run.data, kept.run.info
    assert (info.run_name, info.status) == (finished.folder.name, "FINISHED")
    assert (info.start_time, info.end_time) == (round(1000 * report.build.started), round(1000 * report.build.finished))
    assert data.params["alpha"] == "0.25"
    assert data.params["training.epochs"] == "4"
    assert data.params["fingerprint"] == report.dataset.fingerprint
    assert float(data.params["rho"]) == 32 / 224
    assert kept.history("val_accuracy") == [(each.epoch, each.val_accuracy) for each in report.training.history]
    made = report.measured.variants["int8"]
    assert data.metrics["int8/accuracy"] == data.metrics["test_accuracy"] == made.accuracy
    assert data.metrics["int8/flash_bytes"] == data.metrics["flash_bytes"] == (finished.folder / "int8.tflite").stat().st_size
    assert data.tags["builder.build_id"] == finished.id
    assert (data.tags["builder.batch"], data.tags["builder.cell"]) == ("nightly", "3")
    files = set(kept.artifacts())
    assert {"labels.txt", "report.html", "report.json", "config.yaml"} < files
    assert {path.name for path in finished.folder.glob("*.tflite")} < files
    assert kept.content("int8.tflite") == (finished.folder / "int8.tflite").read_bytes()


def test_files_lie_beside_an_sqlite_database_wherever_the_batch_was_started(
    finished: Run, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Tracker.open(uri, "places") as tracker:
        assert tracker.log(finished) == "logged"
    place = Path(uri.removeprefix("sqlite:///")).parent
    assert list(place.rglob(f"{Kept(uri, 'places').run.info.run_id}/artifacts/report.json"))
    assert list(tmp_path.iterdir()) == []


def test_a_build_is_logged_once_and_again_only_when_there_is_more_of_it(finished: Run, uri: str, tmp_path: Path) -> None:
    grown = Run(tmp_path / finished.folder.name)
    shutil.copytree(finished.folder, grown.folder)
    with Tracker.open(uri, "once") as tracker:
        assert [tracker.log(finished), tracker.log(finished), tracker.log(grown)] == ["logged", "already", "already"]
        grown.report_path.write_text(grown.report_path.read_text() + "\n")
        assert tracker.log(grown) == "logged"
    with Tracker.open(uri, "once") as tracker:
        assert tracker.log(finished) == "already"
    assert len(Kept(uri, "once").runs) == 2


def test_what_a_killed_process_left_half_logged_is_replaced(finished: Run, uri: str) -> None:
    with Tracker.open(uri, "halves") as tracker:
        known = Kept(uri, "halves")
        experiment = known.client.get_experiment_by_name("halves").experiment_id
        half = known.client.create_run(experiment, tags=dict(Entry.of(finished, {}).tags))
        assert tracker.log(finished) == "logged"
    run = Kept(uri, "halves").run
    assert (run.info.status, run.info.run_id == half.info.run_id) == ("FINISHED", False)
    assert run.data.tags[CONTENT] == half.data.tags[CONTENT]


def test_a_folder_serves_as_well(finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    place = str(tmp_path / "mlruns")
    with Tracker.open(place) as tracker:
        assert [tracker.log(finished), tracker.log(finished)] == ["logged", "already"]
    assert Kept(place, "mobilenet-builder").run.data.tags["builder.build_id"] == finished.id


def test_a_child_that_was_killed_costs_a_warning_and_the_next_build_gets_another(finished: Run, uri: str) -> None:
    heard = Heard()
    with Tracker.open(uri, "killed", emit=heard) as tracker:
        assert tracker._process is not None
        os.kill(tracker._process.pid, signal.SIGKILL)
        tracker._process.wait()
        assert tracker.log(finished) == "failed"
        assert tracker.log(finished) == "logged"
    (warning,) = heard.warnings
    assert finished.folder.name in warning
    assert uri in warning
    assert "ended unexpectedly" in warning


def test_a_damaged_build_is_a_warning_and_after_three_in_a_row_no_more_are_tried(finished: Run, uri: str, tmp_path: Path) -> None:
    heard, broken = Heard(), Run(tmp_path / "photos-0123456789")
    broken.folder.mkdir()
    broken.report_path.write_text("{}")
    with Tracker.open(uri, "damaged", emit=heard) as tracker:
        assert [tracker.log(broken), tracker.log(finished)] == ["failed", "logged"]  # a success in between starts the count anew
        assert [tracker.log(broken) for _ in range(FAILURES_MAX)] == ["failed"] * FAILURES_MAX
        assert tracker.log(finished) == "failed"
    assert len(heard.warnings) == 1 + FAILURES_MAX
    assert "report.json is damaged" in heard.warnings[0]
    assert "No more are tried" in heard.warnings[-1]


def test_a_server_that_does_not_answer_is_refused_by_its_name_and_without_its_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers, and nobody else can take it
        port = free.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"http://me:\*\*\*@127.0.0.1:{port}: Connection refused") as caught:
            Tracker.open(f"http://me:secret@127.0.0.1:{port}")
    assert "secret" not in str(caught.value)


def test_a_scheme_that_mlflow_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match="Nothing can be tracked at nonsense://place"):
        Tracker.open("nonsense://place")


@pytest.mark.parametrize(
    ("uri", "phrase"),
    [
        ("  ", "needs a place"),
        ("sqlite://", "would keep nothing"),
        ("sqlite:///:memory:", "would keep nothing"),
        ("sqlite:///{file}", "is no SQLite database"),
        ("sqlite:///{file}/mlflow.db", "cannot be written"),
        ("{file}", "is a file, and a folder is needed"),
    ],
)
def test_places_that_can_be_told_to_be_none_are_refused_at_once(uri: str, phrase: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database")
    with pytest.raises(ConfigError, match=phrase):
        Tracker.open(uri.format(file=tmp_path / "notes.txt"))


def test_without_the_extra_it_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingTool, match="make mlflow"):
        Tracker.open(f"sqlite:///{tmp_path}/mlflow.db")


def test_an_experiment_that_was_deleted_is_refused_with_the_way_back(uri: str) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.raises(ConfigError, match='"gone" was deleted there'):
        Tracker.open(uri, "gone")


def test_the_process_that_logs_stays_small_and_quiet(finished: Run, uri: str) -> None:
    code = """
import sys
from pathlib import Path
from builder.runs import Run
from builder.tracking import Tracker
with Tracker.open(sys.argv[1], "small") as tracker:
    tracker.log(Run(Path(sys.argv[2])))
most = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(most.split()[1]) // 1024, "mlflow" in sys.modules)
"""
    line = [sys.executable, "-c", code, uri, str(finished.folder)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    mebibytes, imported = done.stdout.split()
    assert int(mebibytes) < 100  # measured: 18; MLflow takes 230
    assert imported == "False"
    assert done.stderr == ""
