"""What MLflow is told about a build, read from its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builder.errors import InvalidInput
from builder.matrix.json_file import write_matrix
from builder.report import report_text
from builder.report.model import BuildReport, EpochRecord
from builder.resolutions import File, Resolutions, Row, write_resolutions
from builder.runs import Run
from builder.tracking.entry import CONTENT, Entry, Metric
from tests.matrix import samples as matrices
from tests.report import samples


@pytest.fixture
def report() -> BuildReport:
    """What a build found out."""
    return samples.sample()


@pytest.fixture
def run(report: BuildReport, tmp_path: Path) -> Run:
    """Its folder, without files."""
    made = Run(tmp_path / "hands-a0.25-r96-0123456789")
    made.folder.mkdir()
    made.report_path.write_text(report_text(report), encoding="utf-8")
    return made


def figures(entry: Entry) -> dict[str, float]:
    """What was measured once, by name; each name once."""
    found = [(each.name, each.value) for each in entry.metrics if each.step == 0]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_settings_go_by_their_dotted_names_and_those_not_set_are_left_out(report: BuildReport, run: Run) -> None:
    settings = {
        "alpha": 0.25,
        "classes": None,
        "variants": ["float32", "int8"],
        "author": "",
        "training": {"freeze": False, "epochs": 6},
    }
    run.report_path.write_text(report_text(replace(report, config=settings)))
    parameters = Entry.of(run, {}).parameters
    assert parameters["alpha"] == "0.25"
    assert parameters["variants"] == "float32, int8"
    assert (parameters["training.freeze"], parameters["training.epochs"]) == ("false", "6")
    assert "author" not in parameters
    assert parameters["classes"] == str(len(report.labels))
    assert parameters["fingerprint"] == report.dataset.fingerprint


def test_a_curve_has_a_step_for_each_epoch_and_leaves_out_what_was_not_finite(report: BuildReport, run: Run) -> None:
    history = (EpochRecord(1, loss=2.5, val_accuracy=0.25), EpochRecord(2, loss=None, val_accuracy=0.5))
    run.report_path.write_text(report_text(replace(report, training=replace(report.training, history=history))))
    told = [each for each in Entry.of(run, {}).metrics if each.step > 0]
    assert told == [Metric("loss", 2.5, 1), Metric("val_accuracy", 0.25, 1), Metric("val_accuracy", 0.5, 2)]


def test_every_file_has_its_figures_and_the_one_to_show_first_has_them_without_a_name(report: BuildReport, run: Run) -> None:
    told = figures(Entry.of(run, {}))
    for variant, made in report.measured.variants.items():
        for name in ("accuracy", "flash_bytes", "arena_bytes", "latency_ms", "multiply_adds"):
            assert told.get(f"{variant}/{name}") == getattr(made, name)
    hero = report.measured.variants[report.hero or ""]
    assert (told["test_accuracy"], told["flash_bytes"]) == (hero.accuracy, hero.flash_bytes)
    assert told["network/accuracy"] == report.measured.keras.accuracy


def test_compressed_files_are_told_too(run: Run) -> None:
    before = Entry.of(run, {})
    matrix = matrices.sample()
    (run.folder / "compressed").mkdir()
    write_matrix(run.folder, matrix)
    pruned = next(row for row in matrix.rows if row.technique == "pruned")
    entry = Entry.of(run, {})
    told = figures(entry)
    assert pruned.first is not None
    assert told["compressed/pruned/accuracy"] == pruned.accuracy
    assert told["compressed/pruned/flash_bytes"] == pruned.first.flash_bytes
    assert entry.tags["builder.technique"] == matrix.chosen
    assert "pruned" in entry.tags["builder.techniques"].split(", ")
    assert entry.tags[CONTENT] != before.tags[CONTENT]


def test_other_resolutions_are_told_and_the_builds_own_not_twice(report: BuildReport, run: Run) -> None:
    made = replace(report.measured.variants["int8"], accuracy=0.75)
    rows = (Row(64, 0.5, files={"int8": File(made)}), Row(96, 0.9, files={"int8": File(made)}))
    (run.folder / "resolutions").mkdir()
    write_resolutions(run.folder, Resolutions(run.id, "Hands", 96, 400, "0" * 64, rows))
    told = figures(Entry.of(run, {}))
    assert (told["resolutions/64/accuracy"], told["resolutions/64/int8/accuracy"]) == (0.5, 0.75)
    assert not [name for name in told if name.startswith("resolutions/96")]


def test_files_are_those_that_people_want_and_none_that_is_still_written(run: Run) -> None:
    for name in ("int8.tflite", "labels.txt", "model.keras", "lock", "compressed/pruned.tflite", "resolutions/64/int8.tflite"):
        (run.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (run.folder / name).touch()
    (run.folder / ".int8.tflite.1-2.tmp").touch()
    (run.folder / ".half.tflite").touch()
    assert sorted(Entry.of(run, {}).files) == [
        "compressed/pruned.tflite",
        "int8.tflite",
        "labels.txt",
        "report.json",
        "resolutions/64/int8.tflite",
    ]


def test_a_callers_tags_cannot_pass_for_the_builds_own(run: Run) -> None:
    tags = Entry.of(run, {"batch": "nightly", "build_id": "other"}).tags
    assert (tags["builder.batch"], tags["builder.build_id"]) == ("nightly", run.id)


def test_a_build_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no report"):
        Entry.of(Run(tmp_path), {})
