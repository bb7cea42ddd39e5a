"""What is there already of a batch's builds."""

from __future__ import annotations

from pathlib import Path

from builder.batch.file import Batch
from builder.batch.outcome import Outcome
from builder.batch.sections import Exports
from builder.batch.standing import Standing
from tests.matrix.samples import sample
from tests.ranking.samples import build

ASKED = Batch().exports


def built(exports: Path, build: str) -> Path:
    """A build's folder as far as its figures need not be read again."""
    folder = exports / f"digits-a0.1-r32-{build}"
    folder.mkdir(parents=True)
    (folder / "report.json").touch()
    return folder


def test_figures_of_an_earlier_run_count_as_long_as_the_build_is_there(tmp_path: Path) -> None:
    folder, outcome = built(tmp_path, "b1"), Outcome("int8", 0.98)
    standing = Standing(tmp_path, ASKED, iter([("b1", outcome), ("b2", outcome)]))
    assert (standing.folder("b1"), standing.outcome("b1")) == (folder, outcome)
    assert (standing.folder("b2"), standing.outcome("b2")) == (None, None)
    assert set(standing.known) == {"b1"}  # what is gone is not kept in memory


def test_a_report_that_is_damaged_has_no_figures(tmp_path: Path) -> None:
    built(tmp_path, "b1")
    assert Standing(tmp_path, ASKED).outcome("b1") is None


def test_nothing_stands_where_there_is_no_exports_folder(tmp_path: Path) -> None:
    assert Standing(tmp_path / "none", ASKED, [("b1", Outcome())]).folder("b1") is None


def test_what_is_missing_of_a_finished_build_is_named(tmp_path: Path) -> None:
    folder = build(tmp_path, 1, matrix=sample(techniques=("pruned",)))
    (folder / f"{folder.name}.zip").touch()
    asked = Exports(techniques=("pruned", "qat"), resolutions=(64,), bundle=True)
    lacking = Standing(tmp_path, asked).lacking(folder)
    assert lacking is not None
    assert (lacking.techniques, lacking.resolutions, lacking.bundle) == (("qat",), (64,), False)
    assert Standing(tmp_path, Exports(techniques=("pruned",), bundle=True)).lacking(folder) is None
