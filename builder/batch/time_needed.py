"""How long a build takes on this machine, as a band: from finished builds of the same machine, else from published figures.

A build is so many training steps and a rest: the first epoch's compilation, export and verification. A step takes

    STEP_SECONDS + photos in the batch x mult-adds x MULTIPLY_ADD_SECONDS

and both parts are multiplied by what finished builds of this machine took against it. Not counted: waiting for a slot, decoding
photos for the first time, importing TensorFlow (once a worker), how much workers that share cores slow each other.

Where the figures come from: `benchmarks/RESULTS.md`, a machine with 2 cores.

- "Against code written by hand": 5.29 s an epoch of 1,650 photos at alpha 0.25 and 128 px (13.3 million mult-adds), 52 steps of 32:
  0.102 s a step. The whole job of 6 epochs took 42.9 s, so its rest was 11.2 s.
- "Builds": the same job took 98 s and 113 s on another day: a rest of 74 s. Between the two lies 28.7 s, their geometric mean, each
  a factor of 2.6 away: that is where `BAND` comes from.
- "Builds", digits at 48 px (2.05 million mult-adds), 195 s for 45 epochs of 45 steps: less that day's rest, 0.060 s a step. Two
  points give the line: 0.052 s, and 1.16e-10 s for a mult-add of a photo.
- "Training on a GPU": 3,192 photos a second where the 2 cores take 0.102 s for 32: a tenth of the time.
- "Compression": techniques that tune weights took as long as some 750 steps (89 s for hands, 37.5 s for digits, in the median).
"""

from __future__ import annotations

import statistics
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log
from pathlib import Path
from typing import TYPE_CHECKING

from builder.compress.techniques import TECHNIQUES
from builder.errors import BuilderError
from builder.formats import counted
from builder.report import BuildReport, read_report
from builder.report.surroundings import this_machine
from builder.runs import REPORT

if TYPE_CHECKING:
    from builder.batch.sections import Exports

STEP_SECONDS = 0.052
MULTIPLY_ADD_SECONDS = 1.16e-10
REST_SECONDS = 28.7
TUNING_STEPS = 750
GPU_SHARE = 0.1
BAND = 2.6

NEAREST = 5  # finished builds that a figure rests on: those nearest in mult-adds
BAND_LEARNED = 1.25  # beyond the fastest and the slowest of them: the machine does other things, too
BAND_ONE = 2.3  # where there is one only: how far apart two runs of the published job lay, 98 s and 42.9 s
REPORTS_MAX = 100  # the latest of them; reading one takes some milliseconds

Ratios = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time: as a rule, and at least and at most as far as comparable builds tell. Nothing below a second is meant."""

    low: float
    typical: float
    high: float

    def times(self, factor: float) -> Seconds:
        """So many times as long."""
        return Seconds(self.low * factor, self.typical * factor, self.high * factor)

    def to_json(self) -> dict[str, float]:
        """Plain values."""
        return {"low": round(self.low, 1), "typical": round(self.typical, 1), "high": round(self.high, 1)}


NOTHING = Seconds(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Work:
    """What a build has to do: epochs and steps of training, the steps after which it may stop early, and photos a step."""

    epochs: int
    steps: int
    least_steps: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a finished build took against the published figures; `step` is None where it had one epoch only."""

    multiply_adds: int
    rest: float
    step: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast this machine is, against the published figures.

    Args:
        steps: (mult-adds, how many times as long a step took) of finished builds, by mult-adds; without any, the figures stand.
        rests: the same for the rest of a build.
        gpu: whether it trains on a GPU.

    Example:
        >>> Pace().seconds(Work(45, 2_000, 2_000, batch_size=32), multiply_adds=13_300_000).typical  # the published figures
        231.4...
    """

    steps: Ratios = ()
    rests: Ratios = ()
    gpu: bool = False

    @classmethod
    def of(cls, exports: Path) -> Pace:
        """From the builds of a folder that were made on this machine; reports that cannot be read are passed over."""
        from builder.jobs import visible_gpus

        here, gpu = this_machine(), bool(visible_gpus())
        found: list[Seen] = []
        for report in reports_of(exports):
            machine = report.machine
            if (machine.cpu, machine.cores, bool(machine.gpus)) == (here.cpu, here.cores, gpu):
                found += seen(report)
        steps = sorted((each.multiply_adds, each.step) for each in found if each.step is not None)
        return cls(tuple(steps), tuple(sorted((each.multiply_adds, each.rest) for each in found)), gpu)

    @property
    def basis(self) -> str:
        """What the times rest on, as a sentence."""
        if self.rests:
            return f"Times rest on {counted(len(self.rests), 'build')} made on this machine."
        return "Times are a rough guess from published figures of a machine with 2 cores: none of the builds there was made here."

    def seconds(self, work: Work, multiply_adds: int, exports: Exports | None = None, *, is_trained: bool = False) -> Seconds:
        """What a build takes, with all that is made of it afterwards.

        Args:
            work: what is to be done.
            multiply_adds: of one photo.
            exports: what is made of the finished build; None is nothing.
            is_trained: whether the build itself is done.
        """
        step = self.of_step(multiply_adds).times(step_seconds(work.batch_size, multiply_adds))
        rest = self.of_rest(multiply_adds).times(REST_SECONDS)
        tuning, rests, trains = 0, int(not is_trained), int(not is_trained)
        if exports is not None:
            tuned = sum(name in TECHNIQUES for name in exports.techniques)
            tuning = TUNING_STEPS * tuned
            # Each is measured like a build's own files; those that are only rounded share one opening of the build.
            rests += tuned + (len(exports.techniques) > tuned) + len(exports.resolutions)
        return Seconds(
            step.low * (work.least_steps * trains + tuning) + rest.low * rests,
            step.typical * (work.steps * trains + tuning) + rest.typical * rests,
            step.high * (work.steps * trains + tuning) + rest.high * rests,
        )

    def of_step(self, multiply_adds: int) -> Seconds:
        """How many times as long as published a step takes."""
        return nearby(self.steps, multiply_adds) or around(GPU_SHARE if self.gpu else 1.0, BAND)

    def of_rest(self, multiply_adds: int) -> Seconds:
        """How many times as long as published the rest takes."""
        return nearby(self.rests, multiply_adds) or around(1.0, BAND)


def step_seconds(batch_size: int, multiply_adds: int) -> float:
    """A training step on the machine of the published figures."""
    return STEP_SECONDS + batch_size * multiply_adds * MULTIPLY_ADD_SECONDS


def seen(report: BuildReport) -> list[Seen]:
    """What a report tells of its machine's pace; nothing where nothing was trained."""
    epochs = [each.seconds for each in report.training.history if each.seconds]
    photos, batch = report.dataset.count("train"), report.training.batch_size
    multiply_adds = int(report.predicted["multiply_adds"])
    if not epochs or not photos or not batch:
        return []
    published = ceil(photos / batch) * step_seconds(batch, multiply_adds)
    epoch = statistics.median(epochs[1:]) if len(epochs) > 1 else min(epochs[0], published)
    rest = max(report.build.took - epoch * len(epochs), 0.0)
    return [Seen(multiply_adds, rest / REST_SECONDS, epoch / published if len(epochs) > 1 else None)]


def reports_of(exports: Path) -> Iterable[BuildReport]:
    """The latest reports of a folder."""
    files = [path for path in exports.glob(f"*/{REPORT}") if not path.parent.name.startswith(".")]
    for file in sorted(files, key=changed)[-REPORTS_MAX:]:
        try:
            yield read_report(file)
        except BuilderError:
            continue


def changed(path: Path) -> float:
    """When a file was written; 0 where it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def nearby(known: Ratios, multiply_adds: int) -> Seconds | None:
    """The ratio of the builds nearest in mult-adds: their median, in a band around them all; None without any."""
    place = bisect(known, (multiply_adds, 0.0))
    around_it = known[max(0, place - NEAREST) : place + NEAREST]
    ratios = [ratio for _, ratio in sorted(around_it, key=lambda each: abs(log(each[0] / multiply_adds)))[:NEAREST]]
    if not ratios:
        return None
    wider = BAND_LEARNED if len(ratios) > 1 else BAND_ONE
    return Seconds(min(ratios) / wider, statistics.median(ratios), max(ratios) * wider)


def around(value: float, factor: float) -> Seconds:
    """A value in a band of a factor either way."""
    return Seconds(value / factor, value, value * factor)


def in_all(times: Iterable[Seconds], workers: int) -> Seconds:
    """What builds take together on so many workers: the sum shared among them, at least the longest."""
    every = list(times)
    if not every:
        return NOTHING

    def of(name: str) -> float:
        each = [float(getattr(time, name)) for time in every]
        return max(sum(each) / workers, max(each))

    return Seconds(of("low"), of("typical"), of("high"))
