"""MLflow's client: an experiment, and one run of it for each build. Imports MLflow, so this belongs into the child process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from builder.errors import InvalidInput
from builder.tracking.entry import BUILD, CONTENT, Entry

if TYPE_CHECKING:
    from mlflow import MlflowClient

# What a server takes in one request, by MLflow's REST API.
METRICS_MAX, PARAMETERS_MAX = 1000, 100
SQLITE = "sqlite:///"
Item = TypeVar("Item")


class Store:
    """An experiment of an MLflow server, database or folder.

    Args:
        uri: as MLflow takes it.
        experiment: its name; made when absent.

    Raises:
        InvalidInput: the experiment was deleted.
        ImportError: MLflow is not installed, or not the part of it that the URI needs.
        Exception: what MLflow raises where it cannot reach its store has no common type.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        import mlflow

        mlflow.set_tracking_uri(uri)  # what uploads files asks for it by itself
        self.client: MlflowClient = mlflow.MlflowClient()
        self.experiment = self.find(experiment) or self.make(experiment, uri)

    def find(self, name: str) -> str:
        """The id of an experiment; empty where there is none."""
        found = self.client.get_experiment_by_name(name)
        if found is None:
            return ""
        if found.lifecycle_stage != "active":
            raise InvalidInput(
                f'The experiment "{name}" was deleted there. Restore it: mlflow experiments restore -x {found.experiment_id}'
            )
        return str(found.experiment_id)

    def make(self, name: str, uri: str) -> str:
        """The id of a new experiment, or of the one that somebody else made in this very moment."""
        from mlflow.exceptions import MlflowException

        try:
            return str(self.client.create_experiment(name, artifact_location=files_beside(uri)))
        except MlflowException:
            known = self.find(name)
            if not known:
                raise
            return known

    def log(self, folder: Path, entry: Entry) -> bool:
        """Logs a build unless that was done; False when it was. A run that was begun and never ended is deleted."""
        for known in self.known(entry):
            if known.info.status == "FINISHED":
                return False
            self.client.delete_run(known.info.run_id)
        made = self.client.create_run(
            self.experiment, start_time=milliseconds(entry.started), tags=dict(entry.tags), run_name=entry.name
        )
        self.fill(made.info.run_id, folder, entry)
        self.client.set_terminated(made.info.run_id, "FINISHED", milliseconds(entry.finished))
        return True

    def known(self, entry: Entry) -> Sequence[Any]:
        """Runs of the same build with the same content."""
        wanted = " and ".join(f"tags.`{tag}` = '{entry.tags[tag]}'" for tag in (BUILD, CONTENT))
        found: Sequence[Any] = self.client.search_runs([self.experiment], wanted)
        return sorted(found, key=lambda run: run.info.status != "FINISHED")

    def fill(self, run_id: str, folder: Path, entry: Entry) -> None:
        """Everything about a build into its run."""
        from mlflow.entities import Metric, Param

        when = milliseconds(entry.finished)
        for parameters in parts([Param(name, value) for name, value in entry.parameters.items()], PARAMETERS_MAX):
            self.client.log_batch(run_id, params=parameters)
        for metrics in parts([Metric(each.name, each.value, when, each.step) for each in entry.metrics], METRICS_MAX):
            self.client.log_batch(run_id, metrics=metrics)
        for file in entry.files:
            above = PurePosixPath(file).parent.as_posix()
            self.client.log_artifact(run_id, str(folder / file), None if above == "." else above)


def files_beside(uri: str) -> str | None:
    """Where an experiment's files belong: beside an SQLite file, not into the folder that a batch happens to be started in."""
    if not uri.startswith(SQLITE):
        return None
    return (Path(uri.removeprefix(SQLITE).partition("?")[0]).resolve().parent / "mlartifacts").as_uri()


def milliseconds(seconds: float) -> int:
    """A time as MLflow keeps it, since 1970."""
    return round(1000 * seconds)


def parts(items: list[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while part := list(itertools.islice(rest, size)):
        yield part
