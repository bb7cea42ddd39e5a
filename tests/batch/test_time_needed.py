"""How long builds take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.batch.inputs import train_photos, work
from builder.batch.sections import Exports
from builder.batch.time_needed import BAND, REST_SECONDS, Pace, Seconds, Work, in_all, seen
from builder.config import Training
from builder.data import open_source
from builder.report import BuildReport, EpochRecord, report_text
from builder.report.surroundings import this_machine
from tests.report.samples import sample

HANDS = 13_319_552  # mult-adds at alpha 0.25 and 128 px, the published figures' design
JOB = Work(epochs=6, steps=6 * 52, least_steps=6 * 52, batch_size=32)  # 1,650 photos


def finished(epoch_seconds: float, rest_seconds: float, *, epochs: int = 6) -> BuildReport:
    """A report of this machine, whose training took so long."""
    history = tuple(EpochRecord(epoch=number, seconds=epoch_seconds) for number in range(1, epochs + 1))
    report = sample()
    return replace(
        report,
        build=replace(report.build, seconds={"train": epoch_seconds * epochs, "export": rest_seconds}),
        training=replace(report.training, history=history),
        machine=this_machine(),
    )


def keep(exports: Path, *reports: BuildReport) -> Path:
    """An exports folder with these builds."""
    for number, report in enumerate(reports):
        (exports / f"hands-{number:010x}").mkdir(parents=True)
        (exports / f"hands-{number:010x}" / "report.json").write_text(report_text(report))
    return exports


def test_without_builds_the_published_job_comes_out_between_its_two_measurements(tmp_path: Path) -> None:
    pace = Pace.of(tmp_path / "none")
    assert "published figures" in pace.basis
    found = replace(pace, gpu=False).seconds(JOB, HANDS)
    assert 42.9 < found.typical < 98  # "Against code written by hand" and "Builds" in benchmarks/RESULTS.md
    assert found.low < 42.9
    assert found.high > 113
    assert found.high / found.low == pytest.approx(BAND * BAND)


def test_without_builds_the_published_digits_lie_in_the_band() -> None:
    digits = Work(epochs=45, steps=45 * 45, least_steps=45 * 45, batch_size=32)
    found = Pace().seconds(digits, 2_052_672)
    assert found.low < 195 < found.high


def test_a_gpu_takes_a_tenth_for_each_step() -> None:
    steps = Work(epochs=1, steps=10_000, least_steps=10_000, batch_size=32)
    here, there = Pace().seconds(steps, HANDS).typical - REST_SECONDS, Pace(gpu=True).seconds(steps, HANDS).typical - REST_SECONDS
    assert there == pytest.approx(here / 10)


def test_builds_of_this_machine_count_instead(tmp_path: Path) -> None:
    pace = Pace.of(keep(tmp_path, finished(20.0, 40.0), finished(20.0, 40.0)))
    assert pace.basis == "Times rest on 2 builds made on this machine."
    report = finished(20.0, 40.0)
    steps = -(-report.dataset.count("train") // 32)
    same = Work(epochs=6, steps=6 * steps, least_steps=6 * steps, batch_size=32)
    found = pace.seconds(same, int(report.predicted["multiply_adds"]))
    assert found.typical == pytest.approx(6 * 20.0 + 40.0)
    assert found.low < found.typical < found.high
    twice = replace(same, steps=2 * same.steps)
    assert pace.seconds(twice, int(report.predicted["multiply_adds"])).typical == pytest.approx(12 * 20.0 + 40.0)


def test_the_band_reaches_around_the_builds_that_were_seen(tmp_path: Path) -> None:
    narrow = Pace.of(keep(tmp_path / "narrow", finished(20.0, 40.0), finished(21.0, 40.0))).seconds(JOB, HANDS)
    wide = Pace.of(keep(tmp_path / "wide", finished(10.0, 40.0), finished(40.0, 40.0))).seconds(JOB, HANDS)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_builds_of_other_machines_and_damaged_ones_do_not_count(tmp_path: Path) -> None:
    other = replace(finished(20.0, 40.0), machine=replace(this_machine(), cpu="another"))
    exports = keep(tmp_path, other)
    (exports / "hands-00000000ff").mkdir()
    (exports / "hands-00000000ff" / "report.json").write_text("{")
    (exports / ".replaced-hands-0000000001-1").mkdir()
    (exports / ".replaced-hands-0000000001-1" / "report.json").write_text(report_text(finished(20.0, 40.0)))
    assert "published figures" in Pace.of(exports).basis


def test_the_first_epoch_compiles_and_says_nothing_of_steps() -> None:
    (alone,) = seen(finished(20.0, 40.0, epochs=1))
    assert alone.step is None
    assert alone.rest > 40.0 / REST_SECONDS
    assert seen(replace(sample(), training=replace(sample().training, history=()))) == []


def test_techniques_and_resolutions_take_longer() -> None:
    nothing, tuned = Pace().seconds(JOB, HANDS, Exports()), Pace().seconds(JOB, HANDS, Exports(techniques=("qat",)))
    assert Pace().seconds(JOB, HANDS) == nothing
    published = 89  # seconds: the median of techniques that tune weights, "Compression" in benchmarks/RESULTS.md
    assert tuned.low - nothing.low < published < tuned.high - nothing.high
    two = Pace().seconds(JOB, HANDS, Exports(resolutions=(64, 96)))
    assert two.typical - nothing.typical == pytest.approx(2 * REST_SECONDS)


def test_on_several_workers_the_sum_is_shared_but_the_longest_is_the_least() -> None:
    times = [Seconds(1, 10, 20), Seconds(1, 2, 3), Seconds(2, 4, 7)]
    assert in_all(times, 1) == Seconds(4, 16, 30)
    assert in_all(times, 2) == Seconds(2, 10, 20)
    assert in_all([], 2) == Seconds(0, 0, 0)


def test_steps_are_those_of_the_recipe() -> None:
    found = work(Training(), photos=1_438, warm=(False,))
    assert (found.epochs, found.steps, found.batch_size) == (45, 45 * 45, 32)  # 2,000 steps wanted, 45 an epoch
    assert found.least_steps == (22 + 1) * 45  # it may stop after 22 epochs without a better one
    either = work(Training(), photos=1_438, warm=(True, False))
    assert (either.steps, either.least_steps) == (45 * 45, (11 + 1) * 45)  # warm: 23 epochs, 11 without a better one


def test_photos_that_train_are_estimated_closely() -> None:
    assert train_photos(open_source("digits")) == 1_438  # of 1,797; it was 1,439
