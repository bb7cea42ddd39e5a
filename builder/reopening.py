"""A finished build, opened for more work: its settings, its photos, its weights; nothing of it is changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder import launch, processes, records, runs
from builder.architecture import Network
from builder.config import BuildConfig
from builder.data import Dataset, Source, open_source, prepare
from builder.errors import Busy, DataError, InvalidInput, ModelFileError
from builder.events import Emit, silent
from builder.report import BuildReport, read_report
from builder.runs import Run


@dataclass(frozen=True, slots=True)
class Reopened:
    """A finished build.

    Args:
        run: its folder.
        report: what it measured.
        config: its settings, with paths that mean the same from every folder.
        source: its photos, listed; the same as when it was built.
        dataset: the same photos at some resolution, in the same splits.
    """

    run: Run
    report: BuildReport
    config: BuildConfig
    source: Source
    dataset: Dataset

    @property
    def network(self) -> Network:
        """The network at the dataset's resolution; its weights are those of the build at any."""
        return self.config.network(len(self.dataset.classes))

    def at(self, resolution: int, emit: Emit = silent) -> Reopened:
        """The same build's photos at another resolution.

        Raises:
            ConfigError: a resolution out of range.
        """
        config = self.config.replace(resolution=resolution)
        return Reopened(self.run, self.report, config, self.source, photos(config, self.source, emit))

    def model(self) -> Any:
        """The trained network at the dataset's resolution, in Keras; heavy.

        Raises:
            ModelFileError: the weights are missing, or others than were trained.
        """
        import keras

        from builder import model as models
        from builder.architecture import layers

        model = models.build(keras, layers(self.network), seed=self.config.seed)
        try:
            model.load_weights(self.run.folder / records.MODEL)
        except (OSError, ValueError, KeyError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelFileError(
                f"{self.run.folder / records.MODEL} cannot be loaded ({first}). Build again with --force."
            ) from None
        return model


def reopen(run: Run, emit: Emit = silent) -> Reopened:
    """Opens a finished build.

    Args:
        run: its folder.
        emit: hears how listing and decoding the photos goes on.

    Raises:
        InvalidInput: it is not done, of another version, or not made by this builder; its report or weights are damaged.
        DataError: its photos are gone, or others than those it was built from.
    """
    report = check_build(run)
    config = settings_of(run)
    source = open_source(config.data, config.test_data, emit=emit)
    check_photos(run, report, config, source)
    return Reopened(run, report, config, source, photos(config, source, emit))


@contextlib.contextmanager
def held(run: Run, *, locked: bool) -> Iterator[None]:
    """Holds a finished build's folder for the body, so that nobody else works on it; `locked`: the caller does so already.

    Raises:
        Busy: somebody else works on it.
    """
    if locked:
        yield
        return
    with run.lock() as taken:
        if not taken:
            raise Busy(f"Somebody else is working on this build. Wait for it, or stop it first: builder stop {run.folder.name}")
        with processes.told(run.folder):
            yield


def check_build(run: Run) -> BuildReport:
    """The report of a build that can be worked on; raises as `reopen` does, before anything else is done."""
    name = run.folder
    if not name.is_dir():
        raise InvalidInput(f"There is no folder {name}. Give a finished build: its folder, its name or the start of its id.")
    status = run.status()
    if status != "done":
        what = "is running" if status == "running" else "is not finished"
        raise InvalidInput(f"{name} {what}. Only a finished build can be worked on: build it to the end first.")
    report = read_report(run.report_path)
    about = run.description()
    if about.get("format") != runs.FORMAT:
        raise InvalidInput(
            f"{name} was made by another version of the builder. Build it again: builder build --config {name}/config.yaml"
        )
    if records.read_trained(run) is None:
        raise ModelFileError(
            f"The weights of {name} are missing, or others than were trained ({records.MODEL}, {records.TRAINED}). Was the folder "
            "copied whole? Build again with --force."
        )
    return report


def settings_of(run: Run) -> BuildConfig:
    """A build's settings; relative paths are those of the folder that it was started in."""
    config = BuildConfig.from_file(run.folder / "config.yaml")
    started_in = run.description().get("started_in")
    origin = Path(started_in) if isinstance(started_in, str) and started_in else Path.cwd()
    return launch.absolute(config, origin)


def check_photos(run: Run, report: BuildReport, config: BuildConfig, source: Source) -> None:
    """Raises `DataError` where the photos are others than those that the build was made from."""
    if source.fingerprint != report.dataset.fingerprint:
        raise DataError(
            f"The photos in {config.data} are others than those that {run.folder.name} was built from, so a comparison would say "
            "nothing. Put them back, or build anew."
        )


def photos(config: BuildConfig, source: Source, emit: Emit) -> Dataset:
    """The photos decoded and split as the build's were."""
    return prepare(
        source,
        resolution=config.resolution,
        channels=config.channels,
        split_seed=config.split_seed,
        bad_share_max=config.bad_share_max,
        emit=emit,
    )
