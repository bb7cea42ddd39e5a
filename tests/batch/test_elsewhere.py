"""A batch on a cluster that goes on: what lies in the storage is done, and what was compared is not trained for it again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

from builder.batch import running
from builder.batch.elsewhere import left_elsewhere
from builder.batch.file import Batch
from builder.batch.options import Options
from builder.batch.outcome import Outcome
from builder.batch.planning import BatchPlan, PlannedCell
from builder.batch.record import BatchRecord, CellRecord, write_record
from builder.batch.running import run
from tests.batch.crews import ScriptedCrew, done, paused

BATCH = Batch(base={"data": "digits"}, grid={"seed": [1, 2, 3, 4]})
EPOCHS = 4  # of four cells and eta 2: comparisons after 4/4 = 1 and 4/2 = 2 epochs
OUTCOME = Outcome("int8", 0.9, 0.88, 300_000)
HALVED = (
    CellRecord(1, {"seed": 1}, "b1", state="waiting", epoch=2, val_accuracy=0.6),
    CellRecord(2, {"seed": 2}, "b2", state="stopped", message="Stopped by halving.", epoch=2, val_accuracy=0.5),
    CellRecord(3, {"seed": 3}, "b3", state="stopped", message="Stopped by halving.", epoch=1, val_accuracy=0.4),
    CellRecord(4, {"seed": 4}, "b4", state="stopped", message="Stopped by halving.", epoch=1, val_accuracy=0.3),
)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[str]:
    yield f"memory://{tmp_path.name}/builds"
    fsspec.filesystem("memory").store.clear()


def deliver(storage: str, build: str) -> str:
    place = f"{storage}/digits-{build}"
    fsspec.filesystem("memory").pipe_file(f"{place}/report.json", b"{}")
    return place


def finished(number: int, folder: str) -> CellRecord:
    return CellRecord(number, {"seed": number}, f"b{number}", folder, "done", val_accuracy=0.92, outcome=OUTCOME)


def earlier(folder: Path, *cells: CellRecord, **rules: Any) -> Path:
    write_record(folder, BatchRecord("1", "hands", "exports", "stopped", cells, rules=rules))
    return folder


def plan(exports: Path, *, cells: int = 4) -> BatchPlan:
    planned = (PlannedCell(cell, build=f"b{cell.number}", epochs=EPOCHS) for cell in BATCH.cells()[:cells])
    return BatchPlan(BATCH, exports, tuple(planned))


def waiting(*cells: CellRecord) -> list[CellRecord]:
    return [CellRecord(cell.number, cell.values, cell.build) for cell in cells]


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> ScriptedCrew:
    """Workers of a cluster, to which every cell does as well as its number is low."""
    made = ScriptedCrew(2, lambda task, _: done() if task.pause_after is None else paused(1 - task.number / 10))

    @contextlib.contextmanager
    def crew_of(*_: object) -> Iterator[ScriptedCrew]:
        yield made

    monkeypatch.setattr(running, "crew_of", crew_of)
    return made


def given(crew: ScriptedCrew) -> list[tuple[int, int | None]]:
    return [(task.number, task.pause_after) for _, task in crew.given]


def test_builds_in_the_storage_are_done_without_any_worker(tmp_path: Path, storage: str) -> None:
    cells = [finished(number, deliver(storage, f"b{number}")) for number in range(1, 5)]
    folder = earlier(tmp_path, *cells)
    record = run(BATCH, plan(tmp_path / "exports"), folder, Options(ray="nobody.there:1", storage=storage))
    assert (record.state, record.counts) == ("done", {"done": 4})
    assert (record.cell(1).outcome, record.cell(1).folder) == (OUTCOME, f"{storage}/digits-b1")


def test_a_build_that_is_gone_from_the_storage_is_built_again(tmp_path: Path, storage: str, crew: ScriptedCrew) -> None:
    cells = [finished(number, deliver(storage, f"b{number}")) for number in range(1, 4)]
    folder = earlier(tmp_path, *cells, finished(4, f"{storage}/digits-b4"))
    run(BATCH, plan(tmp_path / "exports"), folder, Options(ray="auto", storage=storage))
    assert given(crew) == [(4, None)]


def test_cells_that_halving_stopped_on_other_machines_stay_stopped(tmp_path: Path, crew: ScriptedCrew) -> None:
    record = run(BATCH, plan(tmp_path / "exports"), earlier(tmp_path, *HALVED, halving=2), Options(ray="auto", halving=2))
    assert given(crew) == [(1, None)]
    assert record.counts == {"done": 1, "stopped": 3}
    assert "after epoch 2 of 4: 50.0 %" in record.cell(2).message
    assert "after epoch 1 of 4: 40.0 %" in record.cell(3).message


def test_a_comparison_that_was_not_held_yet_waits_for_the_others(tmp_path: Path, crew: ScriptedCrew) -> None:
    fresh = (*HALVED[:2], *waiting(*HALVED[2:]))
    run(BATCH, plan(tmp_path / "exports"), earlier(tmp_path, *fresh, halving=2), Options(ray="auto", halving=2))
    assert sorted(given(crew)[:2]) == [(3, 1), (4, 1)]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: earlier(folder, *HALVED, halving=3),
        lambda folder: earlier(folder, *HALVED),
        lambda folder: earlier(folder, *HALVED[:3], replace(HALVED[3], state="skipped"), halving=2),
        lambda folder: earlier(folder, *HALVED[:3], replace(HALVED[3], build="other"), halving=2),
    ],
)
def test_scores_of_another_rule_or_of_other_cells_do_not_count(tmp_path: Path, change: Callable[[Path], Path]) -> None:
    assert left_elsewhere(change(tmp_path), waiting(*HALVED), None, 2).trained == {}


def test_what_is_here_counts_more_than_what_was_elsewhere(tmp_path: Path) -> None:
    known = left_elsewhere(earlier(tmp_path, *HALVED, halving=2), waiting(*HALVED), None, 2)
    here = CellRecord(2, {"seed": 2}, "b2", folder="exports/digits-b2")
    assert known.completed(here) == here
    assert known.completed(replace(here, folder="")).epoch == 2


def test_without_a_record_that_can_be_read_all_begins_anew(tmp_path: Path) -> None:
    cells = waiting(*HALVED)
    assert left_elsewhere(tmp_path, cells, None, 2).trained == {}
    (tmp_path / "record.json").write_text("{")
    assert left_elsewhere(tmp_path, cells, None, 2).trained == {}
