"""What the leaderboard knows: a file of a build as one row, and what could not be read.

Shares are 0 to 1, sizes are bytes, times are seconds unless a name says milliseconds. `None` is what was not measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from builder.architecture import BASE_RESOLUTION


@dataclass(frozen=True, slots=True)
class Entry:
    """One .tflite of one finished build.

    Args:
        folder: the build's, its name below exports.
        file: path below the folder.
        listed: whether it stands for its build: the file of the technique that the gate chose, else the one for the target.
        id: of the build.
        title: what people see.
        created: seconds since 1970.
        data: photos as the settings name them.
        dataset: hash of the photos.
        split: what else decides which test photos there are: another split than the usual, photos given apart; empty otherwise.
        test_photos: how many the accuracy rests on.
        variant: float32, float16, dynamic, int16, int8 or int8_micro.
        technique: how it was made, as the shelf of compressed files names it.
        sound: whether it failed no check.
        accuracy: on the test photos.
        val_accuracy: on the validation photos; known of files that a gate judged.
        flash_bytes: its size.
        gzip_bytes: its size as a download.
        arena_bytes: TFLite Micro's arena with reference kernels on a 64-bit host.
        multiply_adds: of one photo.
        parameters: weights and biases, BatchNorm folded.
        latency_ms: median of one photo on the machine that measured it.
        alpha: width multiplier.
        resolution: pixels a side that this file takes.
        channels: 1 or 3.
        classes: number of classes.
        seed: of the training.
        epochs: epochs that ran.
        batch: the name of the batch that it belongs to; empty where it belongs to none.
    """

    folder: str
    file: str
    listed: bool
    id: str
    title: str
    created: float
    data: str
    dataset: str
    split: str
    test_photos: int
    variant: str
    technique: str
    sound: bool
    accuracy: float | None
    val_accuracy: float | None
    flash_bytes: int
    gzip_bytes: int | None
    arena_bytes: int | None
    multiply_adds: int | None
    parameters: int | None
    latency_ms: float | None
    alpha: float
    resolution: int
    channels: int
    classes: int
    seed: int
    epochs: int
    batch: str = ""

    @property
    def rho(self) -> float:
        """The resolution multiplier: resolution / 224."""
        return self.resolution / BASE_RESOLUTION

    @property
    def photos(self) -> tuple[str, str]:
        """The test photos: accuracies are compared only where these are equal."""
        return self.dataset, self.split


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A build of which something could not be read, and why."""

    folder: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in a folder of builds.

    Args:
        entries: rows; of each build the listed one alone, or every file.
        unreadable: builds with a damaged report, compressed or resolutions file.
        builds: finished builds that are in the rows.
        unfinished: builds without a report yet: at work, waiting, or ended before their time.
    """

    entries: tuple[Entry, ...]
    unreadable: tuple[Unreadable, ...] = ()
    builds: int = 0
    unfinished: int = 0
